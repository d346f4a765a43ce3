"""The same month with a naive engine beside it: a detail read for each event, and a daily list read for each runner.

It runs against the simulator's own code in this process, on the same script with the same faults, and reads are counted
in the same place. It keeps nothing: only what it would have read is of interest. It is spared what would make it look
worse: it retries nothing, and its events are always delivered at once.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update

from integrations.strava_simulator import grants
from integrations.strava_simulator.server import create_simulator
from integrations.strava_simulator.settings import SimulatorSettings
from integrations.strava_simulator.simulator import Simulator
from integrations.strava_simulator.store import outbox, subscription, usage
from tests.load.soak.people import Month, Person, fill_world
from tests.load.soak.script import Happening

DAY = timedelta(days=1)
# Its daily list begins here: what a month's challenge needs.
LISTED = timedelta(days=31)
RENEW_BEFORE_S = 600


class StillClock:
    """A clock that stands where it is put."""

    speed = 1.0

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, *, speed: float, now: datetime | None = None) -> None:
        self._now = max(now or self._now, self._now)


@dataclass
class NaiveEngine:
    """The engine: whose tokens it has, and what it read."""

    simulator: Simulator
    http: FlaskClient
    clock: StillClock
    tokens: dict[int, tuple[str, int]] = field(default_factory=dict)
    ids: dict[Any, int] = field(default_factory=dict)
    event_reads: int = 0
    list_reads: int = 0

    def connect(self, athlete_id: int) -> None:
        """Have the athlete grant everything."""
        with self.simulator.store.writing() as connection:
            now = self.simulator.moment()
            code = grants.give_code(connection, athlete_id, ",".join(grants.SCOPES), now)
            held = grants.valid_code(connection, code, now)
            self._keep(grants.exchange(connection, held, now)) if held else None

    def _keep(self, held: grants.Grant) -> None:
        self.tokens[held.athlete_id] = (held.access_token, held.expires_at)

    def read_event(self, athlete_id: int, activity_id: int) -> None:
        """Read the one activity that an event is about."""
        if self._get(athlete_id, f"/api/v3/activities/{activity_id}") is not None:
            self.event_reads += 1

    def read_list(self, athlete_id: int) -> None:
        """Read the list of the last weeks, to its empty page."""
        after = int((self.clock.now() - LISTED).timestamp())
        for page in range(1, 50):
            rows = self._get(athlete_id, f"/api/v3/athlete/activities?after={after}&per_page=200&page={page}")
            self.list_reads += rows is not None
            if not isinstance(rows, list) or not rows:
                return

    def _get(self, athlete_id: int, path: str) -> Any:
        """Return the JSON of an answer, whatever it is; None where nothing could be asked."""
        token = self._token(athlete_id)
        if token is None:
            return None
        answer = self.http.get(path, headers={"Authorization": f"Bearer {token}"})
        return answer.get_json(silent=True) or []

    def _token(self, athlete_id: int) -> str | None:
        access, expires_at = self.tokens.get(athlete_id, ("", 0))
        if access and expires_at - self.simulator.moment() < RENEW_BEFORE_S:
            with self.simulator.store.writing() as connection:
                held = grants.of_athlete(connection, athlete_id)
                renewed = held and grants.refresh(connection, held.refresh_token, self.simulator.moment(), reuse=False)
            if not renewed:
                return None
            self._keep(renewed)
            access = renewed.access_token
        return access or None


def live_through(
    settings: dict[str, Any], month: Month, log: Path | None, story: Callable[[Sequence[Person]], list[Happening]]
) -> dict[str, float]:
    """Live through the month and return what was read: events, lists, all of it as the simulator counted it.

    `story` tells what the people of this world do; the same settings make the same people.
    """
    with _engine(settings, month, log) as (naive, people):
        for at, work in _agenda(naive, people, month, story(people)):
            naive.clock.set(speed=1.0, now=datetime.fromtimestamp(at, UTC))
            work()
            _deliver(naive)
        with naive.simulator.store.reading() as connection:
            wanted = (usage.c.kind == "read") & (usage.c.span == 900)
            counted = connection.scalar(select(func.sum(usage.c.requests)).where(wanted)) or 0
    return {"event_reads": naive.event_reads, "list_reads": naive.list_reads, "reads": int(counted)}


@contextmanager
def _engine(settings: dict[str, Any], month: Month, log: Path | None) -> Iterator[tuple[NaiveEngine, Sequence[Person]]]:
    with tempfile.TemporaryDirectory(prefix="cp-naive-") as folder:
        made = SimulatorSettings(store=Path(folder) / "naive.sqlite3", runs=None, release_speed=0, **settings)
        people = fill_world(made, month, log)
        clock = StillClock(month.begin)
        app = create_simulator(made, clock)
        simulator: Simulator = app.extensions["simulator"]
        for rounds in simulator.rounds:  # events are fetched, not delivered
            rounds.close()
        naive = NaiveEngine(simulator, app.test_client(), clock)
        for person in people:
            naive.connect(person.id)
        with simulator.store.writing() as connection:
            connection.execute(insert(subscription).values(callback_url="http://127.0.0.1:9/", created_at=0))
        try:
            yield naive, people
        finally:
            simulator.close()


def _agenda(naive: NaiveEngine, people: Sequence[Person], month: Month, story: Sequence[Happening]) -> list[Any]:
    """Return (when, what to do) in order: the script, and a list read a day for each runner."""
    agenda: list[tuple[float, Any]] = [(one.at, lambda one=one: _do(naive, one)) for one in story]
    dice = Random("naive")
    for person in people:
        at = month.begin + DAY * dice.random()
        while at < month.end:
            agenda.append((at.timestamp(), lambda who=person.id: naive.read_list(who)))
            at += DAY
    return sorted(agenda, key=lambda item: item[0])


def _do(naive: NaiveEngine, one: Happening) -> None:
    """Do to Strava what the script says."""
    base = f"/control/api/athletes/{one.athlete_id}"
    activity_id = naive.ids.get(one.key, one.key if isinstance(one.key, int) else 0)
    path = f"{base}/activities/{activity_id}"
    if one.kind == "upload":
        naive.ids[one.key] = json.loads(naive.http.post(f"{base}/activities", json=dict(one.fields)).data)["id"]
    elif one.kind in ("edit", "hide") and activity_id:
        naive.http.patch(path, json=dict(one.fields))
    elif one.kind == "delete" and activity_id:
        naive.http.delete(path)
        naive.ids[one.key] = 0
    elif one.kind == "deauthorise":
        naive.http.post(f"{base}/deauthorize")
        naive.tokens.pop(one.athlete_id, None)
    elif one.kind == "reconnect":
        naive.connect(one.athlete_id)
    elif one.kind == "faults":
        # What takes time in life takes none here.
        naive.http.put("/control/api/faults", json={**one.fields, "timeout_seconds": 0})


def _deliver(naive: NaiveEngine) -> None:
    """Fetch the events that are due, and read what each is about."""
    due = (outbox.c.state == "pending") & (outbox.c.due <= naive.simulator.moment())
    with naive.simulator.store.writing() as connection:
        letters = connection.execute(select(outbox).where(due)).all()
        connection.execute(update(outbox).where(due).values(state="answered"))
    for letter in letters:
        if letter.payload["object_type"] == "activity":
            naive.read_event(letter.payload["owner_id"], letter.payload["object_id"])
