"""Which totals are close to one's own."""

import pytest

from webapp.circles.rules import is_close


@pytest.mark.parametrize(
    ("total", "own", "close"),
    [(6000, 10_000, True), (5999, 10_000, False), (14_000, 10_000, True), (14_001, 10_000, False), (0, 1, False)],
)
def test_a_total_up_to_two_fifths_away_is_close(total: int, own: int, close: bool) -> None:
    assert is_close(total, own) is close


def test_at_zero_everybody_is_close_but_nobody_whose_total_is_not_shown() -> None:
    assert is_close(90_000, 0)
    assert not is_close(None, 0)
