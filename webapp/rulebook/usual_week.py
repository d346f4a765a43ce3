"""What a runner usually runs: the mean of the last four whole weeks, and the same a year ago."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from webapp.rulebook.date_ranges import monday_of

WEEKS = 4
# The same weekdays a year ago.
A_YEAR = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class LedgerSum:
    """A date with a run: how far in all, and how far the longest run went, in metres."""

    local_date: date
    distance_m: int
    longest_m: int


@dataclass(frozen=True, slots=True)
class UsualWeek:
    """A usual week: whole kilometres, and days with a run, to a tenth.

    `longest_tenths`: the longest run as a share of its week, in tenths.
    """

    km: int
    days: Fraction
    longest_tenths: int

    @property
    def days_in_all(self) -> int:
        """Return on how many days of the four weeks there was a run, from which `days` is rounded."""
        return _rounded(self.days * WEEKS)


def last_whole_weeks(today: date) -> tuple[date, date]:
    """Return the first and the last date of the last four whole weeks, Monday to Sunday."""
    monday = monday_of(today)
    return monday - timedelta(weeks=WEEKS), monday - timedelta(days=1)


def usual_week_in(ledger: Iterable[LedgerSum], span: tuple[date, date], first_day: date | None) -> UsualWeek | None:
    """Return what a runner usually ran in these four weeks.

    None if nothing, or if their history, which begins on `first_day`, is shorter than the weeks.
    """
    first, last = span
    days = [day for day in ledger if first <= day.local_date <= last and day.distance_m > 0]
    if not days or first_day is None or first_day > first:
        return None
    week_m: defaultdict[date, int] = defaultdict(int)
    for day in days:
        week_m[monday_of(day.local_date)] += day.distance_m
    longest = max(days, key=lambda day: day.longest_m)
    share = Fraction(longest.longest_m, week_m[monday_of(longest.local_date)])
    return UsualWeek(
        km=_rounded(Fraction(sum(week_m.values()), WEEKS * 1000)),
        days=Fraction(_rounded(Fraction(10 * len(days), WEEKS)), 10),
        longest_tenths=min(10, _rounded(10 * share)),
    )


def _rounded(value: Fraction) -> int:
    """Round halves up."""
    return int(value + Fraction(1, 2))
