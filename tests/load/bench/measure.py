"""What is measured, and how."""

import random
import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

from flask import Flask
from sqlalchemy import text

from integrations.strava.types import ActivityRow
from tests.load.bench.crowd import Crowd
from tests.load.bench.stage import Stage
from webapp import queue
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.rulebook.ranking import PAGE
from webapp.scoring.service import rederive

VIEWERS = 200
ROUNDS = 3
PAGE_ROUNDS = 120
RUN_EVERY_S = 2.0
LOAD_S = 12.0
TAKEN_RUNNERS, TAKEN_RUNS = 60, 40


@dataclass(frozen=True)
class Load:
    """Medians in milliseconds, while runs come in and each in turn with a bare page of the same size.

    `board`: any page of the board; `front`: its first page, which most members open; `unchanged`: the live part when
    nothing is new, after the runs.
    """

    board: float
    front: float
    bare: float
    unchanged: float
    bare_then: float
    size: int
    asked: int

    @property
    def board_ratio(self) -> float:
        return round(self.board / self.bare, 2)

    @property
    def front_ratio(self) -> float:
        return round(self.front / self.bare, 2)

    @property
    def unchanged_ratio(self) -> float:
        return round(self.unchanged / self.bare_then, 2)


class Viewer:
    """A signed-in member, with the cookie that the application itself would have given."""

    def __init__(self, app: Flask, runner_id: int) -> None:
        signer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's own
        day = app.extensions["clock"].now().toordinal()
        cookie = signer.dumps({"runner": runner_id, "epoch": 0, "_permanent": True, "csrf_token": "a" * 40, "day": day})
        self.headers = {"Cookie": f"chasepack={cookie}", "Host": "127.0.0.1"}
        self.tag = ""


