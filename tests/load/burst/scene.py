"""The town that the burst comes over: everybody connected and on boards, and what they are about to do on Strava."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.load.bench.town import Resident, connect, found_group, start_challenge
from tests.load.burst.mix import Action, Mix
from tests.load.burst.watch import Place
from tests.oracle.judging import Opinion, Row, second_opinion
from tests.support.agreement import disagreements
from tests.support.simulator import Simulator
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.leaderboards.service import differences
from webapp.models.challenges import Challenge
from webapp.models.leaderboards import Placement
from webapp.models.sync import Subscription

# A Tuesday evening, a moment after a quarter hour of Strava's has begun.
EVENING = datetime(2026, 11, 17, 20, 0, 20, tzinfo=UTC)
MONTH = date(2026, 11, 1)
TEAMS = ("Herons", "Kingfishers", "Otters")
# The groups' shares of all runners; besides, there is a group of everybody.
GROUPS = (0.3, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05, 0.04, 0.02)
SUBSCRIPTION = 1
OTHER_SPORTS = ("Ride", "Walk", "VirtualRide")


@dataclass
class Scene:
    """The people here, and the boards by id with those who are on them."""

    simulator: Simulator
    residents: list[Resident] = field(default_factory=list)
    boards: dict[int, list[Resident]] = field(default_factory=dict)

    def listed(self) -> dict[int, list[Row]]:
        """Return by runner what Strava lists of the month and of two days around it."""
        since = int(datetime.combine(MONTH - timedelta(days=2), datetime.min.time(), UTC).timestamp())
        return {
            one.runner_id: self.simulator.control("GET", f"athletes/{one.athlete_id}/activities?since={since}")
            for one in self.residents
        }

    def reads(self) -> dict[str, int]:
        """Return how often Strava was asked since its counters began, by kind of call."""
        requests: dict[str, int] = self.simulator.control("GET", "counters")["requests"]
        reads = {name.removeprefix("api GET api."): many for name, many in requests.items() if name.startswith("api ")}
        return dict(sorted(reads.items()))

    def expected(self, rows: dict[int, list[Row]]) -> dict[Place, int]:
        """Return the total that each board must show of each runner."""
        totals = {runner_id: _opinion_of(listed).total for runner_id, listed in rows.items()}
        return {
            Place(board, resident.runner_id): totals[resident.runner_id]
            for board, residents in self.boards.items()
            for resident in residents
        }


def set_up(simulator: Simulator, mix: Mix) -> Scene:
    """Connect everybody, put them into groups and publish their boards."""
    scene = Scene(simulator)
    now = clock().now()
    stored_from = MONTH - timedelta(days=40)
    scene.residents = [
        connect(scene.simulator, who, stored_from, now) for who in scene.simulator.athletes()[: mix.runners]
    ]
    for name, members in _groups(scene.residents):
        group = found_group(name, members)
        scene.boards[start_challenge(group, MONTH, TEAMS, now)] = list(members)
    _subscribe(now)
    return scene


def _groups(residents: Sequence[Resident]) -> list[tuple[str, Sequence[Resident]]]:
    found: list[tuple[str, Sequence[Resident]]] = [("Everybody", residents)]
    # Each seventh runner, then each one after them, and so on: uploads and changes are spread over all groups.
    shuffled = [one for start in range(7) for one in residents[start::7]]
    reached = 0.0
    for number, share in enumerate(GROUPS, 1):
        first, reached = round(reached * len(shuffled)), reached + share
        found.append((f"Group {number}", shuffled[first : round(reached * len(shuffled))]))
    return [(name, members) for name, members in found if members]


def _subscribe(now: datetime) -> None:
    """Note a subscription that the simulator does not know: it posts nothing, the burst does."""
    begin_write()
    db.session.add(Subscription(id=SUBSCRIPTION, callback_url="http://127.0.0.1/", subscribed_at=now))
    db.session.commit()


def do_actions(scene: Scene, mix: Mix) -> tuple[list[Action], list[Action]]:
    """Have everybody do on Strava what the burst will tell of; return these actions, and titles of held runs."""
    rows = scene.listed()
    held = [
        Action("titled", resident.athlete_id, row["id"], "update", (("title", "Evening Run"),))
        for resident in scene.residents
        for row in rows[resident.runner_id][:3]
        if row["start_date_local"] >= f"{MONTH}"
    ]
    with_runs = [one for one in scene.residents if any(_is_run(row) for row in rows[one.runner_id])]
    changers = with_runs[-mix.changes :] if mix.changes else []
    uploaders = [one for one in scene.residents if one not in changers][: mix.uploads]
    actions = [_upload(scene, number, one) for number, one in enumerate(uploaders)]
    kinds = ["retyped"] * mix.retyped + ["hidden"] * mix.hidden + ["deleted"] * mix.deleted
    actions += [
        _change(scene, kind, one, next(row for row in rows[one.runner_id] if _is_run(row)))
        for kind, one in zip(kinds, changers, strict=True)
    ]
    return actions, held


def _upload(scene: Scene, number: int, who: Resident) -> Action:
    other = {"sport_type": OTHER_SPORTS[number % 3]} if number % 6 == 5 else {}
    fields: dict[str, Any] = {"distance": 4000.0 + 13 * number, "moving_time": 1800 + 5 * number, **other}
    made = scene.simulator.control("POST", f"athletes/{who.athlete_id}/activities", fields)
    return Action("upload", who.athlete_id, made["id"], "create")


def _change(scene: Scene, kind: str, who: Resident, row: Row) -> Action:
    path = f"athletes/{who.athlete_id}/activities/{row['id']}"
    if kind == "deleted":
        scene.simulator.control("DELETE", path)
        return Action(kind, who.athlete_id, row["id"], "delete")
    change = {"sport_type": "Ride"} if kind == "retyped" else {"private": True}
    updates = (("type", "Ride"),) if kind == "retyped" else (("private", "true"),)
    scene.simulator.control("PATCH", path, change)
    return Action(kind, who.athlete_id, row["id"], "update", updates)


def wrong(scene: Scene) -> list[str]:
    """Name everything that is not as Strava's lists say: verdicts, days, standings, boards."""
    db.session.rollback()  # SQLite would go on showing what was there when this was last read
    rows = scene.listed()
    found = disagreements(rows)
    for place, total in scene.expected(rows).items():
        where = (Placement.challenge_id == place.challenge_id) & (Placement.runner_id == place.runner_id)
        shown = db.session.scalar(select(Placement.total).where(where))
        if shown != total:
            found.append(
                f"board {place.challenge_id}, runner {place.runner_id}: {shown}, by the second opinion {total}"
            )
    for challenge_id in db.session.scalars(select(Challenge.id)).all():
        found += differences(challenge_id)
    db.session.rollback()
    return found


def _opinion_of(rows: list[Row]) -> Opinion:
    return second_opinion(rows, MONTH, (MONTH + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _is_run(row: Row) -> bool:
    return row["sport_type"] == "Run" and not row.get("private") and row["start_date_local"] >= f"{MONTH}"
