"""How many buddies a member has, and for how long somebody who was asked can answer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

# Two or three people: each has at most two others.
MAX_BUDDIES = 2
MAX_ASKED = 5
# Days from today on for which a buddy can be asked to run together.
TOGETHER_DAYS = 7
# How long a request stays open, and for how long one who declined is not asked again.
OPEN_FOR = timedelta(days=14)
LEFT_ALONE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class WeekSums:
    """A runner's week so far: days with a run, runs, and metres."""

    days: int = 0
    runs: int = 0
    distance_m: int = 0


def days_to_run(today: date) -> list[date]:
    """Return the days for which a buddy can be asked to run together."""
    return [today + timedelta(days=days) for days in range(TOGETHER_DAYS)]


def open_since(now: datetime) -> datetime:
    """Return the moment since when a request must have been asked to be open."""
    return now - OPEN_FOR


def is_left_alone(declined_at: datetime | None, now: datetime) -> bool:
    """Return whether one who declined is not to be asked again yet."""
    return declined_at is not None and now < declined_at + LEFT_ALONE_FOR
