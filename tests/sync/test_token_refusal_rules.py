"""What a refused token means, by the numbers alone."""

from datetime import timedelta

import pytest

from tests.support.builders import NOON
from webapp.sync import token_refusal_rules
from webapp.sync.token_refusal_rules import Tally


@pytest.mark.parametrize(
    ("tried", "refused", "is_outage"),
    [(0, 0, False), (4, 4, False), (5, 5, True), (49, 5, True), (50, 5, False), (60, 6, False), (59, 6, True)],
)
def test_an_outage_is_five_refused_and_more_than_a_tenth_of_those_tried(
    tried: int, refused: int, is_outage: bool
) -> None:
    assert token_refusal_rules.is_outage(Tally(tried, refused)) is is_outage


def test_an_outage_explains_refusals_for_two_days_at_most() -> None:
    assert not token_refusal_rules.has_run_out(NOON, NOON + timedelta(hours=47, minutes=59))
    assert token_refusal_rules.has_run_out(NOON, NOON + timedelta(hours=48))


def test_a_token_refused_right_after_it_was_renewed_is_a_passing_fault_for_hours() -> None:
    assert token_refusal_rules.is_passing(None, NOON)
    assert token_refusal_rules.is_passing(NOON, NOON + timedelta(hours=5, minutes=59))
    assert not token_refusal_rules.is_passing(NOON, NOON + timedelta(hours=6))
