"""The share of a runner's own target."""

from datetime import date

import pytest
from hypothesis import given

from tests.support.scored_days import FIRST, LAST, Scored, scored, total_of
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes.base import ScoringContext


@given(scored("target_share"))
def test_a_share_is_whole_as_soon_as_the_target_is_met(drawn: Scored) -> None:
    rules, context, days = drawn
    amounts = [amount for _, amount in days]
    done = sum(amounts) if rules.measured.adds_up else max(amounts, default=0)
    total = total_of(rules, context, days)
    assert total <= rules.params["max_percent"] * 1000
    if context.target is not None:
        assert (total >= 100_000) is (done >= context.target)


@pytest.mark.parametrize("target", [None, 0])
def test_without_a_target_there_is_no_share(target: int | None) -> None:
    days = [(date(2026, 11, 2), 10_000)]
    assert RuleSet("distance", "target_share").gains(days, ScoringContext(FIRST, LAST, target=target)) == [0]
