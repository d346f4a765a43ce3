"""The chance that the one behind is ahead at the end of a challenge. docs/odds.md explains it and says how good it is.

Distances are in km and times in days. Only additions, multiplications, divisions and square roots go into a chance, so
it is the same on every machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil, sqrt
from typing import Literal
from zoneinfo import ZoneInfo

# Whole days up to yesterday, in windows of these lengths. The fourth only says who has stopped.
WINDOWS = (7, 14, 28, 112, 364)
IDLE = WINDOWS.index(112)
MIN_HISTORY_DAYS = 7
# The smallest spread of a day, in km: nobody's rest is certain.
FLOOR_KM = 0.02
# A later crossing lies outside every challenge, and perhaps outside the calendar.
MAX_CROSSING_DAYS = 1000


@dataclass(frozen=True, slots=True)
class Constants:
    """What `make odds-fit` fits from a file. `weights`: by window. `max_day_km`: how much of a day counts at most, so
    that one very long run says little about the next weeks. `spread`: how far a rest strays from what is expected."""

    weights: tuple[float, ...] = (0.15, 0.28, 0.31, 0.0, 0.20)
    spread: float = 2.1
    max_day_km: float = 15.0


SHIPPED = Constants()


@dataclass(frozen=True, slots=True)
class Recent:
    """What a runner ran in each of the windows, in km, and the days from the first run ever to yesterday."""

    km: tuple[float, ...]
    history_days: int

    @property
    def is_idle(self) -> bool:
        """Return whether the runner did not run in the last 112 whole days."""
        return not self.km[IDLE]


@dataclass(frozen=True, slots=True)
class Contender:
    """A runner, or a team whose totals are added up. `divisor`: the number of members behind a team's average."""

    members: tuple[Recent, ...]
    divisor: int = 1

    @property
    def history_days(self) -> int:
        return max((member.history_days for member in self.members), default=0)

    @property
    def is_idle(self) -> bool:
        return all(member.is_idle for member in self.members)


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """The date in the group's zone, the part of it that is left, and the last date of the challenge."""

    today: date
    part: float
    ends_on: date

    @property
    def days(self) -> float:
        """Return the days left; 0 after the last one."""
        return 0.0 if self.today > self.ends_on else (self.ends_on - self.today).days + self.part


@dataclass(frozen=True, slots=True)
class Odds:
    """What a page says of two neighbours.

    "chance": the chance that the one behind is ahead at the end, the gap then expected (negative: the one behind is
    ahead) in km, and the date on which the lines cross at present rates, None if they do not. "over": no time is left.
    "beside": both have the same total. "not_yet": one of them began less than seven days ago.
    """

    state: Literal["chance", "over", "beside", "not_yet"]
    chance: float = 0.0
    expected_gap_km: float = 0.0
    crossing_on: date | None = None


def time_left(now: datetime, zone: ZoneInfo, ends_on: date) -> TimeLeft:
    """Return what is left of a challenge at `now`. A day of the clock change has 23 or 25 hours."""
    today = now.astimezone(zone).date()
    begins, ends = (datetime.combine(day, time(), zone).timestamp() for day in (today, today + timedelta(days=1)))
    return TimeLeft(today, (ends - now.timestamp()) / (ends - begins), ends_on)


def recent_of(
    days: Mapping[date, float], first_day: date | None, today: date, constants: Constants = SHIPPED
) -> Recent:
    """Return a runner's windows from the km of single dates. `first_day`: that of the first run ever."""
    ages = [((today - day).days, min(km, constants.max_day_km)) for day, km in sorted(days.items())]
    windows = tuple(float(sum(km for age, km in ages if 1 <= age <= window)) for window in WINDOWS)
    return Recent(windows, (today - first_day).days if first_day else 0)


def rate(recent: Recent, constants: Constants = SHIPPED) -> float:
    """Return the km a day that a runner is expected to run; 0 for one who has stopped."""
    if recent.is_idle:
        return 0.0
    history = max(recent.history_days, MIN_HISTORY_DAYS)
    windows = zip(constants.weights, recent.km, WINDOWS, strict=True)
    root = sum(weight * sqrt(km / min(window, history)) for weight, km, window in windows)
    return root * root


def odds(behind: Contender, ahead: Contender, gap_km: float, left: TimeLeft) -> Odds:
    """Return the odds of the one behind. `gap_km`: the total ahead less the total behind."""
    if left.days <= 0:
        return Odds("over")
    if not gap_km:
        return Odds("beside")
    if min(behind.history_days, ahead.history_days) < MIN_HISTORY_DAYS:
        return Odds("not_yet")
    gains = daily_km(behind) - daily_km(ahead)
    return Odds(
        "chance",
        chance(behind, ahead, gap_km, left.days),
        gap_km - gains * left.days,
        _crossing_on(gap_km, gains, left),
    )


def chance(behind: Contender, ahead: Contender, gap_km: float, days: float, constants: Constants = SHIPPED) -> float:
    """Return the chance that the one behind is strictly ahead after `days` more days, from 0 to 1."""
    return chances(behind, ahead, [gap_km], days, constants)[0]


def chances(
    behind: Contender, ahead: Contender, gaps_km: Iterable[float], days: float, constants: Constants = SHIPPED
) -> list[float]:
    """Return the same for several gaps: a run on top of what is expected makes the gap smaller, and nothing else."""
    if behind.is_idle and ahead.is_idle:
        return [0.0 if gap >= 0 else 1.0 for gap in gaps_km]
    own, other = rest_of(behind, days, constants), rest_of(ahead, days, constants)
    spread = sqrt(own.variance + other.variance)
    return [_student((own.km - other.km - gap) / spread) for gap in gaps_km]


@dataclass(frozen=True, slots=True)
class Rest:
    """What a side is expected to add, in km, and the variance of that."""

    km: float
    variance: float


def rest_of(side: Contender, days: float, constants: Constants = SHIPPED) -> Rest:
    """Return what a side is expected to add in `days` more days."""
    rates = [rate(member, constants) for member in side.members]
    spread = constants.spread * days * sqrt(days)
    variance = sum(spread * (each + FLOOR_KM) for each in rates)
    return Rest(sum(rates) * days / side.divisor, variance / side.divisor**2)


def daily_km(side: Contender) -> float:
    """Return what a side is expected to add a day."""
    return sum(rate(member) for member in side.members) / side.divisor


def _student(x: float) -> float:
    """Return the distribution of Student's t with four degrees of freedom at `x`."""
    y = x / sqrt(1 + x * x / 4)
    return min(1.0, max(0.0, 0.5 + 0.375 * y * (1 - y * y / 12)))


def _crossing_on(gap_km: float, gains: float, left: TimeLeft) -> date | None:
    """Return the date on which the gap is closed at `gains` km a day."""
    if gap_km <= 0 or gains <= 0 or gap_km > gains * MAX_CROSSING_DAYS:
        return None
    return left.today + timedelta(days=max(0, ceil(gap_km / gains - left.part)))
