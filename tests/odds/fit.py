"""Fit the constants of the odds to a log of runs and print them; they are then copied into `webapp/rulebook/odds.py`.

It reads the log that it is given, never the runs of an installation: Strava allows no model made of those.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tests.odds.chases import Chase, Log, chases_in, requested_log
from tests.odds.report import brier, chance_of
from webapp.rulebook.odds import IDLE, SHIPPED, WINDOWS, Constants

FOLDS = 5
# How much of a day may count at most, in km.
MAX_DAYS_KM = (12.0, 15.0, 20.0)
# Every weight but that of the window that only says who has stopped.
FITTED = [index for index in range(len(WINDOWS)) if index != IDLE]
STEP, DAMPING, ROUNDS, ENOUGH = 1e-4, 1e-3, 6, 1e-7
MIN_WEIGHT, MIN_SPREAD = 0.0, 0.1


@dataclass(frozen=True, slots=True)
class Fitted:
    """Constants and their Brier on the chases that they were fitted to."""

    constants: Constants
    brier: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.odds.fit", description=__doc__)
    parser.add_argument("runs", nargs="?", default="", help="a log of runs, .csv.gz")
    logs = requested_log(parser.parse_args().runs, "odds-fit")
    by_cap = {cap: chases_in(logs, replace(SHIPPED, max_day_km=cap)) for cap in MAX_DAYS_KM}
    folds = folds_of(logs)
    if not all(_training(by_cap[MAX_DAYS_KM[0]], held_out) for held_out in folds):
        sys.exit(f"This log holds too few chases: it takes some without the runners of each of {FOLDS} folds.")
    say(f"shipped, {SHIPPED}: Brier {_brier_of(by_cap, SHIPPED):.5f}")
    best = best_fit(by_cap)
    say(f"fitted to all, {best.constants}: Brier {best.brier:.5f}")
    say("each chase by constants fitted without the runners of its chaser's fold:")
    say(f"five-fold Brier {five_fold(by_cap, folds):.5f}")
    return 0


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def folds_of(runners: Mapping[str, Log]) -> list[frozenset[str]]:
    """Return the runners of each fold."""
    names = sorted(runners)
    return [frozenset(names[fold::FOLDS]) for fold in range(FOLDS)]


def five_fold(by_cap: Mapping[float, Sequence[Chase]], folds: Sequence[frozenset[str]]) -> float:
    """Return the Brier of each chase by constants fitted to chases in which nobody of its chaser's fold takes part."""
    squares = number = 0.0
    for fold, held_out in enumerate(folds, start=1):
        training = {cap: _training(chases, held_out) for cap, chases in by_cap.items()}
        constants = best_fit(training).constants
        tested = [chase for chase in by_cap[constants.max_day_km] if chase.chaser in held_out]
        found = _brier(tested, constants) if tested else 0.0
        say(f"  fold {fold}: {len(tested):,} chases, Brier {found:.5f} by {constants}")
        squares, number = squares + found * len(tested), number + len(tested)
    return squares / number


def _training(chases: Sequence[Chase], held_out: frozenset[str]) -> list[Chase]:
    return [chase for chase in chases if not {chase.chaser, chase.leader} & held_out]


def best_fit(by_cap: Mapping[float, Sequence[Chase]]) -> Fitted:
    """Return the constants with the lowest Brier, whichever cap they go with."""
    fits = [fit(chases, replace(SHIPPED, max_day_km=cap)) for cap, chases in by_cap.items()]
    return min(fits, key=lambda found: found.brier)


def fit(chases: Sequence[Chase], start: Constants) -> Fitted:
    """Return the weights and the spread with the lowest Brier, by damped least squares from `start`."""
    values, damping = _values_of(start), DAMPING
    found = Fitted(start, _brier(chases, start))
    for _ in range(ROUNDS):
        matrix, vector = _normal_equations(chases, values, start)
        moved = [value + step for value, step in zip(values, _solved(matrix, vector, damping), strict=True)]
        constants = _constants_of(moved, start)
        now = _brier(chases, constants)
        if now >= found.brier:
            damping *= 10
            continue
        gained = found.brier - now
        found, values, damping = Fitted(constants, now), _values_of(constants), damping / 10
        if gained < ENOUGH:
            break
    return found


def _values_of(constants: Constants) -> list[float]:
    return [*(constants.weights[index] for index in FITTED), constants.spread]


def _constants_of(values: Sequence[float], start: Constants) -> Constants:
    weights = list(start.weights)
    for index, value in zip(FITTED, values, strict=False):
        weights[index] = max(MIN_WEIGHT, value)
    return replace(start, weights=tuple(weights), spread=max(MIN_SPREAD, values[-1]))


def _normal_equations(
    chases: Sequence[Chase], values: Sequence[float], start: Constants
) -> tuple[list[list[float]], list[float]]:
    """Return JᵀJ and Jᵀr, J the derivatives of the chances and r the outcomes less the chances."""
    near = [[value + STEP * (other == index) for other, value in enumerate(values)] for index in range(len(values))]
    moved = [_constants_of(each, start) for each in near]
    here, size = _constants_of(values, start), len(values)
    matrix, vector = [[0.0] * size for _ in range(size)], [0.0] * size
    for chase in chases:
        chance = chance_of(chase, here)
        slopes = [(chance_of(chase, constants) - chance) / STEP for constants in moved]
        for row, slope in enumerate(slopes):
            vector[row] += slope * (chase.passed - chance)
            for column, other in enumerate(slopes):
                matrix[row][column] += slope * other
    return matrix, vector


def _solved(matrix: Sequence[Sequence[float]], vector: Sequence[float], damping: float) -> list[float]:
    """Solve (matrix + damping x its diagonal) x = vector by elimination; the matrix is positive and symmetric."""
    rows = [
        [value * (1 + damping * (at == number)) + 1e-12 * (at == number) for at, value in enumerate(row)]
        + [vector[number]]
        for number, row in enumerate(matrix)
    ]
    for pivot, top in enumerate(rows):
        rows[pivot] = top = [value / top[pivot] for value in top]
        for other, row in enumerate(rows):
            if other != pivot:
                rows[other] = [value - row[pivot] * above for value, above in zip(row, top, strict=True)]
    return [row[-1] for row in rows]


def _brier(chases: Sequence[Chase], constants: Constants) -> float:
    return brier(chases, [chance_of(chase, constants) for chase in chases])


def _brier_of(by_cap: Mapping[float, Sequence[Chase]], constants: Constants) -> float:
    return _brier(by_cap[constants.max_day_km], constants)


if __name__ == "__main__":
    sys.exit(main())
