"""One goal for the whole group."""

from hypothesis import given

from tests.support.scored_days import Scored, scored
from webapp.rulebook.explanations import arithmetic, sentences
from webapp.rulebook.ruleset import RuleSet

GOAL = RuleSet("distance", "group_goal", {"goal": 500_000})


@given(scored("group_goal"))
def test_every_day_counts_in_full_however_near_the_goal_is(drawn: Scored) -> None:
    rules, context, days = drawn
    assert rules.gains(days, context) == [amount for _, amount in days]
    assert rules.group_goal == rules.params["goal"]


def test_no_other_shape_has_a_goal_of_the_group() -> None:
    assert RuleSet("distance").group_goal is None


def test_its_rules_name_the_goal() -> None:
    assert "All runs count towards one goal of the whole group: 500 km." in sentences(GOAL, "km", has_teams=False)
    assert arithmetic(GOAL, 12_000, 12_000, "km") == "12 km towards the goal"


def test_a_goal_suits_its_measure_where_none_is_given() -> None:
    assert RuleSet("distance", "group_goal").group_goal == 1_000_000
    assert RuleSet("runs", "group_goal").group_goal == 150
