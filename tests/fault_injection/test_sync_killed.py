"""A sync is killed, at any point: once it goes on, all is as if nothing had happened."""

import contextlib
import os
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from queue import Queue

import pytest
from flask import Flask

from integrations.strava.types import PushEvent
from tests.fault_injection.fork_server import Ended, ForkServer, kill
from tests.fault_injection.states import EndState, Photo, end_state, go_on, photo, put_back
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.derived import read_in
from tests.support.paged_strava import PagedStrava
from tests.support.rows import Row, api_row
from tests.support.runs import reported
from tests.sync.acts import pass_by
from tests.sync.conftest import Connect
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.sync import rules, service

SYNC = Job.SYNC_RUNNER
BEGIN = datetime(2026, 11, 12, 10, tzinfo=UTC)
SIGKILL = 9
# One kill for this many steps (commits, words to Redis); KILL_EVERY=1 kills at each of them. The databases take turns.
STEP = int(os.environ.get("KILL_EVERY", "12"))
PAGES = [[1, 1, 2, 3], [4, 5, 40], [41, 60]]


@pytest.fixture
def clock(clock: Clock) -> Clock:
    clock.set(now=BEGIN)
    return clock


@pytest.fixture
def strava(strava: PagedStrava) -> PagedStrava:
    strava.pages = [[run_of(age) for age in page] for page in PAGES]
    return strava


def run_of(age: int) -> Row:
    started = BEGIN - timedelta(days=age, minutes=next(minutes) * 97 % 700)
    return api_row(f"{started:%Y-%m-%d %H:%M:%S}", distance=float(3000 + 331 * age))


minutes = count()


@dataclass(frozen=True, slots=True)
class Scene:
    """A sync that is due, and how all ends when nobody kills it."""

    app: Flask
    fork_server: ForkServer
    strava: PagedStrava
    clock: Clock
    runner_id: int
    before: Photo
    wanted: EndState

    def begin(self) -> None:
        """Put everything back to where the sync is due."""
        self.strava.before.clear()
        put_back(self.before)

    def start(self, die_at: int = 0) -> int:
        """Begin to sync as a worker does, and return the process."""
        (pid,) = self.fork_server.start(SYNC, self.runner_id, die_at=die_at, strava_api_base=self.strava.base)
        return pid

    def ended(self) -> Ended:
        """Wait for its end. Where it was killed, the time of its lease goes by."""
        (ended,) = self.fork_server.ended()
        if ended.signal:
            pass_by(self.clock, seconds=rules.LEASE.total_seconds() + 1)
        return ended

    def assert_all_is_well(self, told: str) -> None:
        go_on(self.app)
        for table, rows in end_state().items():
            assert rows == self.wanted[table], f"{table}, {told}"


@pytest.fixture(params=["first", "event", "resync"])
def scene(
    request: pytest.FixtureRequest, app: Flask, fork_server: ForkServer, strava: PagedStrava, clock: Clock,
    connect: Connect, athlete_id: int,
) -> Scene:  # fmt: skip
    """A runner in a challenge, and a sync of theirs that is due: the first, one after an event, or a full resync."""
    runner_id = on_a_board(connect(athlete_id))
    if request.param != "first":
        go_on(app)
        pass_by(clock, hours=1)
        change(strava)
        (tell if request.param == "event" else ask_for_full_resync)(runner_id, athlete_id, strava, clock)
    pass_by(clock, minutes=1)
    before = photo()
    go_on(app)
    wanted = end_state()
    assert len(wanted["activity"]) > len(strava.pages[0]) and wanted["placement"] and wanted["undone"] == {(0,)}
    return Scene(app, fork_server, strava, clock, runner_id, before, wanted)


def on_a_board(runner_id: int) -> int:
    group, runner = make_group(), db.session.get_one(Runner, runner_id)
    make_member(group, runner)
    challenge = make_challenge(group, teams=("Foxes", "Owls"))
    make_entry(challenge, runner, challenge.teams[0])
    rival = make_runner("Rita Rival")
    make_member(group, rival)
    make_entry(challenge, rival, challenge.teams[1])
    for entrant in (rival.id, runner_id):
        read_in(entrant)
    starts = [datetime(2026, 11, day, 7, tzinfo=UTC) for day in range(5, 11)]
    read_in(rival.id, [reported(f"9{day}", local_date=day.date(), start_utc=day, distance_m=3300) for day in starts])
    return runner_id


def change(strava: PagedStrava) -> None:
    """One is deleted, one moved to another day and made longer, one is new."""
    first, *others = strava.pages
    moved = {**run_of(2), "id": first[2]["id"], "distance": 9876.0}
    strava.pages = [[run_of(0), first[0], moved, first[3]], *others]


def tell(runner_id: int, athlete_id: int, strava: PagedStrava, clock: Clock) -> None:
    """Let Strava post the run that is new; it says nothing of the others."""
    created = PushEvent("activity", strava.pages[0][0]["id"], "create", athlete_id, 1, clock.now(), {})
    begin_write()
    assert service.store_event(created, clock.now()) == runner_id
    db.session.commit()


def ask_for_full_resync(runner_id: int, athlete_id: int, strava: PagedStrava, clock: Clock) -> None:
    begin_write()
    assert service.request_resync(runner_id, clock.now())
    db.session.commit()


@pytest.mark.both_databases
def test_killed_at_any_step_it_ends_as_if_nothing_had_happened(scene: Scene) -> None:
    offset = 1 + scene.app.extensions["settings"].database.startswith("sqlite") * STEP // 2
    for number in count(offset, STEP):
        scene.begin()
        scene.start(die_at=number)
        if scene.ended().signal != SIGKILL:
            break
        scene.assert_all_is_well(f"killed at step {number}")
    assert number > 8, "there was something to kill"


def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(scene: Scene) -> None:
    scene.begin()
    kills = 0
    for number in range(3, 70, 9):
        scene.start(die_at=number)
        kills += scene.ended().signal == SIGKILL
    assert kills > 1
    scene.assert_all_is_well("killed again and again")


def test_killed_while_strava_is_asked_it_ends_as_if_nothing_had_happened(scene: Scene) -> None:
    for page in range(1, len(PAGES) + 2):
        scene.begin()
        begun: Queue[int] = Queue()
        scene.strava.before[page] = partial(kill_what, begun)
        begun.put(scene.start())
        if scene.ended().signal != SIGKILL:
            break
        scene.assert_all_is_well(f"killed while it waited for page {page}")
    assert page > 1


def kill_what(begun: "Queue[int]") -> None:
    kill(begun.get(timeout=20))


@pytest.mark.parametrize("scene", ["event"], indirect=True)  # a step is what remains of a moment
def test_killed_at_random_moments_it_ends_as_if_nothing_had_happened(scene: Scene) -> None:
    scene.begin()
    chance = random.Random(7)
    for _ in range(8):
        pid = scene.start()
        # Not to wait for anything: the moment of the kill is what is thrown for.
        time.sleep(chance.uniform(0, 0.12))
        with contextlib.suppress(ProcessLookupError):
            kill(pid)
        scene.ended()
    scene.assert_all_is_well("killed at random moments")
