"""The measure "longest run": of all runs that count the longest one is the total."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.runs import make_run
from webapp.rulebook.explanations import arithmetic, sentences
from webapp.rulebook.judging import NO_CONTEXT, Sum, day_values, sum_of, team_sums
from webapp.rulebook.lifecycle import Stint
from webapp.rulebook.ruleset import RuleSet, RuleSetError

LONGEST = RuleSet("longest_run")
SOME_DAYS = {2: [8_000, 9_000], 5: [7_000], 9: [15_000], 20: [15_000], 28: [21_097]}
RUNS = [
    make_run(local_date=date(2026, 11, day), distance_m=metres)
    for day, of_day in SOME_DAYS.items()
    for metres in of_day
]


def test_each_day_brings_by_how_much_it_was_longer_than_all_before() -> None:
    days = day_values(RUNS, [], LONGEST)
    assert [(day.value, day.amount) for day in days.values()] == [
        (9_000, 9_000),
        (0, 7_000),
        (6_000, 15_000),
        (0, 15_000),
        (6_097, 21_097),
    ]
    assert sum_of(days.values()) == Sum(21_097, 5)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 60_000)), min_size=1, max_size=12))
def test_the_total_is_the_longest_whatever_else_was_run(some: list[tuple[int, int]]) -> None:
    runs = [make_run(local_date=date(2026, 11, day), distance_m=metres) for day, metres in some]
    assert sum_of(day_values(runs, [], LONGEST).values()).total == max(metres for _, metres in some)


def test_a_share_of_a_target_is_that_of_the_longest() -> None:
    share = RuleSet("longest_run", "target_share")
    days = day_values(RUNS, [], share, replace(NO_CONTEXT, target=42_195))
    assert sum_of(days.values()).total == 100_000 * 21_097 // 42_195


def test_a_team_has_what_was_raised_in_its_time() -> None:
    stints = [Stint(1, date(2026, 11, 1), date(2026, 11, 10)), Stint(2, date(2026, 11, 11), None)]
    assert team_sums(day_values(RUNS, stints, LONGEST).values()) == {1: Sum(15_000, 3), 2: Sum(6_097, 2)}


@pytest.mark.parametrize("shape", ["daily_cap", "weekly_cap", "streak", "improvement", "group_goal", "steps"])
def test_the_longest_run_is_not_added_up(shape: str) -> None:
    with pytest.raises(RuleSetError, match="does not go with"):
        RuleSet("longest_run", shape)


def test_it_is_said_on_the_page() -> None:
    said = sentences(LONGEST, "km")[0]
    assert said == "This challenge counts your longest single run; a longer one replaces it."
    assert arithmetic(LONGEST, 15_000, 6_000, "km") == "15 km, 6 km more than the most before"
    assert arithmetic(LONGEST, 15_000, 0, "km") == "15 km, no more than the most before"
