"""Points: some for going out, more at first than later."""

import pytest

from tests.support.scored_days import FIRST, LAST
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes.base import ScoringContext


@pytest.mark.parametrize(
    ("metres", "thousandths"),
    [(1, 0), (999, 0), (1_000, 12_000), (9_999, 29_998), (10_000, 30_000), (10_001, 30_001), (42_195, 62_195)],
)
def test_gentle_points_are_exact_to_the_metre(metres: int, thousandths: int) -> None:
    assert RuleSet("points", "steps").gains([(FIRST, metres)], ScoringContext(FIRST, LAST)) == [thousandths]


def test_a_day_that_was_ruled_to_be_nothing_brings_no_points_for_going_out() -> None:
    assert RuleSet("points", "steps", {"min_m": 0}).gains([(FIRST, 0)], ScoringContext(FIRST, LAST)) == [0]
