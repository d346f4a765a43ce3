"""What goes wrong here goes wrong for real: processes that are killed, servers that are gone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.fault_injection.crew import Crew
from tests.fault_injection.fork_server import ForkServer
from tests.support.paged_strava import PagedStrava
from tests.sync.conftest import athlete_id, connect, runner_id, served_app, strava

__all__ = ["athlete_id", "connect", "runner_id", "served_app", "strava"]  # fixtures that sync's own tests share


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
