"""What a challenge measures of a day, and in what unit. To add one: a small function, and a line in `MEASURES`."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from webapp.rulebook.plausibility import MAX_DAY_M, MAX_DAY_RUNS, MAX_DAY_S
from webapp.rulebook.runs import Run

# Units inside: metres, seconds, metres of climb, whole numbers; points and per cent in thousandths.
Unit = Literal["distance", "time", "climb", "runs", "days", "points", "percent"]


class Measure(NamedTuple):
    """`of_day` is given the runs of one date that count, at least one, with what is plausible of their quantities.

    `ledger`: the column from which the same can be read of a day whose runs are gone (0 runs: 0). `adds_up`: days are
    summed; else the greatest of them is what counts.
    """

    unit: Unit
    of_day: Callable[[Sequence[Run]], int]
    ledger: str | None
    adds_up: bool = True


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
    "distance": Measure("distance", metres, "distance_m"),
    "moving_time": Measure("time", seconds, "moving_s"),
    "climb": Measure("climb", climb, "climb_m"),
    "runs": Measure("runs", number, "runs"),
    "active_days": Measure("days", one, None),
    "longest_run": Measure("distance", longest, "longest_m", adds_up=False),
    # What a day is worth is for the shape to say; measured is its distance.
    "points": Measure("distance", metres, "distance_m"),
}
