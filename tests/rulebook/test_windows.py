"""Months and weeks that follow each other: tables of cases, and what holds of any date."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.windows import (
    MAX_NAME,
    Frame,
    Window,
    coming_windows,
    due_windows,
    frame_from,
    instance_name,
    next_window,
    proposed_window,
    series_name_of,
    window_name,
    window_of,
)

DAYS = st.dates(date(2000, 1, 1), date(2098, 12, 31))
FRAMES = st.sampled_from(["month", "week"])


@pytest.mark.parametrize(
    ("frame", "day", "window"),
    [
        ("month", date(2028, 2, 29), (date(2028, 2, 1), date(2028, 2, 29))),
        ("month", date(2026, 2, 3), (date(2026, 2, 1), date(2026, 2, 28))),
        ("month", date(2026, 12, 31), (date(2026, 12, 1), date(2026, 12, 31))),
        ("week", date(2027, 1, 1), (date(2026, 12, 28), date(2027, 1, 3))),
        ("week", date(2026, 11, 30), (date(2026, 11, 30), date(2026, 12, 6))),
        ("week", date(2028, 2, 29), (date(2028, 2, 28), date(2028, 3, 5))),
    ],
)
def test_a_day_lies_in_one_month_and_in_one_week(frame: Frame, day: date, window: tuple[date, date]) -> None:
    assert window_of(frame, day) == Window(*window)


@given(FRAMES, DAYS)
def test_windows_follow_each_other_without_gap_or_overlap(frame: Frame, day: date) -> None:
    window = window_of(frame, day)
    after = next_window(frame, window)
    assert window.starts_on <= day <= window.ends_on
    assert after.starts_on == window.ends_on + timedelta(days=1)
    assert window_of(frame, after.ends_on) == after
    assert window_name(frame, window.starts_on) != window_name(frame, after.starts_on)


@pytest.mark.parametrize(
    ("frame", "today", "starts_on"),
    [
        ("month", date(2026, 11, 24), date(2026, 11, 1)),
        ("month", date(2026, 11, 25), date(2026, 12, 1)),
        ("month", date(2026, 12, 31), date(2027, 1, 1)),
        ("week", date(2026, 11, 30), date(2026, 11, 30)),
        ("week", date(2026, 12, 1), date(2026, 12, 7)),
    ],
)
def test_with_fewer_than_seven_days_left_the_next_one_is_proposed(frame: Frame, today: date, starts_on: date) -> None:
    assert proposed_window(frame, today) == window_of(frame, starts_on)


@pytest.mark.parametrize(
    ("frame", "starts_on", "name"),
    [
        ("month", date(2026, 12, 1), "December 2026"),
        ("week", date(2026, 11, 30), "Week 49, 2026"),
        ("week", date(2026, 12, 28), "Week 53, 2026"),
        ("week", date(2027, 1, 4), "Week 1, 2027"),
        ("week", date(2024, 12, 30), "Week 1, 2025"),
    ],
)
def test_a_window_is_named_as_calendars_name_it(frame: Frame, starts_on: date, name: str) -> None:
    assert window_name(frame, starts_on) == name
    assert instance_name("", frame, starts_on) == name
    assert instance_name("Evening club", frame, starts_on) == f"Evening club, {name}"
    assert series_name_of(name, frame, starts_on) == ""
    assert series_name_of(f"Evening club, {name}", frame, starts_on) == "Evening club"
    assert series_name_of("Evening club", frame, starts_on) == "Evening club"


def test_a_month_at_the_end_of_a_name_is_not_said_twice() -> None:
    for name in ("Captains December", "Captains, December 2026", "Captains December 2026"):
        series = series_name_of(name, Frame.MONTH, date(2026, 12, 1))
        assert instance_name(series, Frame.MONTH, date(2027, 1, 1)) == "Captains, January 2027"


@given(st.text(max_size=MAX_NAME), FRAMES, DAYS)
def test_no_name_is_longer_than_a_challenge_may_be_called(name: str, frame: Frame, day: date) -> None:
    made = instance_name(name, frame, window_of(frame, day).starts_on)
    assert len(made) <= MAX_NAME
    assert made.endswith(window_name(frame, window_of(frame, day).starts_on))


def test_nothing_else_is_a_frame() -> None:
    assert [frame_from(text) for text in ("month", "week", "dates", "", "Month")] == ["month", "week", None, None, None]


def test_the_next_month_is_due_from_its_lead_days_on() -> None:
    december = date(2026, 12, 1)
    due = [len(list(due_windows(Frame.MONTH, december, 7, day))) for day in (date(2026, 11, 23), date(2026, 11, 24))]
    assert due == [0, 1]
    assert len(list(due_windows(Frame.MONTH, december, 0, date(2026, 11, 30)))) == 0
    assert [each.starts_on for each in due_windows(Frame.MONTH, december, 7, date(2027, 2, 25))] == [
        december, date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1),
    ]  # fmt: skip


@given(FRAMES, DAYS, st.integers(1, 12))
def test_what_comes_begins_after_today(frame: Frame, today: date, count: int) -> None:
    windows = coming_windows(frame, today, count)
    assert len(windows) == count
    assert all(window.starts_on > today for window in windows)
    assert windows[0] == next_window(frame, window_of(frame, today))
