"""The best days of each week."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scored_days import Scored, scored, total_of
from webapp.rulebook.coarse_bounds import reveals_runs
from webapp.rulebook.explanations import arithmetic, curve, sentences
from webapp.rulebook.presets import preset_of
from webapp.rulebook.ruleset import RuleSet, RuleSetError
from webapp.rulebook.shapes.base import ScoringContext

MONDAY = date(2026, 11, 2)
NOVEMBER = ScoringContext(date(2026, 11, 1), date(2026, 11, 30))
THREE = RuleSet("distance", "best_days")


def gains_of(*kilometres: int, rules: RuleSet = THREE, first: date = MONDAY) -> list[int]:
    """Score one day after the other, from `first` on."""
    days = [(first + timedelta(days=place), 1000 * km) for place, km in enumerate(kilometres)]
    return [gain // 1000 for gain in rules.gains(days, NOVEMBER)]


@given(scored("best_days"))
def test_a_week_brings_the_sum_of_its_best_days(drawn: Scored) -> None:
    rules, context, days = drawn
    weeks = {day.isocalendar()[:2] for day, _ in days}
    of_week = [sorted(amount for day, amount in days if day.isocalendar()[:2] == week) for week in weeks]
    assert total_of(rules, context, days) == sum(sum(week[-rules.params["days"] :]) for week in of_week)


@given(scored("best_days"), st.data())
def test_the_order_of_days_within_a_week_does_not_matter(drawn: Scored, data: st.DataObject) -> None:
    rules, context, _ = drawn
    amounts = data.draw(st.lists(st.integers(0, 20_000), max_size=7))
    totals = {
        total_of(rules, context, [(MONDAY + timedelta(days=place), amount) for place, amount in enumerate(order)])
        for order in (amounts, data.draw(st.permutations(amounts)))
    }
    assert len(totals) == 1


def test_a_better_day_brings_what_it_has_more_than_the_day_it_replaces() -> None:
    assert gains_of(5, 6, 7, 10, 2, 6, 7) == [5, 6, 7, 5, 0, 0, 1]


def test_each_week_starts_again_on_monday() -> None:
    assert gains_of(9, 9, 9, 9, first=date(2026, 11, 6)) == [9, 9, 9, 9]


def test_an_organiser_may_count_another_number_of_days() -> None:
    assert gains_of(5, 6, 7, rules=RuleSet("distance", "best_days", {"days": 1})) == [5, 1, 1]
    with pytest.raises(RuleSetError, match="between 1 and 6"):
        RuleSet("distance", "best_days", {"days": 7})


def test_its_rules_are_said_on_the_page() -> None:
    assert sentences(THREE, "km")[1:3] == [
        "Your 3 best days of each week, Monday to Sunday, count.",
        "A better day of the same week replaces the lowest of them.",
    ]
    one = sentences(RuleSet("distance", "best_days", {"days": 1}), "km")[1]
    assert one == "Your best day of each week, Monday to Sunday, counts."
    assert curve(THREE, "km") is None


@pytest.mark.parametrize(
    ("gain", "line"),
    [
        (8_000, "8 km"),
        (3_000, "8 km in place of 5 km → 3 km more"),
        (0, "8 km, not among the 3 best days of its week"),
    ],
)
def test_a_day_says_what_it_brought(gain: int, line: str) -> None:
    assert arithmetic(THREE, 8_000, gain, "km") == line


@pytest.mark.parametrize(("measure", "reveals"), [("distance", False), ("moving_time", True), ("climb", True)])
def test_a_preview_reveals_no_day_that_is_shared_by_weeks_only(measure: str, reveals: bool) -> None:
    assert reveals_runs(RuleSet(measure, "best_days")) is reveals


def test_there_is_a_ready_challenge_of_three_days() -> None:
    preset = preset_of("best_days")
    assert preset is not None
    assert preset.rules.params == {"days": 3}
