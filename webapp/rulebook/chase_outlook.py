"""What it takes to catch a rival, within reason: what is possible, what is plausible, and what is in reach instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Literal

from webapp.formatting import FEET, METRES
from webapp.rulebook.measures import Unit
from webapp.rulebook.ranking import is_possible
from webapp.rulebook.units import PERCENT, POINT

# A daily amount is plausible up to this multiple of the chaser's best day in the last eight weeks.
PLAUSIBLE = 3
USUAL_DAYS_BACK = 56
# Amounts below these read as zero on a page.
MIN_SHOWN: Mapping[Unit, int] = {
    "distance": 100, "time": 60, "climb": 1, "runs": 1, "days": 1, "points": 100, "percent": 100,
}  # fmt: skip
# Totals in these units are whole numbers, so a daily amount says nothing about them.
WHOLE: frozenset[Unit] = frozenset({"runs", "days"})
MILESTONES = (5, 10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000)


@dataclass(frozen=True, slots=True)
class UsualDays:
    """A runner's days with a run in the last eight weeks: the best and the mean one, in units of the total."""

    best: int
    mean: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What it takes to catch the one ahead.

    "run": one run of `amount` puts the chaser ahead. "usual": if both go on as in the last 14 days, they are level at
    the end of `on`. "daily": `amount` per day until the last date. "total": `amount` in all until then, a whole number
    of runs or days. "far": out of reach.
    """

    kind: Literal["run", "usual", "daily", "total", "far"]
    amount: int = 0
    on: date | None = None


@dataclass(frozen=True, slots=True)
class TeamOutlook:
    """By how much a day a team has to gain on the one ahead to be level at the end, in the unit of the score.

    `each`: what that is for each of its members; None where a score is an average, which is about each one already.
    """

    a_day: int
    each: int | None


def team_outlook(gap: Fraction, days_left: int, members: int, *, is_average: bool) -> TeamOutlook:
    """Return what it takes a team; `days_left` is 1 or more, today included."""
    a_day = gap / days_left
    return TeamOutlook(ceil(a_day), None if is_average else ceil(a_day / max(1, members)))


@dataclass(frozen=True, slots=True)
class Means:
    """The daily means of chaser and rival over the last 14 days; None if unknown or not shared."""

    own: Fraction | None
    rival: Fraction | None


def outlook(
    gap: int,
    means: Means,
    usual: UsualDays | None,
    unit: Unit,
    today: date,
    ends_on: date,
    *,
    one_run: bool = True,
) -> Outlook | None:
    """Return what it takes to make up `gap` by the end of `ends_on`; None if nothing can be said.

    What the chaser usually runs comes first, so that a gap of one run is not spread over a month.
    `one_run`: whether a run brings its whole amount, whatever else is run.
    """
    left = (ends_on - today).days + 1
    if left <= 0:
        return None
    if one_run and usual is not None and gap < usual.mean:
        return Outlook("run", gap + MIN_SHOWN[unit])
    if means.rival is None:
        return None
    level_on = _level_on(gap, means, today)
    if level_on is not None and level_on <= ends_on:
        return Outlook("usual", on=level_on)
    return _until_the_end(Fraction(gap) + means.rival * left, left, usual, unit)


def _level_on(gap: int, means: Means, today: date) -> date | None:
    """Return the date at whose end the two are level if both go on as before; None if the gap does not shrink."""
    if means.own is None or means.rival is None or means.own <= means.rival:
        return None
    days = ceil(gap / (means.own - means.rival))
    # A later date may lie outside the calendar.
    return today + timedelta(days=days - 1) if days < 1000 else None


def _until_the_end(amount: Fraction, left: int, usual: UsualDays | None, unit: Unit) -> Outlook | None:
    if usual is None:
        return None
    if amount / left > PLAUSIBLE * usual.best or not is_possible(amount / left, unit):
        return Outlook("far")
    return Outlook("total", ceil(amount)) if unit in WHOLE else Outlook("daily", ceil(amount / left))


def is_shown(amount: int, unit: Unit) -> bool:
    """Return whether an amount reads as more than zero."""
    return abs(amount) >= MIN_SHOWN[unit]


def next_milestone(total: int, unit: Unit, units: str) -> int | None:
    """Return the next round total in the viewer's own unit; None beyond the last one."""
    base = base_of(unit, units)
    return next((goal for size in MILESTONES if (goal := ceil(size * base)) > total), None)


def base_of(unit: Unit, units: str) -> float:
    """Return what a round total is a multiple of, in the viewer's own unit."""
    if unit == "distance":
        return METRES[units]
    if unit == "climb":
        return 100 if units == "km" else 500 / FEET
    return {"time": 3600, "points": POINT, "percent": PERCENT}.get(unit, 1)


def milestone_in_reach(
    total: int, own_mean: Fraction | None, usual: UsualDays | None, left: int, unit: Unit, units: str
) -> int | None:
    """Return the next round total if one usual day, or going on as before, brings the runner there in time."""
    goal = next_milestone(total, unit, units)
    if goal is None or left <= 0:
        return None
    reach = max(usual.mean if usual else 0, (own_mean or 0) * left)
    return goal if goal - total <= reach else None


def span_of(starts_on: date, ends_on: date) -> str:
    """Return "month", "week" or "time", for "out of reach this ..."."""
    is_month = starts_on.day == 1 and ends_on.month == starts_on.month and (ends_on + timedelta(days=1)).day == 1
    if is_month and ends_on.year == starts_on.year:
        return "month"
    return "week" if (ends_on - starts_on).days == 6 else "time"
