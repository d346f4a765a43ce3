"""What the page of chases costs, next to a bare page of the same size: first page, one in the middle, nothing new."""

import random
import statistics
from http.client import HTTPConnection

from flask import Flask
from sqlalchemy import text

from tests.load.bench.crowd import Crowd, as_day, make_crowd
from tests.load.bench.measure import PAGE_ROUNDS, Viewer, ask, filling
from tests.load.bench.stage import Stage
from webapp.db import begin_write, db
from webapp.extensions import clock

SIZES = (10_000, 100_000)
VIEWERS = 20
PAGES = {"first page": "/chase", "in the middle": "/chase?page=50", "board, first page": ""}
PARTS = {"nothing new": "/chase/part", "board, nothing new": "/part"}
# A day every fifth of the last hundred: odds and usual days are read from them.
_LEDGER = """
WITH RECURSIVE ages(age) AS (SELECT 1 UNION ALL SELECT age + 5 FROM ages WHERE age < 100)
INSERT INTO ledger_day (runner_id, sport_class, local_date, distance_m, moving_s, climb_m, runs, longest_m)
SELECT runner.id, 'run', {date}, 3000 + (runner.id * 7919 + age * 104729) % 9000, 2400, 40, 1, 3000
FROM runner, ages WHERE runner.id BETWEEN :first AND :last
"""
_DATES = {"sqlite": "date(:today, '-' || age || ' days')", "postgresql": "CAST(:today AS date) - CAST(age AS integer)"}


def measure_chase(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return for each size the ratio of each kind of page to a bare one of its size, both medians."""
    found = {}
    for size in SIZES:
        with filling(app):
            crowd = make_crowd(size, f"chase-{size}")
            _let_them_have_run(crowd)
        found[str(size)] = _ratios(stage, app, crowd)
    return found


def _let_them_have_run(crowd: Crowd) -> None:
    begin_write()
    statement = _LEDGER.format(date=_DATES[db.engine.dialect.name])
    today = as_day(clock().now().date())
    db.session.connection().execute(text(statement), {"first": crowd.first, "last": crowd.last, "today": today})
    db.session.commit()


def _ratios(stage: Stage, app: Flask, crowd: Crowd) -> dict[str, float]:
    chance = random.Random(crowd.members)
    viewers = [Viewer(app, chance.randint(crowd.first, crowd.last)) for _ in range(VIEWERS)]
    connection, base = stage.connect(), f"/g/{crowd.slug}/c/{crowd.challenge_id}"
    found = {name: _ratio(connection, viewers, f"{base}{path}", {}) for name, path in PAGES.items()}
    for name, path in PARTS.items():
        tags = {viewer.headers["Cookie"]: ask(connection, base + path, viewer.headers)[2] for viewer in viewers}
        found[name] = _ratio(connection, viewers, base + path, tags)
    return found


def _ratio(connection: HTTPConnection, viewers: list[Viewer], path: str, tags: dict[str, str]) -> float:
    """Return the ratio of a page to a bare one of its size; with `tags`, of the answer that nothing is new."""
    took: list[float] = []
    bare: list[float] = []
    for number in range(PAGE_ROUNDS):
        viewer = viewers[number % len(viewers)]
        headers = {**viewer.headers, "X-Forwarded-For": f"10.1.{number // 20}.{number % 250}"}
        size = ask(connection, path, headers)[1]
        if tags:
            headers["If-None-Match"] = tags[viewer.headers["Cookie"]]
        milliseconds, _, _ = ask(connection, path, headers, expect=(304,) if tags else (200,))
        took.append(milliseconds)
        bare.append(ask(connection, f"/bare/{size}", viewer.headers)[0])
    return round(statistics.median(took) / statistics.median(bare), 2)
