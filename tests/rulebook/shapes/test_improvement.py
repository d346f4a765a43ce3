"""The share of what a runner's weeks before the challenge come to."""

from datetime import date

import pytest
from hypothesis import given

from tests.support.scored_days import Scored, scored, total_of
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes.base import ScoringContext


@given(scored("improvement"))
def test_it_goes_up_to_a_limit(drawn: Scored) -> None:
    rules, context, days = drawn
    assert total_of(rules, context, days) <= rules.params["max_percent"] * 1000


@pytest.mark.parametrize(
    ("baseline", "total"),
    [
        (None, 0),
        (0, 50_000),  # taken as 5 km a week, over four weeks
        (4_999, 50_000),
        (5_000, 50_000),
        (10_000, 25_000),
        (1_000, 50_000),
        (2_500_000, 100),
    ],
)
def test_it_is_measured_against_what_the_weeks_before_would_come_to(baseline: int | None, total: int) -> None:
    context = ScoringContext(date(2026, 11, 2), date(2026, 11, 29), baseline=baseline)
    assert total_of(RuleSet("distance", "improvement"), context, [(date(2026, 11, 2), 10_000)]) == total
