"""Invented months for two opinions: one runner's runs, rules, and all else they are judged by, from plain dice.

Runs are dictionaries, rules the JSON that is kept, so that a second implementation can read them without the first.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from webapp.rulebook.journeys import ROUTES
from webapp.rulebook.judging import Override, RunnerContext
from webapp.rulebook.runs import Run
from webapp.rulebook.shapes import SHAPES
from webapp.rulebook.shapes.base import Param

OFFSETS = (-12, -8, -5, 0, 1, 2, 8, 9.5, 14)
ODD_METRES = (0, 1, 999, 1_000, 1_609, 5_000, 10_000, 16_093, 26_000, 42_195)
NEAR = {"moving_time": 4_000, "climb": 90, "runs": 1, "active_days": 1}


RULED = ("decision", "metres", "seconds", "adjusted", "climb", "adjusted_climb")


@dataclass(frozen=True, slots=True)
class Month:
    """`own`: count_private, usual_longest_m, overrides by run id. `stints`: (team, first date, last date or None)."""

    runs: list[dict[str, Any]]
    rules: dict[str, Any]
    first: date
    last: date
    own: dict[str, Any]
    target: int | None
    baseline: int | None
    stints: list[tuple[int, date, date | None]]
    # The last date that has begun anywhere.
    begun: date = date.max


def as_run(run: dict[str, Any]) -> Run:
    """Return the run as the rules know it."""
    return Run(
        id=run["id"],
        source="strava",
        source_id=str(run["id"]),
        sport_type=run["sport"],
        local_date=run["day"],
        start_utc=datetime.fromtimestamp(run["start"], UTC),
        start_hidden=run["hidden"],
        distance_m=run["metres"],
        moving_s=run["seconds"],
        elapsed_s=run["elapsed"],
        climb_m=run["climb"],
        manual=run["manual"],
        private=run["private"],
        flagged=run["flagged"],
        trainer=run["trainer"],
        first_m=run["first_m"],
    )


def as_own(own: dict[str, Any]) -> RunnerContext:
    """Return what is known of the runner as the rules know it."""
    overrides = {
        ("strava", str(run_id)): Override(*(made[name] for name in RULED)) for run_id, made in own["overrides"].items()
    }
    return RunnerContext(own["count_private"], own["usual_longest_m"], overrides)


def months(seed: int, how_many: int) -> list[Month]:
    """Return as many months, the same ones for the same seed; measures and shapes take turns."""
    dice = Random(seed)
    pairs = [(measure, shape) for shape in SHAPES for measure in sorted(SHAPES[shape].measures)]
    return [_month(dice, *pairs[number % len(pairs)]) for number in range(how_many)]


def _month(dice: Random, measure: str, shape: str) -> Month:
    first = date(dice.randint(2019, 2030), dice.randint(1, 12), 1)
    last = first + timedelta(days=dice.choice((6, 13, 27, 28, 29, 30)))
    runs = [_run(dice, number, first, last) for number in range(1, dice.choice((0, 3, 12, 25)) + 1)]
    usual = NEAR.get(measure, 10_000)
    return Month(
        runs,
        {
            "version": 1,
            "measure": measure,
            "shape": shape,
            "params": _params(dice, shape, usual),
            "counts": _counts(dice),
        },
        first,
        last,
        {
            "count_private": dice.random() < 0.5,
            "usual_longest_m": dice.choice((None, 0, 5_000, 12_000, 30_000)),
            "overrides": {run["id"]: _override(dice, run) for run in runs if dice.random() < 0.08},
        },
        dice.choice((None, usual, dice.randint(1, 20 * usual))),
        dice.choice((None, 0, dice.randint(0, 6 * usual))),
        _stints(dice, first, last),
        dice.choice((date.max, date.max, last, first + timedelta(days=dice.randint(0, 6)))),
    )


def _run(dice: Random, number: int, first: date, last: date) -> dict[str, Any]:
    """Return a run of the first days, which overlap, or of any from the day before to the day after."""
    span = dice.choice((2, (last - first).days + 2))
    local = datetime(first.year, first.month, 1, tzinfo=UTC) + timedelta(
        days=dice.randint(-1, span - 1), minutes=dice.choice((0, 1, 359, 420, 430, 1080, dice.randint(0, 1439)))
    )
    hidden = dice.random() < 0.05
    local = local.replace(hour=0, minute=0, second=1) if hidden else local
    metres = dice.choice(
        (0, 1, 999, 1_000, 1_609, 5_000, 10_000, 16_093, 26_000, 42_195, *[dice.randint(1, 30_000)] * 8)
    )
    metres = 500_000 if dice.random() < 0.02 else metres
    seconds = dice.choice((0, 1_500, 371_520, *[metres * dice.randint(150, 600) // 1000] * 12))
    return {
        "id": number,
        "day": local.date(),
        "start": int(local.timestamp()) - int(dice.choice(OFFSETS) * 3600),
        "hidden": hidden,
        "sport": dice.choice(("Run",) * 6 + ("TrailRun", "VirtualRun", "Walk", "Hike", "Ride")),
        "metres": metres,
        "seconds": seconds,
        "elapsed": dice.choice((None, seconds, seconds + dice.randint(0, 900), 0, 200_000)),
        "climb": dice.choice((0, dice.randint(0, 300), dice.randint(0, 300), dice.randint(300, 9_000))),
        "first_m": dice.choice((None, 0, metres, metres * 8 // 10, max(0, metres - 500), max(0, metres - 501))),
        **{name: dice.random() < 0.06 for name in ("manual", "private", "flagged", "trainer")},
    }


def _params(dice: Random, shape: str, usual: int) -> dict[str, Any]:
    params = {param.name: _value(dice, param, usual) for param in SHAPES[shape].params}
    return {**params, "route": dice.choice(sorted(ROUTES)), "places": []} if shape == "journey" else params


def _value(dice: Random, param: Param, usual: int) -> int | str:
    if param.choices:
        return dice.choice(sorted(param.choices))
    if param.kind in ("amount", "metres"):
        return dice.choice((param.min_value, usual, dice.randint(max(1, param.min_value), 4 * usual)))
    return dice.randint(param.min_value, min(param.max_value, param.min_value + 150))


def _counts(dice: Random) -> dict[str, Any]:
    sports = dice.choice((["Run", "TrailRun", "VirtualRun"], ["Run"], ["Hike", "Run", "Walk"]))
    switches = ("private", "manual", "treadmill", "flagged", "stops_unusual", "stops_changed")
    return {
        "sports": sports,
        "min_distance_m": dice.choice((0, 0, 1_000, 5_000)),
        "min_time_s": dice.choice((0, 0, 600)),
        "quickest": dice.choice((None, None, 180, 240)),
        "slowest": dice.choice((None, None, 420, 540)),
        **{name: dice.random() < 0.5 for name in switches},
    }


def _override(dice: Random, run: dict[str, Any]) -> dict[str, Any]:
    decision = dice.choice(("count", "leave_out", "adjust"))
    seen = run["metres"] + dice.choice((0, 0, 0, 7))
    adjusted = (dice.randint(0, 20_000), dice.randint(0, 7_200)) if decision == "adjust" else None
    climb = dice.choice((None, run["climb"]))
    other = dice.randint(0, 900) if adjusted and climb is not None else None
    then = {"metres": seen, "seconds": run["seconds"], "climb": climb}
    return {"decision": decision, **then, "adjusted": adjusted, "adjusted_climb": other}


def _stints(dice: Random, first: date, last: date) -> list[tuple[int, date, date | None]]:
    """Return no team, one, or two with days of none between them."""
    middle = first + timedelta(days=dice.randint(0, (last - first).days))
    after = middle + timedelta(days=dice.randint(1, 4))
    kinds: list[list[tuple[int, date, date | None]]] = [
        [],
        [(1, first, None)],
        [(1, first, middle), (2, after, None)],
        [(2, first, middle)],
    ]
    return dice.choice(kinds)
