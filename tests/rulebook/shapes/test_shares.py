"""Shares of a runner's own target, or of their own weeks before."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scored_days import FIRST, LAST, scored, total_of
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes.base import ScoringContext


@pytest.mark.parametrize("shape", ["target_share", "improvement"])
@given(data=st.data())
def test_a_share_goes_up_to_its_most_and_is_met_at_the_whole(shape: str, data: st.DataObject) -> None:
    rules, context, days = data.draw(scored(shape))
    gains = rules.gains(days, context)
    assert sum(gains) <= rules.params["max_percent"] * 1000
    done = sum(amount for _, amount in days) if rules.measured.adds_up else max((a for _, a in days), default=0)
    whole = context.target if shape == "target_share" else None
    if whole is not None:
        assert (sum(gains) >= 100_000) is (done >= whole)


@pytest.mark.parametrize("target", [None, 0])
def test_without_a_target_there_is_no_share(target: int | None) -> None:
    days = [(date(2026, 11, 2), 10_000)]
    assert RuleSet("distance", "target_share").gains(days, ScoringContext(FIRST, LAST, target=target)) == [0]


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
def test_improvement_is_against_what_the_weeks_before_would_come_to(baseline: int | None, total: int) -> None:
    context = ScoringContext(date(2026, 11, 2), date(2026, 11, 29), baseline=baseline)
    assert total_of(RuleSet("distance", "improvement"), context, [(date(2026, 11, 2), 10_000)]) == total
