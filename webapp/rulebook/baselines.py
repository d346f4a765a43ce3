"""What a runner did in the weeks before a challenge: the baseline, and the usual longest run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median

from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import SPORT_CLASSES

WEEKS = 8
# A mean of fewer weeks says nothing.
MIN_WEEKS = 3
USUAL_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Week:
    """Seven local dates, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class History:
    """A runner's ledger before a date. `sums`: those of `weeks_before`, the latest week first.

    `first_day`: the first day ever with a run. `longest_m`: the longest run of the last twelve weeks, None without one.
    """

    sums: Sequence[int]
    first_day: date | None
    longest_m: int | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The mean week in the unit of the measure, the number of weeks behind it, and the longest run in metres."""

    mean: int | None
    weeks: int
    usual_longest_m: int | None


def weeks_before(starts_on: date, count: int = WEEKS) -> list[Week]:
    """Return the `count` whole weeks before a date, the latest first; each ends the day before the next begins."""
    firsts = [starts_on - timedelta(weeks=n) for n in range(1, count + 1)]
    return [Week(first, first + timedelta(days=6)) for first in firsts]


def weeks_of_history(starts_on: date, first_day: date | None) -> int:
    """Return how many whole weeks before `starts_on` a runner has been running for, at most eight."""
    if first_day is None:
        return 0
    return max(0, min(WEEKS, (starts_on - first_day).days // 7))


def baseline_from(history: History, starts_on: date) -> Baseline:
    """Return a runner's own baseline; without a mean and a longest run where there are fewer than three weeks.

    The mean is over the weeks of history, those without a run included. It is rounded to the whole unit.
    """
    weeks = weeks_of_history(starts_on, history.first_day)
    if weeks < MIN_WEEKS:
        return Baseline(None, weeks, None)
    return Baseline(round(Fraction(sum(history.sums[:weeks]), weeks)), weeks, history.longest_m)


def rounded_mean(mean: int | None, rules: RuleSet) -> int | None:
    """Return a mean week as others see it: to the nearest step, where its measure has one."""
    step = rules.measured.mean_step
    return mean if mean is None or step is None else (mean + step // 2) // step * step


def median_of(baselines: Collection[int]) -> int:
    """Return the middle one of these, the mean of the two in the middle; 0 where nobody has one."""
    return round(Fraction(median(baselines))) if baselines else 0


# The class of sport whose days others see over any dates.
SHOWN_CLASS = "run"


def classes_of(sports: Collection[str]) -> list[str]:
    """Return the classes of the ledger in which challenges of these sports are found."""
    return [name for name, of_class in SPORT_CLASSES.items() if of_class & frozenset(sports)]
