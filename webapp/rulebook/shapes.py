"""How what was measured day by day becomes a total. To add one: a small function, and a line in `SHAPES`.

A shape is given the days of one entry in order, each with its amount, and says by how much each of them raised the
total. So whatever the formula, a total is the sum of its days, a board can look back to any evening, and overtakes can
be dated. No day takes anything away: a longer run never scores less.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from webapp.rulebook.journeys import FEWEST, MOST, OWN, ROUTES
from webapp.rulebook.measures import Unit

Days = Sequence[tuple[date, int]]
Params = Mapping[str, Any]

PERCENT = 1000  # thousandths in one per cent
POINT = 1000  # thousandths in one point
MILE_M = Fraction(1609344, 1000)
METRES_PER: Mapping[str, Fraction] = {"km": Fraction(1000), "mi": MILE_M}
# No baseline is lower than that, or who has hardly run would win with one run: 5 km or half an hour a week.
LOWEST_BASELINES: Mapping[Unit, int] = {"distance": 5000, "time": 1800, "climb": 50, "runs": 1, "days": 1}
ADDING = frozenset({"distance", "moving_time", "climb", "runs", "active_days"})


class Basis(NamedTuple):
    """What a total is measured against: the window, and what is fixed of the entry, in the unit of the measure."""

    starts_on: date
    ends_on: date
    unit: Unit = "distance"
    target: int | None = None
    # The mean of a week in the weeks before.
    baseline: int | None = None


class Param(NamedTuple):
    """A number of a shape. `kind`: an amount in the unit of the measure, or a number of what it says."""

    name: str
    kind: Literal["amount", "metres", "percent", "days", "points", "rate", "choice", "places"]
    least: int
    most: int
    default: Any
    choices: tuple[str, ...] = ()
    # Of an amount: what is usual in other units than metres.
    by_unit: Mapping[Unit, int] = MappingProxyType({})

    def usual(self, unit: Unit) -> Any:
        """Return what it is where nobody says otherwise, for a measure in this unit."""
        return self.by_unit.get(unit, self.default)


class Shape(NamedTuple):
    """`measures`: those that it can shape. `unit`: that of the total, None for the measure's own."""

    gains: Callable[[Days, Params, Basis], list[int]]
    measures: frozenset[str]
    unit: Unit | None = None
    params: tuple[Param, ...] = ()


def plain(days: Days, _params: Params, _basis: Basis) -> list[int]:
    """Return the amounts as they are."""
    return [amount for _, amount in days]


def daily_cap(days: Days, params: Params, _basis: Basis) -> list[int]:
    """Return no more of a day than the cap."""
    return [min(amount, params["cap"]) for _, amount in days]


def weekly_cap(days: Days, params: Params, _basis: Basis) -> list[int]:
    """Return no more of a week, Monday to Sunday, than the cap; what comes first counts first."""
    left: defaultdict[date, int] = defaultdict(lambda: int(params["cap"]))
    gains = []
    for day, amount in days:
        monday = day - timedelta(days=day.weekday())
        gains.append(min(amount, left[monday]))
        left[monday] -= gains[-1]
    return gains


def steps(days: Days, params: Params, _basis: Basis) -> list[int]:
    """Return points of each day's distance: some for going out, so many a km or mile up to the knee, fewer beyond."""
    return [_steps_of(metres, params) for _, metres in days]


def _steps_of(metres: int, params: Params) -> int:
    if metres < max(1, params["least"]):
        return 0
    near = min(metres, params["knee"])
    along = near * params["rate"] + (metres - near) * params["rate_beyond"]
    return int(params["out"] * POINT + along * POINT / METRES_PER[params["per"]])


def saddles(days: Days, _params: Params, _basis: Basis) -> list[int]:
    """Return the points that the challenge Freezing Saddles publishes, of each day's distance d in miles.

    0 under one mile; 10 + 0.5 (21 d - d^2) from 1 to 10; 65 + d - 10 above. Rounded to thousandths. Days are in whole
    metres, so the mile that a watch shows as 1.00 has 1,609 of them.
    """
    return [_saddles_of(metres) for _, metres in days]


def _saddles_of(metres: int) -> int:
    if metres < round(MILE_M):
        return 0
    miles = metres / MILE_M
    points = 10 + (21 * miles - miles * miles) / 2 if miles <= 10 else 65 + miles - 10
    return round(points * POINT)


