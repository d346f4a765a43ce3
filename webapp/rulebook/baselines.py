"""What a runner did in the weeks before a challenge: the baseline that it measures against, and the habit."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import NamedTuple

from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import SPORT_CLASSES

WEEKS = 8
# With less history than that a mean says nothing.
FEWEST_WEEKS = 3
HABIT_WEEKS = 12


class Week(NamedTuple):
    """Seven local dates, both ends in."""

    first: date
    last: date


class Past(NamedTuple):
    """What the ledger says of a runner before a date, by `weeks_before`, the latest week first.

    `first_day`: the first day ever with a run. `longest_m`: of the runs in the habit's weeks, None without any.
    """

    sums: Sequence[int]
    first_day: date | None
    longest_m: int | None


class Basis(NamedTuple):
    """A mean of a week in the unit of the measure, over how many weeks, and the longest run in metres."""

    baseline: int | None
    weeks: int
    habit_m: int | None


def weeks_before(starts_on: date, count: int = WEEKS) -> list[Week]:
    """Return the `count` whole weeks before a date, the latest first; each ends the day before the next begins."""
    firsts = [starts_on - timedelta(weeks=n) for n in range(1, count + 1)]
    return [Week(first, first + timedelta(days=6)) for first in firsts]


def weeks_of_history(starts_on: date, first_day: date | None) -> int:
    """Return how many whole weeks before `starts_on` a runner has been running for, at most eight."""
    if first_day is None:
        return 0
    return max(0, min(WEEKS, (starts_on - first_day).days // 7))


def basis_from(past: Past, starts_on: date) -> Basis:
    """Return a runner's own basis; without a baseline and a habit where three weeks of history are wanting.

    The mean is over the weeks of history, those without a run included. It is rounded to the whole unit.
    """
    weeks = weeks_of_history(starts_on, past.first_day)
    if weeks < FEWEST_WEEKS:
        return Basis(None, weeks, None)
    return Basis(round(Fraction(sum(past.sums[:weeks]), weeks)), weeks, past.longest_m)


# Others see the mean week rounded to these steps. Otherwise challenges that begin a day apart would give days away.
MEAN_STEPS = {"moving_time": 1800, "climb": 100, "longest_run": 2000}


def rounded_mean(mean: int | None, rules: RuleSet) -> int | None:
    """Return a mean week as others see it: to the nearest step, where its measure has one."""
    step = MEAN_STEPS.get(rules.measure)
    return mean if mean is None or step is None else (mean + step // 2) // step * step


def median_of(baselines: Collection[int]) -> int:
    """Return the middle one of these, the mean of the two in the middle; 0 where nobody has one."""
    return round(Fraction(median(baselines))) if baselines else 0


def classes_of(sports: Collection[str]) -> list[str]:
    """Return the classes of the ledger in which challenges of these sports are found."""
    return [name for name, of_class in SPORT_CLASSES.items() if of_class & frozenset(sports)]
