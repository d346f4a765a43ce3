"""What a runner usually runs, in bands, and how many members share one, in steps."""

from datetime import date, timedelta

import pytest

from webapp.directory.fit_rules import (
    STEPS,
    Fit,
    Reasons,
    RunningPattern,
    fits,
    pattern_of,
    step_of,
    whole_weeks_before,
)
from webapp.models.words import FitKind


def test_the_weeks_that_count_are_the_last_four_whole_ones() -> None:
    for day in range(7):
        today = date(2026, 11, 9) + timedelta(days=day)  # a Monday, and the days after it
        assert whole_weeks_before(today) == (date(2026, 10, 12), date(2026, 11, 8))


def test_a_pattern_is_made_of_bands_of_the_means() -> None:
    assert pattern_of(80_000, 80 * 330, 12) == RunningPattern(pace=11, distance=2, days=2)
    assert pattern_of(80_000, 80 * 329, 12) == RunningPattern(pace=10, distance=2, days=2)
    assert pattern_of(1000, 60, 1) == RunningPattern(pace=7, distance=0, days=0)
    assert pattern_of(0, 0, 0) is None and pattern_of(1000, 0, 1) is None


def test_no_number_but_a_step_comes_out_whatever_the_number_is() -> None:
    for count in range(60):
        found = list(fits([RunningPattern(10, 1, 2)] * count + [RunningPattern(11, 0, 0)] * 4))
        step = max((step for step in STEPS if step <= count), default=0)
        expected = [Fit(kind, band, step) for kind, band in zip(FitKind, (10, 1, 2), strict=True)] if step else []
        assert found == expected


@pytest.mark.parametrize(("count", "step"), [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10), (19, 10), (20, 20), (999, 20)])
def test_a_step_is_the_highest_one_that_is_reached(count: int, step: int) -> None:
    assert step_of(count, STEPS) == step


def test_only_the_reason_about_pace_has_a_number() -> None:
    assert Reasons(10, 20, 5, True).in_words() == [
        "10 or more members run your pace",
        "The group runs at your pace",
        "Members run about as far a week as you",
        "Members run about as often as you",
    ]
    assert Reasons().in_words() == []
