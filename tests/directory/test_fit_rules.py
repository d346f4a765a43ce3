"""What a runner usually runs, in bands, and how many members share one, in steps."""

from datetime import date, timedelta

import pytest

from tests.support.builders import NOON
from webapp.directory.fit_rules import (
    MIN_NEW_MEMBERS,
    NO_FITS,
    STEPS,
    Reasons,
    RunningPattern,
    counted_up_to,
    counts_of,
    may_count,
    pattern_of,
    step_of,
)
from webapp.directory.rules import MAX_PACE_BAND, MIN_PACE_BAND
from webapp.rulebook.usual_week import last_whole_weeks


def test_a_pattern_is_made_of_bands_of_the_means() -> None:
    assert pattern_of(80_000, 80 * 330, 12) == RunningPattern(pace=11, distance=2, days=2)
    assert pattern_of(80_000, 80 * 329, 12) == RunningPattern(pace=10, distance=2, days=2)
    assert pattern_of(1000, 60, 1) == RunningPattern(pace=7, distance=0, days=0)
    assert pattern_of(0, 0, 0) is None and pattern_of(1000, 0, 1) is None


def test_no_number_but_a_step_comes_out_whatever_the_number_is() -> None:
    most, few = RunningPattern(10, 1, 2), RunningPattern(11, 0, 0)
    for count in range(60):
        counts = counts_of([most] * count + [few] * 4)
        step = max((step for step in STEPS if step <= count), default=0)
        assert most.steps_in(counts) == (step, step, step)
        assert few.steps_in(counts) == (0, 0, 0)
        assert set(counts) <= set("0123") and len(counts) == len(NO_FITS)
    assert counts_of([]) == NO_FITS


def test_each_band_has_a_digit_of_its_own() -> None:
    paces = [RunningPattern(pace, 0, 0).places[0] for pace in range(MIN_PACE_BAND, MAX_PACE_BAND + 1)]
    distances = [RunningPattern(MIN_PACE_BAND, distance, 0).places[1] for distance in range(7)]
    days = [RunningPattern(MIN_PACE_BAND, 0, days).places[2] for days in range(4)]
    assert paces + distances + days == list(range(len(NO_FITS)))


def test_new_members_wait_until_five_of_them_are_counted_together() -> None:
    counted, alone = NOON, [NOON + timedelta(days=day) for day in range(1, MIN_NEW_MEMBERS)]
    assert counted_up_to(None, alone) is None
    assert counted_up_to(counted, [counted, *alone]) == counted
    last = NOON + timedelta(days=30)
    assert counted_up_to(counted, [counted, *alone, last]) == last
    assert counted_up_to(None, [counted, *alone]) == alone[-1]
    assert counted_up_to(counted, []) == counted


def test_after_a_counted_member_has_gone_the_next_count_has_no_week_of_the_last_one() -> None:
    monday = date(2026, 11, 9)
    weeks = [monday + timedelta(weeks=number) for number in range(6)]
    assert [may_count(monday, week) for week in weeks] == [False, False, False, False, True, True]
    assert last_whole_weeks(weeks[4])[0] > last_whole_weeks(monday)[1]
    assert may_count(None, monday)


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
