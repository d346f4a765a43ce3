"""Rules of the captain's page: which days are this week and last week, and how much of each list is shown."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

A_WEEK = timedelta(days=7)
# People of one list, and runs of one list.
MAX_PEOPLE, MAX_RUNS = 10, 30


@dataclass(frozen=True, slots=True)
class CaptainDays:
    """The moments between which the page looks: seven days back, the start of today, and seven days ahead.

    On a Monday these are last week and this week. On any other day they leave no gap either.
    """

    begin: datetime
    today: datetime
    end: datetime


def days_around(now: datetime, tz: str) -> CaptainDays:
    """Return the days of the page by the clock of the group, which may change in between."""
    zone = ZoneInfo(tz)
    today = now.astimezone(zone).date()
    return CaptainDays(*(datetime.combine(today + days, time(), zone) for days in (-A_WEEK, timedelta(0), A_WEEK)))
