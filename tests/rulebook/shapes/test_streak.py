"""The longest streak of days."""

from datetime import date
from itertools import accumulate

import pytest
from hypothesis import given

from tests.support.scored_days import FIRST, LAST, Scored, scored, total_of
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes.base import ScoringContext


@given(scored("streak"))
def test_a_streak_is_no_longer_than_the_days_that_belong_to_it(drawn: Scored) -> None:
    rules, context, days = drawn
    long_enough = [day for day, amount in days if amount >= rules.params["min_amount"]]
    total = total_of(rules, context, days)
    assert (total > 0) is bool(long_enough)
    assert total <= len(long_enough)


@pytest.mark.parametrize(
    ("rest", "run_on", "totals"),
    [
        (0, [1, 2, 3], [1, 2, 3]),
        (0, [1, 3, 5], [1, 1, 1]),
        (1, [1, 3, 5], [1, 2, 3]),
        (1, [1, 4, 5], [1, 1, 2]),
        (1, [1, 2, 3, 6, 7, 8], [1, 2, 3, 3, 3, 3]),
        (1, [1, 2, 6, 7, 9, 10], [1, 2, 2, 2, 3, 4]),
        (2, [1, 4, 7, 11], [1, 2, 3, 3]),
        (6, [1, 8, 15, 22, 29], [1, 2, 3, 4, 5]),
    ],
)
def test_a_streak_goes_on_over_so_many_days_of_rest(rest: int, run_on: list[int], totals: list[int]) -> None:
    days = [(date(2026, 11, day), 5_000) for day in run_on]
    rules = RuleSet("distance", "streak", {"min_amount": 1_000, "rest": rest})
    assert list(accumulate(rules.gains(days, ScoringContext(FIRST, LAST)))) == totals


def test_a_day_too_short_for_a_streak_is_a_day_of_rest() -> None:
    days = [
        (date(2026, 11, day), metres)
        for day, metres in ((1, 5_000), (2, 999), (3, 1_000), (4, 999), (5, 999), (6, 5_000))
    ]
    rules = RuleSet("distance", "streak", {"min_amount": 1_000, "rest": 1})
    assert rules.gains(days, ScoringContext(FIRST, LAST)) == [1, 0, 1, 0, 0, 0]
