"""The planner: whether to read a runner's activities, how far back, and what a complete read says is gone.

An event is only a hint. What is true is what a list read to its empty page brings.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import NamedTuple

# Strava compares UTC starts, challenges compare local dates: no zone is further from UTC than this.
ZONES_APART = timedelta(hours=14)
# An event's read covers these days: late uploads and lost events of the week come along for free.
RECENT = timedelta(days=10)
# A hidden start is shown as 00:00:01 of its day, up to a day from where Strava's `after` finds it.
HIDDEN_START_APART = timedelta(hours=26)
# A window that is to cover a run begins this much before it.
AHEAD = HIDDEN_START_APART + timedelta(hours=1)
# How long a worker holds a runner, renewed with each page: longer than any page takes, short enough to wait out.
LEASE = timedelta(seconds=120)
REFRESH_LEASE = timedelta(seconds=60)
# A token that ends this soon is renewed before it is used.
TOKEN_MARGIN = timedelta(minutes=10)
# After the job's own retries have ended, the rounds leave a failing runner alone this long.
REST_UNAVAILABLE = timedelta(minutes=20)
REST_OTHERWISE = timedelta(hours=1)
# An inbox row or a first pull that has waited this long was not asked for, or its job was lost.
OVERDUE = timedelta(seconds=10)
LOOK_NOW_PAUSE = timedelta(minutes=5)
KEEP_EVENTS = timedelta(days=7)

WORDS = {
    "ScopeMissing": "Strava does not let us see your runs. Connect again and leave the box for your activities ticked.",
    "TokenRefused": "Strava no longer accepts our connection. Connect again and all goes on; nothing was lost.",
    "KeysLost": "Our keys to your connection were lost. Connect again and all goes on; none of your runs was lost.",
    "GrantRefused": "Strava no longer accepts our connection. Connect again and all goes on; nothing was lost.",
    "RateLimited": "Strava lets us read only so much at a time. We go on as soon as it lets us.",
    "Unavailable": "Strava is not answering at the moment. We keep trying.",
    "Inactive": "Strava has switched our connection off for everyone. The operator has to renew it; we keep trying.",
    "ApplicationRefused": "Strava does not know this site any more. The operator has to mend that; we keep trying.",
}
OTHER_WORDS = "Strava did not hand over your runs. We try again later."
DEAUTHORISED_WORDS = "You ended the connection on Strava. Connect again within 7 days and everything carries on."
# Failures that only the runner can mend.
RECONNECT = frozenset({"ScopeMissing", "TokenRefused", "GrantRefused", "KeysLost"})


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


def is_deauthorisation(object_type: str, updates: dict[str, str]) -> bool:
    return object_type == "athlete" and updates.get("authorized") == "false"


def lease_until(now: datetime, lease: timedelta, speed: float) -> datetime:
    """Return when a lease taken now runs out. The lease is of life; on a fast clock it is longer by the clock."""
    return now + lease * max(1.0, speed)


def looks_a_round(connections: int, look_hours: int, round_s: int) -> int:
    """Return how many full looks one round may ask for, so that they spread over the hours and still catch up."""
    return max(1, ceil(2 * connections * round_s / (look_hours * 3600)))


def words_of(failure: str) -> str:
    """Return a failure in words for the runner."""
    return WORDS.get(failure, OTHER_WORDS)


def rest_after(failure: str, retry_after: float | None) -> timedelta:
    """Return how long the rounds leave a runner alone after a failure."""
    if retry_after is not None:
        return timedelta(seconds=retry_after)
    return REST_UNAVAILABLE if failure == "Unavailable" else REST_OTHERWISE
