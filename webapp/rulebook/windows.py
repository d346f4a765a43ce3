"""The windows of challenges that renew: months or weeks, one after the other, and the name of each challenge."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from webapp.rulebook.lifecycle import days_left, month_name, month_window


class Frame(StrEnum):
    """How often a challenge renews."""

    MONTH = "month"
    WEEK = "week"


MAX_NAME = 80
MAX_LEAD_DAYS = 28
# With fewer days left, a new challenge is proposed for the next month or week.
MIN_DAYS_LEFT = 7


@dataclass(frozen=True, slots=True)
class Window:
    """Local dates, both ends included."""

    starts_on: date
    ends_on: date


def window_of(frame: Frame, day: date) -> Window:
    """Return the month, or the week from Monday to Sunday, that contains `day`."""
    if frame == Frame.MONTH:
        return Window(*month_window(day.year, day.month))
    monday = day - timedelta(days=day.weekday())
    return Window(monday, monday + timedelta(days=6))


def frame_of(window: Window) -> Frame | None:
    """Return the frame that `window` fills, a whole month or week; None for other dates."""
    return next((frame for frame in Frame if window_of(frame, window.starts_on) == window), None)


def next_window(frame: Frame, window: Window) -> Window:
    """Return the one after `window`."""
    return window_of(frame, window.ends_on + timedelta(days=1))


def proposed_window(frame: Frame, today: date) -> Window:
    """Return the window to propose for a new challenge: the present one, or the next if few of its days are left."""
    window = window_of(frame, today)
    return window if days_left(today, window.ends_on) >= MIN_DAYS_LEFT else next_window(frame, window)


def window_name(frame: Frame, starts_on: date) -> str:
    """Return "December 2026", or "Week 49, 2026" by ISO 8601, where 2027 begins on 4 January."""
    if frame == Frame.MONTH:
        return month_name(starts_on.year, starts_on.month)
    year, week, _ = starts_on.isocalendar()
    return f"Week {week}, {year}"


def instance_name(series_name: str, frame: Frame, starts_on: date) -> str:
    """Return the name of a series' challenge: "Evening club, December 2026"; or the window alone."""
    when = window_name(frame, starts_on)
    if not series_name:
        return when
    return f"{series_name[: MAX_NAME - len(when) - 2].rstrip()}, {when}"


def series_name_of(name: str, frame: Frame, starts_on: date) -> str:
    """Return the name of the series whose first challenge is called `name`: that name without its window."""
    when = window_name(frame, starts_on)
    without = name.removesuffix(when).rstrip(" ,")
    # "Captains December" and its like: the month comes again with each challenge.
    month = f"{starts_on:%B}"
    return without.removesuffix(month).rstrip(" ,") if frame == "month" else without


def due_windows(frame: Frame, next_on: date, lead_days: int, today: date) -> Iterator[Window]:
    """Yield the windows from `next_on` on whose challenges are due today, past ones included."""
    window = window_of(frame, next_on)
    while window.starts_on - timedelta(days=lead_days) <= today:
        yield window
        window = next_window(frame, window)


def coming_windows(frame: Frame, today: date, count: int) -> list[Window]:
    """Return the next `count` windows that begin after today."""
    windows = [next_window(frame, window_of(frame, today))]
    while len(windows) < count:
        windows.append(next_window(frame, windows[-1]))
    return windows


def frame_from(text: str) -> Frame | None:
    """Return the frame of that name; None if there is none."""
    return next((frame for frame in Frame if frame == text), None)
