"""Amounts that a group's last month suggests."""

from dataclasses import replace

import pytest

from webapp.rulebook.proposals import GroupMonth, RunnersMonth, proposed
from webapp.rulebook.ruleset import RuleSet

# They ran 400, 62 and 124 km on 20, 10 and 12 days.
OCTOBER = GroupMonth(
    31, [RunnersMonth(400_000, 20), RunnersMonth(62_000, 10), RunnersMonth(124_000, 12)], sharing=4, members=4
)


@pytest.mark.parametrize(
    ("shape", "name", "amount"),
    [("group_goal", "goal", 590_000), ("daily_cap", "cap", 16_000), ("weekly_cap", "cap", 42_000)],
)
def test_a_goal_is_the_groups_sum_and_caps_leave_room_above_the_median(shape: str, name: str, amount: int) -> None:
    assert proposed(RuleSet(shape=shape), OCTOBER).params == {name: amount}


def test_members_who_share_no_totals_count_as_the_others_do() -> None:
    assert proposed(RuleSet(shape="group_goal"), replace(OCTOBER, members=8)).params == {"goal": 1_200_000}


@pytest.mark.parametrize(
    ("rules", "month"),
    [
        (RuleSet(shape="daily_cap"), replace(OCTOBER, ran=OCTOBER.ran[:2])),
        (RuleSet("moving_time", "daily_cap"), OCTOBER),
        (RuleSet(), OCTOBER),
        (RuleSet(shape="streak"), OCTOBER),
    ],
)
def test_rules_stay_as_they_are_where_too_few_ran_or_nothing_is_shared_by_days(
    rules: RuleSet, month: GroupMonth
) -> None:
    assert proposed(rules, month) == rules


def test_there_is_always_an_amount_that_the_rules_allow() -> None:
    short = replace(OCTOBER, ran=[RunnersMonth(1, 1)] * 3)
    assert proposed(RuleSet(shape="daily_cap"), short).params == {"cap": 1000}
