"""When a group run is brought to mind, and when it is said that nobody leads one of its pace groups."""

from datetime import UTC, date, datetime, timedelta

from webapp.group_runs.rules import SOON, starts_at

# The evening before, by the clock of the run.
REMINDED_FROM_MINUTES = 18 * 60
A_DAY = timedelta(days=1)
# How long before the start a leader is asked for.
LEADER_ASKED_FOR = timedelta(hours=48)
# A run that was just planned is left to whoever planned it.
LEFT_ALONE_FOR = timedelta(hours=1)
# No reminder comes earlier before a start: it may be late in the evening, where clocks are put back.
MAX_AHEAD = timedelta(hours=31)


def reminded_from(on_date: date, tz: str) -> datetime:
    """Return from when on a run of a date is brought to mind: the evening before."""
    return starts_at(on_date - A_DAY, REMINDED_FROM_MINUTES, tz)


def is_reminded(on_date: date, tz: str, starts: datetime, moved_at: datetime | None, now: datetime) -> bool:
    """Return whether a run that is not cancelled is brought to mind now.

    `moved_at`: when its day or time last moved. Whoever was told that at short notice this evening needs no reminder.
    """
    begin = reminded_from(on_date, tz)
    was_told = moved_at is not None and moved_at >= begin and starts - moved_at <= SOON
    return begin <= now < starts and not was_told


def is_leader_asked_for(planned_at: datetime, starts: datetime, now: datetime) -> bool:
    """Return whether it is time to say that nobody leads a pace group of a run that is not cancelled."""
    return starts - LEADER_ASKED_FOR <= now < starts and planned_at <= now - LEFT_ALONE_FOR


def reminder_key(uid: str, starts: datetime) -> str:
    """Return the key of a reminder: one for each time at which a run is to start."""
    return f"{uid}:{starts.astimezone(UTC):%Y%m%dT%H%M}"


def leader_key(uid: str, starts: datetime, times_before: int) -> str:
    """Return the key of a search for leaders; `times_before`: how often one was over before this one began."""
    return f"{reminder_key(uid, starts)}:{times_before}"
