"""On which dates a group run repeats, and which of them a run keeps when its series changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from webapp.formatting import ordinal
from webapp.models.words import RunFrequency

# How far ahead runs are made.
AHEAD = timedelta(weeks=8)
# Series of one group that have not ended.
MAX_SERIES = 30
# The last of a month.
LAST = -1
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How a run repeats, as `models.group_runs.RunSeries` holds it."""

    frequency: RunFrequency
    # 0 is Monday.
    weekday: int
    # 1 to 4, or LAST. Of monthly ones alone.
    week_of_month: int | None
    starts_on: date
    ends_on: date | None = None


RECURRENCE = ("frequency", "weekday", "week_of_month", "starts_on", "ends_on")


def recurrence_of(series: Any) -> Recurrence:
    """Return how a stored series repeats."""
    return Recurrence(**{name: getattr(series, name) for name in RECURRENCE})


def dates_of(repeats: Recurrence, begin: date, end: date) -> list[date]:
    """Return the dates from `begin` to `end`, both included, on which there is a run."""
    last = min(end, repeats.ends_on or end)
    if last < begin or last < repeats.starts_on:
        return []
    found = _rule(repeats).between(_midnight(begin), _midnight(last), inc=True)
    return [moment.date() for moment in found]


def _rule(repeats: Recurrence) -> rrule:
    if repeats.frequency == RunFrequency.MONTHLY:
        on = weekday(repeats.weekday)(repeats.week_of_month or 1)
        return rrule(MONTHLY, dtstart=_midnight(repeats.starts_on), byweekday=on)
    # Every other week counts from the first run, not from the week of the first day.
    first = repeats.starts_on + timedelta(days=(repeats.weekday - repeats.starts_on.weekday()) % 7)
    interval = 2 if repeats.frequency == RunFrequency.FORTNIGHTLY else 1
    return rrule(WEEKLY, interval=interval, dtstart=_midnight(first))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def repeats_in_words(repeats: Recurrence) -> str:
    """Return "Every Tuesday", "Every other Sunday", "On the last Friday of each month"."""
    name = WEEKDAYS[repeats.weekday]
    if repeats.frequency == RunFrequency.WEEKLY:
        return f"Every {name}"
    if repeats.frequency == RunFrequency.FORTNIGHTLY:
        return f"Every other {name}"
    which = "last" if repeats.week_of_month == LAST else ordinal(repeats.week_of_month or 1)
    return f"On the {which} {name} of each month"


def in_step(repeats: Recurrence, former: Recurrence, begin: date) -> Recurrence:
    """Return a changed recurrence whose dates every other week stay in the weeks that they were in.

    `begin`: a date from which on it applies.
    """
    if not repeats.frequency == former.frequency == RunFrequency.FORTNIGHTLY:
        return repeats
    coming = dates_of(former, max(begin, former.starts_on), max(begin, former.starts_on) + timedelta(weeks=4))
    if not coming or repeats.starts_on != former.starts_on:
        return repeats
    monday = coming[0] - timedelta(days=coming[0].weekday())
    first = monday + timedelta(days=repeats.weekday)
    while first - timedelta(weeks=2) >= repeats.starts_on:
        first -= timedelta(weeks=2)
    return Recurrence(repeats.frequency, repeats.weekday, None, first, repeats.ends_on)


def period_start(frequency: RunFrequency, day: date) -> date:
    """Return the first day of the week of a date, or of its month where runs are monthly."""
    return day.replace(day=1) if frequency == RunFrequency.MONTHLY else day - timedelta(days=day.weekday())


def moved_dates(former: Sequence[date], wanted: Sequence[date], frequency: RunFrequency) -> Mapping[date, date | None]:
    """Return to which of the wanted dates each former one moves: the same, or the nearest in its week or month.

    None: there is no run in that week or month any more.
    """
    free = set(wanted)
    moved: dict[date, date | None] = {}
    for day in sorted(former):
        if day in free:
            moved[day] = day
            free.discard(day)
    for day in sorted(former):
        if day in moved:
            continue
        same = [one for one in free if period_start(frequency, one) == period_start(frequency, day)]
        nearest = min(same, key=lambda one: (abs(one - day), one), default=None)
        moved[day] = nearest
        free.discard(nearest or day)
    return moved