def put_under_load(stage: Stage, app: Flask, crowd: Crowd) -> Load:
    """Ask for random pages and the first one as 200 viewers, next to a bare page of their size, while runs come in."""
    chance = random.Random(crowd.members)
    runners = [chance.randint(crowd.first, crowd.last) for _ in range(VIEWERS)]
    viewers = [Viewer(app, runner) for runner in runners]
    pages = range(1, -(-crowd.members // PAGE) + 1)
    connection = stage.connect()
    board: list[float] = []
    front: list[float] = []
    bare: list[float] = []
    sizes: list[int] = []
    with _runs_coming_in(app, crowd):
        end = time.monotonic() + LOAD_S
        while time.monotonic() < end or len(board) < VIEWERS:
            viewer = viewers[len(board) % VIEWERS]
            path = f"/g/{crowd.slug}/c/{crowd.challenge_id}"
            took, size, _ = ask(connection, f"{path}?page={chance.choice(pages)}", viewer.headers)
            board.append(took)
            sizes.append(size)
            bare.append(ask(connection, f"/bare/{size}", viewer.headers)[0])
            front.append(ask(connection, path, viewer.headers)[0])
    middle = statistics.median
    size = int(middle(sizes))
    unchanged, bare_then = _ask_for_nothing_new(connection, crowd, viewers, size)
    return Load(middle(board), middle(front), middle(bare), middle(unchanged), middle(bare_then), size, len(board))


def _ask_for_nothing_new(
    connection: HTTPConnection, crowd: Crowd, viewers: list[Viewer], size: int
) -> tuple[list[float], list[float]]:
    path = f"/g/{crowd.slug}/c/{crowd.challenge_id}/part"
    for viewer in viewers:
        viewer.tag = ask(connection, path, viewer.headers)[2]
    unchanged: list[float] = []
    bare: list[float] = []
    for viewer in viewers * ROUNDS:
        headers = {**viewer.headers, "If-None-Match": viewer.tag}
        took, length, viewer.tag = ask(connection, path, headers, expect=(304, 200))
        if length == 0:  # the last run's board may still have come in
            unchanged.append(took)
        bare.append(ask(connection, f"/bare/{size}", viewer.headers)[0])
    return unchanged, bare


def ask(
    connection: HTTPConnection, path: str, headers: dict[str, str], expect: tuple[int, ...] = (200,)
) -> tuple[float, int, str]:
    """Return milliseconds, bytes of the body, and the ETag."""
    begun = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - begun) * 1000
    if answer.status not in expect:
        raise RuntimeError(f"{path} answered {answer.status}")
    return took, len(body), answer.headers.get("ETag", "")


def ratios(stage: Stage, viewer: Viewer, pages: Mapping[str, str]) -> dict[str, float]:
    """Return the ratio of each page (its path by its name) to a bare one of its size, both medians, asked for in turn.

    Pages are limited by address, so the addresses differ; the stage trusts one proxy.
    """
    connection = stage.connect()
    took: dict[str, list[float]] = {name: [] for name in pages}
    bare: dict[str, list[float]] = {name: [] for name in pages}
    for number in range(PAGE_ROUNDS):
        headers = {**viewer.headers, "X-Forwarded-For": f"10.0.{number // 20}.{number % 250}"}
        for name, path in pages.items():
            milliseconds, length, _ = ask(connection, path, headers)
            took[name].append(milliseconds)
            bare[name].append(ask(connection, f"/bare/{length}", headers)[0])
    middle = statistics.median
    return {name: round(middle(took[name]) / middle(bare[name]), 2) for name in pages}


def analyze() -> None:
    """Let PostgreSQL know its tables, as autovacuum has done in life long before."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


@contextmanager
def filling(app: Flask) -> Iterator[None]:
    """Let the block fill the database; then it is as if it had been so for long."""
    with app.app_context():
        yield
        analyze()
        db.session.remove()


@contextmanager
def _runs_coming_in(app: Flask, crowd: Crowd) -> Iterator[None]:
    """Take a new run in every two seconds, as a sync does, while the block runs."""
    ended = threading.Event()

    def feed() -> None:
        chance = random.Random(crowd.first)
        number = 0
        while not ended.wait(RUN_EVERY_S if number else 0):
            number += 1
            with app.app_context():
                runner_id = chance.randint(crowd.first, crowd.last)
                for challenge_id in read_in(
                    runner_id, [told_run(f"bench-{crowd.first}-{number}", clock().now(), number)]
                ):
                    queue.enqueue(Job.PUBLISH_BOARD, challenge_id)
                db.session.remove()

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def ingest_rate(app: Flask, crowd: Crowd) -> float:
    """Return how many runs a second one process ingests and scores, one transaction for each runner."""
    now = datetime.now(UTC)
    syncs = [
        [told_run(f"rate-{runner}-{n}", now - timedelta(hours=6 * n), n) for n in range(TAKEN_RUNS)]
        for runner in range(crowd.first, crowd.first + TAKEN_RUNNERS)
    ]
    with app.app_context():
        begun = time.perf_counter()
        for runner_id, rows in enumerate(syncs, crowd.first):
            read_in(runner_id, rows)
        took = time.perf_counter() - begun
        db.session.remove()
    return round(TAKEN_RUNNERS * TAKEN_RUNS / took, 1)


def durability(app: Flask) -> str:
    """Return what the database waits for at a commit."""
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            levels = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
            level = levels[connection.execute(text("PRAGMA synchronous")).scalar_one()]
            return f"synchronous={level}, journal_mode={connection.execute(text('PRAGMA journal_mode')).scalar_one()}"
        names = ("fsync", "synchronous_commit")
        return ", ".join(f"{name}={connection.execute(text(f'SHOW {name}')).scalar_one()}" for name in names)


def read_in(runner_id: int, rows: list[ActivityRow]) -> set[int]:
    begin_write()
    touched = rederive(runner_id, ingest(runner_id, rows).dates, clock().now())
    db.session.commit()
    return touched


def told_run(source_id: str, start: datetime, number: int) -> ActivityRow:
    return ActivityRow(
        source_id=source_id, sport_type="Run", local_date=start.date(), start_utc=start, utc_offset_s=0,
        start_hidden=False, distance_m=5000 + 37 * number, moving_s=1800, elapsed_s=1850, climb_m=40, manual=False,
        trainer=False, private=False, flagged=False, title="Morning run", device="Watch",
    )  # fmt: skip
