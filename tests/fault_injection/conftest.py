"""What goes wrong here goes wrong for real: processes that are killed, servers that are gone."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.fault_injection.crew import Crew
from tests.fault_injection.fork_server import ForkServer
from tests.support.paged_strava import PagedStrava
from tests.sync.conftest import Connect, athlete_id, connect, served_app, strava
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.models.sync import Connection

__all__ = ["athlete_id", "connect", "served_app", "strava"]  # fixtures that sync's own tests share


@pytest.fixture(scope="session")
def fork_servers() -> Iterator[dict[str, ForkServer]]:
    """The fork server of each database that has one, until all tests are done: starting one takes seconds."""
    fork_servers: dict[str, ForkServer] = {}
    yield fork_servers
    for fork_server in fork_servers.values():
        fork_server.close()


@pytest.fixture
def fork_server(migrated_app: Flask, fork_servers: dict[str, ForkServer]) -> ForkServer:
    """Starts processes of the application under test, without loading it each time."""
    settings = migrated_app.extensions["settings"]
    if settings.database not in fork_servers:
        fork_servers[settings.database] = ForkServer(settings)
    return fork_servers[settings.database]


@pytest.fixture
def runner_id(connect: Connect, athlete_id: int) -> int:
    """A runner who has just connected."""
    return connect(athlete_id)


@pytest.fixture
def crew(app: Flask, strava: PagedStrava, tmp_path: Path) -> Iterator[Crew]:
    """A worker, its pool and the schedule, at work as in life."""
    crew = Crew(app.extensions["settings"], tmp_path / "crew.log")
    crew.start()
    yield crew
    crew.end()


def wait_until(holds: Callable[[], Any], what: str, patience_s: float = 120.0) -> None:
    """Wait for what other processes do."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


def set_connection(**values: object) -> None:
    begin_write()
    db.session.execute(update(Connection).values(**values))
    db.session.commit()


def pass_by(clock: Clock, **time: float) -> None:
    """Let the clock, of every process that shares it, go forward."""
    clock.set(now=clock.now() + timedelta(**time))
