"""Redis and the database go away under a whole instance and come back: it goes on by itself, and loses nothing."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import psutil
import pytest
import requests

from tests.fault_injection.conftest import wait_until
from tests.fault_injection.servers import MortalPostgres, MortalRedis, mortal_postgres, mortal_redis
from tests.support.builders import NOON
from tests.support.forms import form_with
from tests.support.html import addresses
from tests.support.instance import Instance
from tests.support.simulator import Simulator
from webapp.clock import Clock

PATIENCE_S = 120.0
# Longer than the simulator waits until it posts an event that was refused once more.
EVENT_PAUSE_S = 61
# Redis' own client waits ten seconds for an answer, and asks again.
NO_CLIENTS_PATIENCE_S = 9
# What an instance on its own database and Redis keeps in its folder.
NOT_OUTSIDE = ("redis", "chasepack.sqlite3")
# Several times as many events as the web has threads.
MANY = 40
KEYS = {
    "SECRET_KEY": "s" * 40,
    "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "VAPID_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
}


class Visitor:
    """An athlete signed in to a running instance, who looks at the board of this month."""

    def __init__(self, instance: Instance, athlete_id: int) -> None:
        self._address = instance.settings.address
        self._http = requests.Session()
        self._http.trust_env = False
        link = instance.run("flask", "--app", "wsgi", "login-link", "--athlete", str(athlete_id)).stdout.strip()
        form = form_with(self._http.get(link, timeout=PATIENCE_S).text)
        self._http.post(link, data=form.filled, headers={"Referer": link}, timeout=PATIENCE_S)
        group, *_ = addresses(self.get("/home").text, r"/g/[\w-]+")
        boards = addresses(self.get(group).text, rf"{group}/c/\d+")
        self.board = next(board for board in boards if self._is_open(board))

    def get(self, path: str, patience_s: float = PATIENCE_S) -> requests.Response:
        return self._http.get(self._address + path, timeout=patience_s)

    def total(self) -> int:
        (row,) = self.get(f"{self.board}/board.json").json()["runners"]
        return int(row["total"])

    def _is_open(self, board: str) -> bool:
        return bool(self.get(f"{board}/board.json").json()["challenge"]["state"] == "open")


class Stage:
    """A running instance, and what happens on its Strava."""

    def __init__(self, instance: Instance, redis: MortalRedis, postgres: MortalPostgres) -> None:
        self.instance, self.redis, self.postgres = instance, redis, postgres
        self.simulator = Simulator(instance.settings.simulator_address)
        self.athlete_id = int(self.simulator.athletes()[0]["id"])
        self.visitor = Visitor(instance, self.athlete_id)
        # Each run is longer than the one before: of two at the same time the longer one counts.
        self._distances = count(43_000, 100)
        self._processes = self.processes()

    def upload(self) -> None:
        """Let the athlete come home from a run; Strava posts the event, once and again if need be."""
        run = {"distance": float(next(self._distances)), "moving_time": 12_000}
        self.simulator.control("POST", f"athletes/{self.athlete_id}/activities", run)

    def last_event(self) -> dict[str, Any]:
        (found,) = self.last_events(1)
        return found

    def last_events(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.simulator.control("GET", "events")["events"][:number]
        return found

    def try_again(self) -> None:
        """Let the time pass after which Strava posts an event that was refused once more."""
        clock = Clock(self.instance.settings.clock_file)
        clock.set(now=clock.now() + timedelta(seconds=EVENT_PAUSE_S))

    def processes(self) -> set[int]:
        """Return the processes that have to live through it all: the web's, and the pool that keeps workers."""
        everyone = children_of(psutil.Process(self.instance.process.pid))
        pools = [one for one in everyone if "worker-pool" in words(one)]
        workers = {worker.pid for pool in pools for worker in children_of(pool)}
        web = [one for one in everyone if "wsgi:app" in words(one)]
        return {one.pid for one in (*web, *pools)} - workers

    def wait_until_schedule_misses_redis(self) -> None:
        """Wait until the shortest of the intervals has passed in vain."""
        log = self.instance.settings.home / "log" / "schedule.log"
        wait_until(lambda: "Redis does not answer" in log.read_text(), "the schedule to say so")

    def assert_the_same_processes_go_on(self) -> None:
        assert self.instance.process.poll() is None, self.instance.lines
        assert self._processes, "there are processes to look for"
        assert self._processes <= self.processes()


