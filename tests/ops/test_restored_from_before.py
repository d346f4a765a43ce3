"""A backup from before tables and columns got new names restores, and shows what it showed then.

`before_renames/rows.sql` is what a group of six had on 12 November 2026, written by the release before the renames;
`shown.json` is what the pages of that release made of it: the board as JSON, the verdict on each run, and the
page of my runs.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import select

from jobs.scoring import rederive_due
from ops.backup import back_up
from ops.restore import restore
from ops.restored import finish_restore
from tests.conftest import DATABASES, make_settings
from tests.support import cast
from tests.support.browser import Browser, signed_in
from tests.support.builders import NOON
from tests.support.html import definitions, elements
from tests.support.servers import OwnRedis
from webapp.config import Settings
from webapp.db import db
from webapp.extensions import clock, limiter
from webapp.factory import create_app
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.models.leaderboards import Placement
from webapp.scoring.verdict_queries import verdicts_of
from webapp.sync.lost_access_service import record_success

BEFORE = "c4e81b60a7d3"
FOLDER = Path(__file__).parent / "before_renames"
SHOWN: dict[str, dict[str, Any]] = json.loads((FOLDER / "shown.json").read_text())
# That release ranked runners who have one goal all together.
for everybody in SHOWN["All together"]["board"]["runners"]:
    everybody["rank"] = None


@pytest.fixture(params=DATABASES)
def instance(request: pytest.FixtureRequest, own_redis: OwnRedis, tmp_path: Path) -> Iterator[Flask]:
    """An instance as the release before the renames left it, inside its context."""
    url = request.getfixturevalue("empty_postgres_url") if request.param == "postgresql" else ""
    app = create_app(make_settings(tmp_path / "instance", own_redis, database_url=url))
    app.extensions["redis"].flushall()
    limiter.enabled = False
    with app.app_context():
        clock().set(now=NOON)
        upgrade(revision=BEFORE)
        with db.engine.begin() as connection:
            fill(connection)
        db.engine.dispose()
        yield app
        db.session.remove()
        db.engine.dispose()


def fill(connection: DatabaseConnection) -> None:
    for statement in (FOLDER / "rows.sql").read_text().split(";\n")[:-1]:
        connection.exec_driver_sql(statement.replace("%", "%%"))
    if connection.dialect.name == "postgresql":
        # The rows bring their ids; the next ones are to follow them.
        for sequence in connection.exec_driver_sql("SELECT sequencename FROM pg_sequences").scalars().all():
            table = sequence.removesuffix("_id_seq")
            connection.exec_driver_sql(f"SELECT setval('{sequence}', coalesce(max(id), 0) + 1) FROM {table}")


def test_boards_verdicts_and_my_runs_are_those_of_before(instance: Flask, tmp_path: Path) -> None:
    settings: Settings = instance.extensions["settings"]
    path = back_up(settings, tmp_path / "backups")
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM running_group")
    db.engine.dispose()
    restore(settings, path)
    upgrade()
    finish_restore(settings)
    assert not db.session.scalars(select(Placement.entry_id)).all(), "Strava has confirmed nobody yet"
    confirm_everybody()
    rederive_due()
    cast.run_jobs(instance)
    assert {challenge.name: shown_of(instance, challenge) for challenge in challenges()} == SHOWN
    audit = instance.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 0 and "not compared" not in audit.output, audit.output


def confirm_everybody() -> None:
    """Do what a sync does once Strava has renewed the token of each runner."""
    for runner_id in db.session.scalars(select(Runner.id)).all():
        record_success(runner_id, clock().now())


def challenges() -> list[Challenge]:
    return list(db.session.scalars(select(Challenge)))


def shown_of(app: Flask, challenge: Challenge) -> dict[str, Any]:
    """Return the board as its organiser sees it, each runner's verdicts, and the pages of the two with a review."""
    runners = {runner.name.split()[0]: runner for runner in db.session.scalars(select(Runner).order_by(Runner.id))}
    home, now = f"/g/milers/c/{challenge.id}", clock().now()
    board = browser_of(app, runners["Ana"]).get(f"{home}/board.json").get_json()
    del board["as_of"]  # the day of the restore
    return {
        "board": board,
        "verdicts": {
            name: {each.activity.source_id: each.verdict.value for each in verdicts_of(runner.id, challenge, now)}
            for name, runner in runners.items()
        },
        "my_runs": {
            name: listed(browser_of(app, runners[name]).get(f"{home}/my-runs").text) for name in ("Ben", "Dee")
        },
    }


def browser_of(app: Flask, runner: Runner) -> Browser:
    return signed_in(app, runner)


def listed(page: str) -> dict[str, Any]:
    """Return the figures of a page of my runs, and the ids of the runs on it that count and that do not."""
    runs = {int(str(run.attributes["data-key"]).removeprefix("run-")): run for run in elements(page, "li.run")}
    out = [number for number, run in runs.items() if "run--out" in str(run.attributes["class"])]
    return {"counts": [number for number in runs if number not in out], "left_out": out, "figures": definitions(page)}