def streak(days: Days, params: Params, _basis: Basis) -> list[int]:
    """Return by how much each day made the longest streak longer, in days run.

    A day belongs to it with at least `least`; between two such days lie no more than `rest` others.
    """
    gains, longest, current = [], 0, 0
    last: date | None = None
    for day, amount in days:
        if amount < params["least"]:
            gains.append(0)
            continue
        goes_on = last is not None and (day - last).days <= params["rest"] + 1
        current, last = current + 1 if goes_on else 1, day
        gains.append(max(0, current - longest))
        longest = max(longest, current)
    return gains


def target_share(days: Days, params: Params, basis: Basis) -> list[int]:
    """Return what each day brought of the entry's own target, in thousandths of a per cent; without one, nothing."""
    return _shares(days, whole_of("target_share", basis), params["most"])


def improvement(days: Days, params: Params, basis: Basis) -> list[int]:
    """Return what each day brought of what the entry's weeks before would have come to over the window."""
    return _shares(days, whole_of("improvement", basis), params["most"])


def whole_of(shape: str, basis: Basis) -> Fraction | None:
    """Return what a total of a shape is a share of; None where there is no such thing, or it is not known."""
    if shape == "target_share" and basis.target:
        return Fraction(basis.target)
    if shape == "improvement" and basis.baseline is not None:
        weekly = max(basis.baseline, LOWEST_BASELINES[basis.unit])
        return Fraction(weekly * ((basis.ends_on - basis.starts_on).days + 1), 7)
    return None


def _shares(days: Days, whole: Fraction | None, most: int) -> list[int]:
    """Return how each day raised the share of `whole`, cut to thousandths; it goes no higher than `most` per cent."""
    if whole is None or whole <= 0:
        return [0 for _ in days]
    sums = accumulate((amount for _, amount in days), initial=0)
    shares = [min(int(100 * PERCENT * done / whole), most * PERCENT) for done in sums]
    return [later - earlier for earlier, later in pairwise(shares)]


_MOST = 10**8
_DAILY: Mapping[Unit, int] = {"time": 5400, "climb": 500, "runs": 1, "days": 1}
_WEEKLY: Mapping[Unit, int] = {"time": 18_000, "climb": 1500, "runs": 5, "days": 5}
_STREAK: Mapping[Unit, int] = {"time": 600, "climb": 10, "runs": 1, "days": 1}
_GOAL: Mapping[Unit, int] = {"time": 360_000, "climb": 20_000, "runs": 150, "days": 150}

SHAPES: dict[str, Shape] = {
    "plain": Shape(plain, ADDING | {"longest_run"}),
    "daily_cap": Shape(
        daily_cap, ADDING - {"active_days"}, params=(Param("cap", "amount", 1, _MOST, 15_000, by_unit=_DAILY),)
    ),
    "weekly_cap": Shape(weekly_cap, ADDING, params=(Param("cap", "amount", 1, _MOST, 50_000, by_unit=_WEEKLY),)),
    "steps": Shape(
        steps,
        frozenset({"points"}),
        "points",
        (
            Param("least", "metres", 0, 50_000, 1000),
            Param("out", "points", 0, 1000, 10),
            # Of what the rates are points.
            Param("per", "choice", 0, 0, "km", tuple(METRES_PER)),
            Param("rate", "rate", 0, 100, 2),
            Param("knee", "metres", 0, 100_000, 10_000),
            Param("rate_beyond", "rate", 0, 100, 1),
        ),
    ),
    "saddles": Shape(saddles, frozenset({"points"}), "points"),
    "streak": Shape(
        streak,
        ADDING,
        "days",
        (Param("least", "amount", 0, _MOST, 1000, by_unit=_STREAK), Param("rest", "days", 0, 6, 1)),
    ),
    "target_share": Shape(
        target_share, ADDING | {"longest_run"}, "percent", (Param("most", "percent", 100, 1000, 100),)
    ),
    "improvement": Shape(improvement, ADDING, "percent", (Param("most", "percent", 100, 1000, 200),)),
    "journey": Shape(
        plain,
        frozenset({"distance"}),
        params=(
            Param("route", "choice", 0, 0, "west_highland", (*ROUTES, OWN)),
            # Where it is the group's own: pairs of a name and metres from the start.
            Param("places", "places", FEWEST, MOST, ()),
        ),
    ),
    "group_goal": Shape(plain, ADDING, params=(Param("goal", "amount", 1, 10**11, 1_000_000, by_unit=_GOAL),)),
}
