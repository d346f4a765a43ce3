"""What a challenge counts of a day, and in which unit. To add a measure, write a function and a line in `MEASURES`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.rulebook.plausibility import MAX_DAY_M, MAX_DAY_RUNS, MAX_DAY_S
from webapp.rulebook.runs import Run

# Stored units: metres, seconds, metres of climb, whole numbers; points and per cent in thousandths.
Unit = Literal["distance", "time", "climb", "runs", "days", "points", "percent"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted of a day. `of_day` gets the counting runs of one date, at least one, with plausible quantities.

    `ledger`: the column with the same amount for days whose runs are gone; None means 1 for a day with a run.
    `adds_up`: days are summed; otherwise the greatest of them counts. `mean_step`: others see a mean week rounded to
    this step, because challenges that begin a day apart would otherwise give days away; None is exact.
    """

    unit: Unit
    of_day: Callable[[Sequence[Run]], int]
    ledger: str | None
    label: str
    sentence: str
    adds_up: bool = True
    mean_step: int | None = None


def metres(runs: Sequence[Run]) -> int:
    return min(sum(run.distance_m for run in runs), MAX_DAY_M)


def seconds(runs: Sequence[Run]) -> int:
    return min(sum(run.moving_s for run in runs), MAX_DAY_S)


def number(runs: Sequence[Run]) -> int:
    return min(len(runs), MAX_DAY_RUNS)


def climb(runs: Sequence[Run]) -> int:
    return sum(run.climb_m for run in runs)


def longest(runs: Sequence[Run]) -> int:
    return max(run.distance_m for run in runs)


def one(_runs: Sequence[Run]) -> int:
    return 1


MEASURES: dict[str, Measure] = {
    "distance": Measure("distance", metres, "distance_m", "Distance", "This challenge counts distance."),
    "moving_time": Measure(
        "time",
        seconds,
        "moving_s",
        "Moving time",
        "This challenge counts moving time: an hour is an hour, fast or slow.",
        mean_step=1800,
    ),
    "climb": Measure(
        "climb",
        climb,
        "climb_m",
        "Climb",
        "This challenge counts climb: everything that goes uphill.",
        mean_step=100,
    ),
    "runs": Measure("runs", number, "runs", "Number of runs", "This challenge counts the number of runs."),
    "active_days": Measure(
        "days", one, None, "Days with a run", "This challenge counts days with a run, short or long."
    ),
    "longest_run": Measure(
        "distance",
        longest,
        "longest_m",
        "Longest run",
        "This challenge counts your longest single run; a longer one replaces it.",
        adds_up=False,
        mean_step=2000,
    ),
    # Its amount is the distance of a day; only the shapes that make points of it go with it.
    "points": Measure(
        "distance",
        metres,
        "distance_m",
        "Points by the distance of each day",
        "Each day gives points by its distance; several runs on one day are added together.",
    ),
}

# The measures whose days are simply added up, and those whose greatest day counts: that of a single run.
ADDABLE = frozenset(name for name, measure in MEASURES.items() if measure.adds_up) - {"points"}
SINGLE = frozenset(name for name, measure in MEASURES.items() if not measure.adds_up)
