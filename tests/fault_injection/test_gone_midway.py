"""Database or Redis go away in the middle of a sync: nothing is half done, and the next round does it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_migrate import upgrade

from tests.conftest import make_settings
from tests.fault_injection.fork_server import ForkServer, fork_server_for
from tests.fault_injection.servers import MortalPostgres, MortalRedis, mortal_postgres, mortal_redis
from tests.fault_injection.states import end_state, go_on, photo, put_back
from tests.support.paged_strava import PagedStrava
from tests.support.rows import api_row
from tests.support.servers import OwnRedis
from tests.support.simulator import Simulator, simulator_for
from tests.sync.acts import pass_by
from webapp.clock import Clock
from webapp.db import db
from webapp.factory import create_app
from webapp.job_names import Job
from webapp.sync import rules

SYNC = Job.SYNC_RUNNER
PAGES = (("2026-11-12 07:00:00", "2026-11-11 07:00:00"), ("2026-11-10 07:00:00",))


@pytest.fixture(scope="module")
def postgres() -> Iterator[MortalPostgres]:
    with mortal_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def redis() -> Iterator[MortalRedis]:
    with mortal_redis() as server:
        yield server


@pytest.fixture(scope="module")
def own_app(
    postgres: MortalPostgres, redis: MortalRedis, own_redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory
) -> Flask:
    """An application on servers that may be killed."""
    home = tmp_path_factory.mktemp("midway")
    app = create_app(make_settings(home, own_redis, database_url=postgres.url, redis_url=redis.url))
    with app.app_context():
        upgrade()
    return app


@pytest.fixture
def app(own_app: Flask) -> Iterator[Flask]:
    with own_app.app_context():
        empty = photo()
        yield own_app
        put_back(empty)


@pytest.fixture
def clock(clock: Clock) -> Clock:
    clock.set(now=datetime(2026, 11, 12, 10, tzinfo=UTC))
    return clock


@pytest.fixture(scope="module")
def fork_server(own_app: Flask) -> Iterator[ForkServer]:
    with fork_server_for(own_app.extensions["settings"]) as fork_server:
        yield fork_server


@pytest.fixture(scope="module")
def served_simulator(own_app: Flask) -> Iterator[Simulator]:
    with simulator_for(own_app.extensions["settings"]) as simulator:
        yield simulator


# Of the first page nothing is there yet, as when a sync is killed before it began (test_sync_killed).
@pytest.mark.parametrize("page", [2, 3])
@pytest.mark.parametrize("gone", ["database", "redis"])
def test_a_server_that_goes_in_the_middle_of_a_sync_leaves_it_to_the_next_round(
    app: Flask, fork_server: ForkServer, strava: PagedStrava, clock: Clock, runner_id: int, postgres: MortalPostgres,
    redis: MortalRedis, gone: str, page: int,
) -> None:  # fmt: skip
    end: Callable[[], None] = postgres.stop if gone == "database" else redis.kill
    strava.pages = [[api_row(start) for start in starts] for starts in PAGES]
    before = photo()
    fork_server.run(SYNC, runner_id, strava_api_base=strava.base)
    go_on(app)
    wanted = end_state()
    assert len(wanted["activity"]) == 3
    put_back(before)
    strava.before[page] = end
    fork_server.run(SYNC, runner_id, strava_api_base=strava.base)
    assert page not in strava.before, "it was in the middle of it"
    postgres.start()
    redis.start()
    db.session.remove()
    db.engine.dispose()  # what the pool of this process holds is dead
    pass_by(clock, seconds=rules.LEASE.total_seconds() + 1)
    go_on(app)
    assert end_state() == wanted
