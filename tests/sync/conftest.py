"""Runners connected to the simulator, and the application behind a socket for its events."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.builders import make_runner
from tests.support.paged_strava import PagedStrava, paged_strava
from tests.support.serving import served
from tests.support.simulator import Simulator
from tests.support.strava import granted
from webapp.auth.rules import SCOPES
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.extensions import sealer
from webapp.models.activities import Activity
from webapp.models.sync import Connection, InitialImport
from webapp.sync import due_queries, rules
from webapp.sync.rules import Reason
from webapp.sync.runner_sync_service import sync_runner

Connect = Callable[..., int]


@pytest.fixture
def strava(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PagedStrava]:
    """A Strava whose pages a test makes up; `connect` still goes to the simulator for tokens."""
    with paged_strava() as served:
        aimed = app.extensions["settings"].model_copy(update={"strava_api_base": served.base})
        monkeypatch.setitem(app.extensions, "settings", aimed)
        yield served


@pytest.fixture
def athlete_id(simulator: Simulator) -> int:
    """An athlete of the simulator, with counters at nothing."""
    simulator.control("DELETE", "counters")
    return int(simulator.athletes()[0]["id"])


@pytest.fixture
def connect(simulator: Simulator, clock: Clock) -> Connect:
    """Connect an athlete and return the runner's id; no job is enqueued. `watched`: with an initial import to watch."""

    def connected(athlete_id: int, scopes: Sequence[str] = SCOPES, *, watched: bool = True) -> int:
        grant, runner = granted(simulator, athlete_id, scopes), make_runner(f"Athlete {athlete_id}")
        begin_write()
        connection = Connection(
            runner_id=runner.id,
            athlete_id=athlete_id,
            access_token=sealer().seal(grant.access_token),
            refresh_token=sealer().seal(grant.refresh_token),
            expires_at=grant.expires_at,
            scopes=",".join(scopes),
            connected_at=clock.now(),
        )
        db.session.add(connection)
        if watched:
            db.session.add(InitialImport(runner_id=runner.id, asked_at=clock.now()))
        db.session.commit()
        return runner.id

    return connected


@pytest.fixture
def served_app(app: Flask) -> Iterator[Flask]:
    """The application where its settings say it is."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with served(app, app.extensions["settings"].port, to_the_end=True):
        yield app


def due(clock: Clock) -> dict[int, Reason]:
    """Return whom a round would have read now if Strava let us read without end, and why."""
    db.session.rollback()
    found = {one.runner_id: rules.reason_for(one, clock.now(), timedelta()) for one in due_queries.due(clock.now())}
    return {runner_id: reason for runner_id, reason in found.items() if reason}


def stored(runner_id: int) -> set[str]:
    """Return the source ids of what is stored of a runner."""
    db.session.rollback()
    return set(db.session.scalars(select(Activity.source_id).where(Activity.runner_id == runner_id)))


def connection_of(runner_id: int) -> Connection:
    db.session.rollback()
    return db.session.get_one(Connection, runner_id, populate_existing=True)


def progress_of(runner_id: int) -> InitialImport:
    db.session.rollback()
    return db.session.get_one(InitialImport, runner_id, populate_existing=True)


@pytest.fixture
def runner_id(connect: Connect, athlete_id: int) -> int:
    """A runner who has just connected."""
    return connect(athlete_id)


@pytest.fixture
def imported_runner_id(simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int) -> int:
    """Somebody who ran today, and whose initial import is done, an hour ago."""
    simulator.control("POST", f"athletes/{athlete_id}/activities", {})
    runner_id = connect(athlete_id)
    sync_runner(runner_id, clock)
    clock.set(now=clock.now() + timedelta(hours=1))
    simulator.control("DELETE", "counters")
    return runner_id


def rest_of(runner_id: int) -> datetime:
    rest = connection_of(runner_id).rest_until
    assert rest is not None
    return rest


def set_connection(**values: object) -> None:
    """Change the connections of all runners."""
    begin_write()
    db.session.execute(update(Connection).values(**values))
    db.session.commit()
