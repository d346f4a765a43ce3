"""A streak of weeks outlives a present week, a break and two missed weeks, and a return is found after a pause."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.breaks import BreakSpan
from webapp.rulebook.date_ranges import monday_of
from webapp.rulebook.streaks import (
    A_WEEK,
    PASS_WEEKS,
    PASSES,
    ComeBack,
    WeekKind,
    WeekStreak,
    come_back,
    week_streak,
)

MONDAY = date(2026, 11, 9)
THURSDAY = date(2026, 11, 12)
LETTERS = {"r": WeekKind.RUN, "b": WeekKind.PAUSED, "p": WeekKind.PASSED, "o": WeekKind.OPEN, "q": WeekKind.QUIET}


def streak(weeks: str, today: date = THURSDAY) -> WeekStreak:
    """Return the streak of weeks written as letters, the present one last: r has a run, b a break, - neither."""
    mondays = [monday_of(today) - A_WEEK * n for n in range(len(weeks) - 1, -1, -1)]
    runs = [monday + timedelta(days=3) for monday, letter in zip(mondays, weeks, strict=True) if letter == "r"]
    breaks = [
        BreakSpan(monday + timedelta(days=6), monday + timedelta(days=6))
        for monday, letter in zip(mondays, weeks, strict=True)
        if letter == "b"
    ]
    return week_streak(runs, breaks, today)


def drawn(found: WeekStreak) -> str:
    names = {kind: letter for letter, kind in LETTERS.items()}
    return "".join(names[week.kind] for week in found.weeks)


@pytest.mark.parametrize(
    ("weeks", "current", "longest", "drawing"),
    [
        ("-", 0, 0, "o"),
        ("r", 1, 1, "r"),
        ("rrr-", 3, 3, "rrro"),  # the present week is not over
        ("rr-r", 3, 3, "rrpr"),
        ("rr--r", 3, 3, "rrppr"),
        ("rr---r", 1, 2, "rrqqqr"),  # what was passed did not carry the streak on
        ("rr---", 2, 2, "rrppo"),
        ("rr----", 0, 2, "rrqqqo"),
        ("r-r-r-r", 1, 3, "rprprqr"),
        ("rrbbbbr", 3, 3, "rrbbbbr"),
        ("rrbb", 2, 2, "rrbb"),
        ("r-bb-r", 2, 2, "rpbbpr"),
        ("r-" + "r" * 24 + "-r", 26, 26, "rp" + "r" * 24 + "pr"),
        ("r--" + "r" * 24 + "-r", 26, 26, "rpp" + "r" * 24 + "pr"),
        ("r--" + "r" * 23 + "-r", 1, 24, "rpp" + "r" * 23 + "qr"),
    ],
)
def test_a_streak_counts_weeks_with_a_run(weeks: str, current: int, longest: int, drawing: str) -> None:
    found = streak(weeks)
    assert (found.current, found.longest, drawn(found)) == (current, longest, drawing)


def test_one_run_on_any_day_of_the_week_is_enough_and_years_go_on() -> None:
    sunday, monday = date(2026, 12, 27), date(2026, 12, 28)
    assert week_streak([sunday, monday, date(2027, 1, 10)], [], date(2027, 1, 10)).current == 3
    assert week_streak([sunday, sunday], [], sunday).current == 1


def test_a_run_on_a_date_that_has_not_begun_here_counts_and_the_present_week_stays_open() -> None:
    found = week_streak([MONDAY - timedelta(days=8), MONDAY], [], MONDAY - timedelta(days=1))
    assert (found.current, drawn(found)) == (2, "ror")


def test_the_latest_weeks_are_filled_up_with_quiet_ones() -> None:
    latest = streak("rr").latest(4)
    assert [(week.monday, week.kind) for week in latest[:2]] == [
        (MONDAY - A_WEEK * 3, WeekKind.QUIET),
        (MONDAY - A_WEEK * 2, WeekKind.QUIET),
    ]
    assert len(streak("r" * 9).latest(4)) == 4


def test_passes_that_are_left_are_known() -> None:
    assert [streak(weeks).passes_left for weeks in ("r", "r-r", "r--r", "r" + "-" + "r" * 25)] == [2, 1, 0, 2]


WEEKS = st.text("rrrb--", max_size=90)


@given(WEEKS)
def test_no_26_weeks_have_more_than_two_passed_ones(weeks: str) -> None:
    drawing = drawn(streak(weeks or "-"))
    assert all(drawing[n : n + PASS_WEEKS].count("p") <= PASSES for n in range(len(drawing)))


@given(WEEKS)
def test_a_second_count_says_the_same(weeks: str) -> None:
    weeks = weeks or "-"
    found, drawing = streak(weeks), drawn(streak(weeks))
    stretches = drawing.split("q")
    assert found.longest == max(stretch.count("r") for stretch in stretches)
    assert found.current == stretches[-1].count("r")
    begin = weeks.find("r")
    assert len(drawing) == (len(weeks) - begin if begin >= 0 else 1)
    assert drawing.count("r") == weeks.count("r")


@given(st.lists(st.integers(0, 400), max_size=40), st.randoms())
def test_the_order_of_the_days_says_nothing(numbers: Sequence[int], shuffle: object) -> None:
    days = [THURSDAY - timedelta(days=n) for n in numbers]
    mixed = sorted(days, key=lambda day: hash((day, id(shuffle))))
    assert week_streak(days, [], THURSDAY) == week_streak([*mixed, *days], [], THURSDAY)


@pytest.mark.parametrize(
    ("days_ago", "found"),
    [
        ([], None),
        ([0], None),  # the first run ever is no return
        ([0, 14], None),
        ([0, 15], 0),
        ([6, 30], 6),
        ([7, 30], None),
        ([0, 2, 40], 2),
        ([0, 2, 5, 9], None),
    ],
)
def test_a_return_is_the_first_run_after_fourteen_days_without_one(days_ago: list[int], found: int | None) -> None:
    days = [THURSDAY - timedelta(days=n) for n in days_ago]
    expected = None if found is None else THURSDAY - timedelta(days=found)
    back = come_back(days, THURSDAY)
    assert (back and back.on) == expected
    if back:
        assert back == ComeBack(back.on, max(day for day in days if day < back.on))