def children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def words(process: psutil.Process) -> list[str]:
    """Return its command line; work horses come and go."""
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with mortal_redis() as redis, mortal_postgres() as postgres:
        outside = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "SIM_ATHLETES": "3"}
        instance = Instance(tmp_path_factory.mktemp("stage"), **outside, **KEYS)
        instance.begin_at(NOON)  # in the middle of a month, where a run of some hours ends in the month it began in
        instance.stay_empty()
        instance.start()
        try:
            instance.wait_until_up()
            instance.fill_first_group()
            yield Stage(instance, redis, postgres)
        finally:
            assert instance.end() == 0, instance.lines


def test_servers_from_outside_are_used_alone_and_no_command_line_names_them(stage: Stage) -> None:
    # Addresses may hold passwords, and a command line is everybody's to read.
    said = " ".join(word for one in stage.instance.processes() for word in words(one))
    assert [secret for secret in (stage.postgres.url, stage.redis.url, *KEYS.values()) if secret in said] == []
    assert [file.name for file in stage.instance.settings.home.glob("*") if file.name.startswith(NOT_OUTSIDE)] == []


@pytest.mark.parametrize("empty", [False, True])
def test_redis_killed_and_back(stage: Stage, empty: bool) -> None:
    before = stage.visitor.total()
    stage.redis.kill()
    assert stage.visitor.get(stage.visitor.board).status_code == 200, "boards are served"
    assert stage.visitor.get("/healthz").status_code == 503
    stage.upload()
    wait_until(lambda: stage.last_event()["state"] == "answered", "the event to be ingested")
    assert stage.visitor.total() == before
    stage.wait_until_schedule_misses_redis()
    if empty:
        stage.redis.erase()
    stage.redis.start()
    wait_until(lambda: stage.visitor.total() > before, "the run to be read")
    wait_until(lambda: stage.visitor.get("/healthz").status_code == 200, "all to be well")
    stage.assert_the_same_processes_go_on()


def test_redis_stands_still_and_goes_on(stage: Stage) -> None:
    """Many events at once: each of the web's few threads would wait for Redis in turn, and Strava waits two seconds."""
    before = stage.visitor.total()
    stage.redis.freeze()
    try:
        for _ in range(MANY):
            stage.upload()
        wait_until(lambda: all(event["attempts"] for event in stage.last_events(MANY)), "the events to be posted")
        assert {event["state"] for event in stage.last_events(MANY)} == {"answered"}
        assert stage.visitor.get(stage.visitor.board).status_code == 200, "boards are served"
        # Signing in holds no thread up either.
        assert stage.visitor.get("/connect/callback?state=s&code=c", NO_CLIENTS_PATIENCE_S).status_code < 500
    finally:
        stage.redis.thaw()
    wait_until(lambda: stage.visitor.total() > before, "the runs to be read")
    wait_until(lambda: stage.visitor.get("/healthz").status_code == 200, "all to be well")
    stage.assert_the_same_processes_go_on()


def test_the_database_stopped_and_back(stage: Stage) -> None:
    before = stage.visitor.total()
    stage.postgres.stop()
    page = stage.visitor.get(stage.visitor.board)
    assert page.status_code == 503
    assert "Back in a moment" in page.text
    stage.upload()
    wait_until(lambda: stage.last_event()["attempts"] == 1, "the event to be posted")
    assert stage.last_event()["state"] == "pending", "it was answered 503, so Strava tries again"
    stage.postgres.start()
    wait_until(lambda: stage.visitor.get(stage.visitor.board).status_code == 200, "the board to be there again")
    assert stage.visitor.total() == before
    stage.try_again()
    wait_until(lambda: stage.visitor.total() > before, "the run to be read")
    wait_until(lambda: stage.visitor.get("/healthz").status_code == 200, "all to be well")
    stage.assert_the_same_processes_go_on()


def test_the_database_stands_still_and_goes_on(stage: Stage) -> None:
    before = stage.visitor.total()
    stage.postgres.freeze()
    try:
        stage.upload()
        wait_until(lambda: stage.last_event()["attempts"] == 1, "the event to be posted")
        assert stage.last_event()["state"] == "pending", "nobody answered in time, so Strava tries again"
    finally:
        stage.postgres.thaw()
    wait_until(lambda: stage.visitor.get(stage.visitor.board).status_code == 200, "the board to be there again")
    stage.try_again()
    wait_until(lambda: stage.visitor.total() > before, "the run to be read")
    wait_until(lambda: stage.visitor.get("/healthz").status_code == 200, "all to be well")
    stage.assert_the_same_processes_go_on()
