"""When the weekly digest is told: on Monday morning, in the zone of each runner."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.models.words import RsvpAnswer

A_WEEK = timedelta(days=7)
TOLD_FROM = time(7, 30)
MONDAY = 0
# The first and the last zone in which a date begins, by UTC.
_FIRST_ZONE, _LAST_ZONE = timedelta(hours=14), timedelta(hours=-12)


def monday_somewhere(now: datetime) -> date | None:
    """Return the date of the Monday that it is now in some zone of the world, None if it is none."""
    dates = {(now + ahead).date() for ahead in (_FIRST_ZONE, timedelta(0), _LAST_ZONE)}
    return next((one for one in dates if one.weekday() == MONDAY), None)


def is_told(now: datetime, zone: str) -> bool:
    """Return whether it is Monday morning in a zone, or later that day."""
    local = now.astimezone(ZoneInfo(zone))
    return local.weekday() == MONDAY and local.time() >= TOLD_FROM


def week_before(monday: date) -> tuple[date, date]:
    """Return the first and the last date of the week before a Monday."""
    return monday - A_WEEK, monday - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ComingRun:
    """A group run of the coming week, as a digest names it. `answer`: of the reader, None for none."""

    day: date
    at: str
    title: str
    group: str
    answer: RsvpAnswer | None
