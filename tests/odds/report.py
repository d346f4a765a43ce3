"""How good the shipped odds are on a log of runs: print a table and write `build/odds.json`. It fits no constants."""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from statistics import fmean, pstdev
from typing import Any

from tests.odds.chases import Chase, chases_in, requested_log
from tests.support.rows import REPOSITORY
from webapp.rulebook.odds import SHIPPED, Constants, chance

OUT = REPOSITORY / "build" / "odds.json"
TENTHS, DRAWS, SEED = 10, 500, 20261130
MIN_IN_BIN = 300


@dataclass(frozen=True, slots=True)
class Bin:
    """The chases with a chance in one tenth: how many, the mean chance, the true share of overtakes, and the standard
    error of their difference."""

    tenth: str
    n: int
    mean: float
    true: float
    se: float

    @property
    def off(self) -> float:
        return self.true - self.mean


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.odds.report", description=__doc__)
    parser.add_argument("runs", nargs="?", default="", help="a log of runs, .csv.gz")
    parser.add_argument("--out", type=Path, default=OUT, help="the file to write")
    given = parser.parse_args()
    logs = requested_log(given.runs, "odds-report")
    chases = chases_in(logs)
    if not chases:
        sys.exit("This log holds no chase: it takes two runners with 28 days of history in one month.")
    found = report(chases, list(logs))
    given.out.parent.mkdir(exist_ok=True)
    given.out.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(f"{table(found)}\nWritten to {given.out}.\n")
    return 0


def report(chases: Sequence[Chase], runners: Sequence[str]) -> dict[str, Any]:
    """Return all figures of the report."""
    chances = [chance_of(chase) for chase in chases]
    passed = fmean(chase.passed for chase in chases)
    bins = _bins(chases, chances, runners)
    wide = [each for each in bins if each.n >= MIN_IN_BIN]
    worst = max(wide, key=lambda each: abs(each.off), default=None)
    return {
        "chases": len(chases),
        "brier": brier(chases, chances),
        "references": {
            "the one ahead stays": brier(chases, [0.0] * len(chases)),
            "28-day pace goes on": brier(chases, [float(chase.pace * chase.days > chase.gap_km) for chase in chases]),
            "the base rate": brier(chases, [passed] * len(chases)),
        },
        "bins": [asdict(each) for each in bins],
        "worst_bin": asdict(worst) | {"off": worst.off} if worst else None,
        "constants": asdict(SHIPPED),
    }


def chance_of(chase: Chase, constants: Constants = SHIPPED) -> float:
    return chance(chase.behind, chase.ahead, chase.gap_km, chase.days, constants)


def brier(chases: Sequence[Chase], chances: Sequence[float]) -> float:
    """Return the mean squared difference between chance and outcome."""
    return fmean((each - chase.passed) ** 2 for chase, each in zip(chases, chances, strict=True))


def _bins(chases: Sequence[Chase], chances: Sequence[float], runners: Sequence[str]) -> list[Bin]:
    members: defaultdict[int, list[tuple[Chase, float]]] = defaultdict(list)
    for chase, each in zip(chases, chances, strict=True):
        members[min(int(TENTHS * each), TENTHS - 1)].append((chase, each))
    draws = _draws(runners)
    return [
        Bin(
            f"{tenth / TENTHS:.1f}-{(tenth + 1) / TENTHS:.1f}",
            len(inside),
            fmean(each for _, each in inside),
            fmean(chase.passed for chase, _ in inside),
            _standard_error(inside, draws),
        )
        for tenth, inside in sorted(members.items())
    ]


def _draws(runners: Sequence[str]) -> list[Mapping[str, int]]:
    """Return how often each runner was drawn, with replacement, in each draw."""
    dice = Random(SEED)
    return [Counter(dice.choices(runners, k=len(runners))) for _ in range(DRAWS)]


def _standard_error(inside: Sequence[tuple[Chase, float]], draws: Sequence[Mapping[str, int]]) -> float:
    """Return the standard deviation of true share less mean chance over the draws of runners."""
    pairs: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for chase, each in inside:
        pair = pairs[chase.chaser, chase.leader]
        pair[0] += 1
        pair[1] += chase.passed - each
    found = []
    for draw in draws:
        weights = {pair: draw.get(pair[0], 0) * draw.get(pair[1], 0) for pair in pairs}
        number = sum(weights[pair] * count for pair, (count, _) in pairs.items())
        if number:
            found.append(sum(weights[pair] * off for pair, (_, off) in pairs.items()) / number)
    return pstdev(found) if found else 0.0


def table(found: Mapping[str, Any]) -> str:
    """Return the report as lines of text."""
    lines = [f"{found['chases']:,} chases, Brier {found['brier']:.4f}"]
    lines += [f"  {words}: {value:.4f}" for words, value in found["references"].items()]
    lines.append(f"{'chance':>10}{'chases':>8}{'mean':>8}{'true':>8}{'off':>8}{'error':>8}")
    lines += [
        f"{each['tenth']:>10}{each['n']:>8,}{each['mean']:>8.3f}{each['true']:>8.3f}"
        f"{each['true'] - each['mean']:>+8.3f}{each['se']:>8.3f}"
        for each in found["bins"]
    ]
    worst = found["worst_bin"]
    if worst:
        lines.append(f"worst bin of {MIN_IN_BIN} or more: {worst['tenth']}, off by {100 * worst['off']:+.1f} points")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
