"""An instance of its own for each test here: database, Redis emptied, simulator, web server at its address."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from redis import Redis

from tests.conftest import make_settings
from tests.end_to_end.world import BEGIN, World
from tests.support.servers import OwnRedis, create_database, drop_database, start_postgres
from tests.support.serving import served
from tests.support.simulator import simulator_for
from webapp.clock import Clock
from webapp.config import Settings
from webapp.factory import create_app

MakeWorld = Callable[..., World]


@pytest.fixture
def own_settings(request: pytest.FixtureRequest, own_redis: OwnRedis, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an instance on an empty database, its clock set to where the script begins.

    A comparison takes minutes, so each names the one database that it runs on.
    """
    url = request.getfixturevalue("own_database") if request.param == "postgresql" else ""
    settings = make_settings(tmp_path, own_redis, database_url=url)
    settings.home.mkdir(parents=True)
    Clock(settings.clock_file).set(now=BEGIN)
    with Redis.from_url(own_redis.url) as redis:
        redis.flushall()
        yield settings
        redis.flushall()


@pytest.fixture
def changes(request: pytest.FixtureRequest) -> int:
    """How many things happen on Strava before the comparison (`--changes`)."""
    number: int = request.config.getoption("changes")
    return number


@pytest.fixture
def own_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database beside that of the other tests, on the server they keep up."""
    admin, name = start_postgres().get_uri(), f"chasepack_whole_{os.getpid()}"
    yield create_database(admin, name)
    drop_database(admin, name)


@pytest.fixture
def make_world(own_settings: Settings) -> Iterator[MakeWorld]:
    """Return a function that starts a world, still empty of runners; keywords are the simulator's settings."""
    with ExitStack() as running:

        def make(**changes: Any) -> World:
            app = _migrated(own_settings)
            running.enter_context(served(app, own_settings.port, to_the_end=True))
            return World(app, running.enter_context(simulator_for(own_settings, **changes)))

        yield make


def _migrated(settings: Settings) -> Flask:
    app = create_app(settings)
    with app.app_context():
        upgrade()
    return app
