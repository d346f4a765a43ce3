"""How far the clock was set between two readings."""

from dataclasses import replace
from datetime import timedelta

import pytest

from webapp.admin.clock_rules import ClockReading, in_words, step_between

DAY_S = 86_400.0
LAST = ClockReading(1_000_000.0, 500.0, "first start", 1.0)
LATER = replace(LAST, wall=LAST.wall + 60, steady=LAST.steady + 60)


@pytest.mark.parametrize(
    ("current", "step"),
    [
        (LATER, None),
        (replace(LATER, wall=LATER.wall + 119), None),
        (replace(LATER, wall=LATER.wall - 10_800), timedelta(hours=-3)),
        (replace(LATER, wall=LATER.wall + 21 * DAY_S), timedelta(days=21)),
        # Nobody knows how long the machine was off; it cannot have been for less than nothing.
        (replace(LATER, wall=LATER.wall + DAY_S, boot="second start"), None),
        (replace(LAST, wall=LAST.wall - DAY_S, boot="second start", steady=1.0), timedelta(days=-1)),
        (replace(LATER, wall=LATER.wall + DAY_S, boot=""), None),
    ],
)
def test_a_step_is_what_the_steady_clock_does_not_explain(current: ClockReading, step: timedelta | None) -> None:
    assert step_between(LAST, current) == step


def test_on_a_fast_clock_much_time_passes_and_it_is_no_step() -> None:
    fast = replace(LAST, speed=600.0)
    current = replace(fast, wall=fast.wall + 36_000, steady=fast.steady + 60)
    assert step_between(fast, current) is None
    assert step_between(fast, replace(current, wall=fast.wall - DAY_S * 3)) is not None
    assert step_between(LAST, current) is None, "nobody knows when the speed was changed"


def test_a_step_is_told_in_its_largest_unit() -> None:
    sizes = [timedelta(days=-21), timedelta(hours=3), timedelta(hours=-1), timedelta(minutes=5), timedelta(hours=23.9)]
    assert [in_words(size) for size in sizes] == ["21 days", "3 hours", "1 hour", "5 minutes", "24 hours"]
