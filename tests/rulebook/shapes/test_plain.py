"""Every day counts in full."""

from hypothesis import given

from tests.support.scored_days import Scored, scored
from webapp.rulebook.explanations import sentences
from webapp.rulebook.ruleset import RuleSet


@given(scored("plain"))
def test_a_day_brings_what_was_run(drawn: Scored) -> None:
    rules, context, days = drawn
    if rules.measured.adds_up:
        assert rules.gains(days, context) == [amount for _, amount in days]


@given(scored("plain"))
def test_of_single_runs_the_longest_is_the_total(drawn: Scored) -> None:
    rules, context, days = drawn
    if not rules.measured.adds_up:
        assert sum(rules.gains(days, context)) == max((amount for _, amount in days), default=0)


def test_its_sentence_speaks_of_days_only_where_they_are_added_up() -> None:
    said = "Every day counts in full, and days are added up."
    assert said in sentences(RuleSet("distance"), "km", has_teams=False)
    assert said not in sentences(RuleSet("longest_run"), "km", has_teams=False)
