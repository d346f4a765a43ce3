"""What runners do on Strava in twenty hours, by seeded dice: uploads, edits, retypings, hidings, deletions."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from tests.end_to_end.world import BEGIN, MONTHS, World
from tests.oracle.judging import Row
from tests.support.strava import listed

BATCHES = 5
# How many days back things may lie: into the first month of the challenges, and not beyond its first day.
REACH = (BEGIN.date() - MONTHS[0]).days
# The clock moves on by this in all: Strava's quarter hours pass, tokens run out, a month ends.
SPAN = timedelta(hours=20)
FAULTS: dict[str, Any] = {
    "events_lost": 0.3,
    "events_doubled": 0.1,
    "events_late": 0.1,
    "seed": 11,
}


class Restless:
    """Somebody who changes things on Strava for everybody."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._dice = world, Random(seed)
        self._held = {athlete_id: listed(world.simulator, athlete_id) for athlete_id in world.everybody}
        self.done: Counter[str] = Counter()

    def change(self) -> None:
        """Do one thing to one activity of one athlete."""
        athlete_id = self._dice.choice(list(self._held))
        actions = (self._upload, self._edit, self._retype, self._hide, self._flag, self._delete)
        (action,) = self._dice.choices(actions, weights=(30, 26, 12, 10, 6, 16))
        action(athlete_id)
        self.done[action.__name__.strip("_")] += 1

    def _upload(self, athlete_id: int) -> None:
        kind = self._dice.choice(
            (self._fresh, self._fresh, self._late, self._at_month_end, self._second_watch, self._odd)
        )
        made = self._world.simulator.control("POST", f"athletes/{athlete_id}/activities", kind(athlete_id))
        self._held[athlete_id].append(made)

    def _fresh(self, _athlete_id: int) -> Row:
        return self._run()

    def _late(self, _athlete_id: int) -> Row:
        return self._run() | {"start_date_local": self._local(self._dice.uniform(1, REACH))}

    def _at_month_end(self, _athlete_id: int) -> Row:
        zone = self._dice.choice(("Pacific/Kiritimati", "Etc/GMT+12", "Europe/London", "Asia/Kolkata"))
        first = datetime.combine(self._dice.choice(MONTHS), time(), UTC)
        last_minute = first + timedelta(minutes=self._dice.choice((-31, -1, 0, 1)))
        return self._run() | {"timezone": zone, "start_date_local": f"{last_minute:%Y-%m-%dT%H:%M:%S}"}

    def _second_watch(self, athlete_id: int) -> Row:
        first = self._any(athlete_id)
        shift = timedelta(seconds=self._dice.choice((0, 45, 170, 181, 240)))
        start = datetime.fromisoformat(first["start_date"]) + shift
        distance = round((first.get("distance") or 5_000.0) * self._dice.choice((0.97, 1.0, 1.03)), 1)
        same = {
            name: first[name] for name in ("sport_type", "moving_time", "elapsed_time") if first.get(name) is not None
        }
        return {**same, "distance": distance, "start_date": start.isoformat()}

    def _odd(self, _athlete_id: int) -> Row:
        odd: tuple[Row, ...] = (
            {"distance": 0.0},
            {"moving_time": 0, "elapsed_time": 0},
            {"distance": 34_807.0, "moving_time": 912},
            {"distance": 6_300.0, "moving_time": 371_520},
            {"manual": True},
            {"private": True},
            {"hidden_start": True, "start_date_local": self._local(self._dice.uniform(0, 60))},
            {"sport_type": self._dice.choice(("Ride", "Quidditch", "Walk"))},
            {"missing": ["elapsed_time"]},
            {"missing": ["moving_time", "total_elevation_gain"]},
        )
        return self._run() | self._dice.choice(odd)

    def _run(self) -> Row:
        metres, pace = self._dice.uniform(1_000, 25_000), self._dice.uniform(0.22, 0.5)
        moving = int(metres * pace)
        return {
            "sport_type": self._dice.choice(("Run", "Run", "Run", "TrailRun", "VirtualRun")),
            "distance": round(metres, 1),
            "moving_time": moving,
            "elapsed_time": moving + self._dice.choice((0, 20, 600)),
        }

    def _local(self, days_ago: float) -> str:
        return f"{BEGIN - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%S}"

    def _edit(self, athlete_id: int) -> None:
        held = self._any(athlete_id)
        edits: tuple[Row, ...] = (
            {"distance": round((held.get("distance") or 1_000.0) * self._dice.uniform(0.5, 1.5), 1)},
            {"distance": 0.0},
            {"moving_time": int((held.get("moving_time") or 600) * self._dice.uniform(0.2, 2))},
            {"elapsed_time": int((held.get("elapsed_time") or 600) * self._dice.uniform(1, 4))},
            {"start_date_local": self._local(self._dice.uniform(0, REACH))},
            {"name": f"Number {self._dice.random()}"},
        )
        self._patch(athlete_id, held, self._dice.choice(edits))

    def _retype(self, athlete_id: int) -> None:
        held = self._any(athlete_id)
        sports = [sport for sport in ("Run", "TrailRun", "Ride", "Hike") if sport != held.get("sport_type")]
        self._patch(athlete_id, held, {"sport_type": self._dice.choice(sports)})

    def _hide(self, athlete_id: int) -> None:
        held = self._any(athlete_id)
        self._patch(athlete_id, held, {"private": not held.get("private")})

    def _flag(self, athlete_id: int) -> None:
        held = self._any(athlete_id)
        self._patch(athlete_id, held, {"flagged": not held.get("flagged")})

    def _delete(self, athlete_id: int) -> None:
        held = self._any(athlete_id)
        self._world.simulator.control("DELETE", f"athletes/{athlete_id}/activities/{held['id']}")
        self._held[athlete_id].remove(held)

    def _patch(self, athlete_id: int, held: Row, fields: Row) -> None:
        path = f"athletes/{athlete_id}/activities/{held['id']}"
        held.update(self._world.simulator.control("PATCH", path, fields))

    def _any(self, athlete_id: int) -> Row:
        """Return an activity, half of the time one of the last ones."""
        held = sorted(self._held[athlete_id], key=lambda row: str(row["start_date"]))
        return self._dice.choice(held[-12:] if self._dice.random() < 0.5 else held)


def live_through(world: World, seed: int, changes: int, batches: int = BATCHES) -> Counter[str]:
    """Let everybody change things, with events lost, doubled and late, and the worker follow them."""
    restless, step = Restless(world, seed), SPAN / batches
    # Late by more than a batch, so that what came after overtakes it.
    world.simulator.faults(**FAULTS, late_seconds=1.25 * step.total_seconds())
    for _ in range(batches):
        for _ in range(changes // batches):
            restless.change()
        world.pass_by(step)
        world.simulator.wait_until_delivered()
        world.keep_going()
    return restless.done
