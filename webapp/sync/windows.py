"""What to read of a runner's list, and what a read proves. Pure.

An event is only a hint. What is true is what a list read to its empty page brings.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

# Strava compares UTC starts, challenges compare local dates: no zone is further from UTC than this.
ZONES_APART = timedelta(hours=14)
# An event's read covers these days: late uploads and lost events of the week come along for free.
RECENT = timedelta(days=10)
# A hidden start is shown as 00:00:01 of its day, up to a day from where Strava's `after` finds it.
HIDDEN_START_APART = timedelta(hours=26)
# A window that is to cover a run begins this much before it.
AHEAD = HIDDEN_START_APART + timedelta(hours=1)


class Hint(NamedTuple):
    """What an event says of one activity."""

    source_id: str
    aspect: str


class Window(NamedTuple):
    """What to read: activities that start after `after`. `first_date` is the first whole local date of a full look."""

    after: datetime
    first_date: date | None


class Known(NamedTuple):
    """An activity that is held already."""

    source_id: str
    start_utc: datetime
    start_hidden: bool


class Looked(NamedTuple):
    """When a connection was last read whole, from which date on, and when somebody last asked for it."""

    at: datetime | None
    read_from: date | None
    asked_at: datetime | None


def should_look(looked: Looked, first_challenge_date: date | None, look_hours: int, now: datetime) -> bool:
    """Tell whether the whole window is due: never read, long ago, asked for, or a challenge reaches further back."""
    if looked.at is None or now - looked.at >= timedelta(hours=look_hours):
        return True
    if looked.asked_at is not None and looked.asked_at > looked.at:
        return True
    reaches_back = first_challenge_date is not None and looked.read_from is not None
    return bool(reaches_back and first_challenge_date < looked.read_from)  # type: ignore[operator]  # both are dates


def whole_window(now: datetime, history_days: int, first_challenge_date: date | None) -> Window:
    """Return the window of a full look: the history we keep, or more where a challenge began earlier."""
    first = now.date() - timedelta(days=history_days)
    if first_challenge_date is not None:
        first = min(first, first_challenge_date)
    return Window(datetime.combine(first, time(), UTC) - ZONES_APART, first)


def recent_window(now: datetime, named: Iterable[Known]) -> Window:
    """Return the window that events ask for: the recent days, widened to the known activities they name."""
    after = now - RECENT
    for known in named:
        after = min(after, known.start_utc - AHEAD)
    return Window(after, None)


def needs_whole(hints: Collection[Hint], brought: Collection[str], gone: Collection[str]) -> bool:
    """Tell whether a recent read leaves something open that only the whole window answers.

    An activity that was made or changed and did not come lies further back. One that did not come without an event
    that says it was deleted may have been moved to another day.
    """
    deleted = {hint.source_id for hint in hints if hint.aspect == "delete"}
    named = {hint.source_id for hint in hints} - deleted
    return not named <= set(brought) or not set(gone) <= deleted


def gone_of(
    known: Iterable[Known], brought: Collection[str], unreadable: Collection[str | None], after: datetime
) -> set[str]:
    """Return the known activities that a read of everything after `after` proves to be gone.

    A row that came but could not be read proves the opposite; one that could not even be told apart (None) may be any
    of them, so that nothing is proven.
    """
    if None in unreadable:
        return set()
    here = set(brought) | {source_id for source_id in unreadable if source_id}
    return {run.source_id for run in known if run.source_id not in here and _covers(after, run)}


def _covers(after: datetime, run: Known) -> bool:
    return run.start_utc > after + (HIDDEN_START_APART if run.start_hidden else timedelta())
