"""The stage of every test: real databases, a real Redis, the application on both."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from redis import Redis
from sqlalchemy.engine import Connection, make_url

from integrations.push.keys import make_vapid_key
from ops.backup import SQLITE
from tests.support.browser import Browser
from tests.support.builders import NOON
from tests.support.cast import Cast, make_cast
from tests.support.distribution import LongestFirst, turn_of
from tests.support.servers import OwnRedis, create_database, drop_database, free_port, start_postgres
from tests.support.simulator import Simulator, simulator_for
from webapp.clock import Clock
from webapp.config import Settings
from webapp.db import Base, db
from webapp.extensions import limiter
from webapp.factory import create_app

DATABASES = ("sqlite", "postgresql")
LARGE_TABLES = """SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND pg_relation_size(oid) > 1000000"""
RESTART_IDS = """SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"""
# Seven past, far from the turn of a window of Strava's limits.
BEGIN = NOON + timedelta(minutes=7)

# How long it takes to think of an example, or to try it, says how busy the machine is, and nothing of the product.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-permissions", action="store_true", help="write docs/permissions.md again")
    parser.addoption(
        "--databases", choices=("marked", "both"), default="marked", help="both: where no test asks for it"
    )
    parser.addoption("--changes", type=int, default=100, help="changes on Strava in an end-to-end comparison")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LongestFirst | None:
    return LongestFirst(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # one of several processes
        items.sort(key=lambda item: turn_of(item.nodeid))


@pytest.fixture(scope="session")
def own_redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test process."""
    server = start_postgres()
    name = f"chasepack_{os.getpid()}"
    yield create_database(server.get_uri(), name)
    drop_database(server.get_uri(), name)
    server.cleanup()


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test."""
    name = f"chasepack_empty_{os.getpid()}"
    create_database(postgres_url, name)
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    drop_database(postgres_url, name)


def make_settings(home: Path, own_redis: OwnRedis, **values: Any) -> Settings:
    """Return settings for a test instance in `home`."""
    secrets = {"secret_key": "x" * 40, "token_keys": (Fernet.generate_key().decode(),), "vapid_key": make_vapid_key()}
    ports = {"port": free_port(), "sim_port": free_port()}
    return Settings(**{"chasepack_home": home, "redis_url": own_redis.url, **secrets, **ports, **values})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of the application on SQLite, and on what its markers name (tests/README.md)."""
    if "migrated_app" in metafunc.fixturenames:
        metafunc.parametrize("migrated_app", databases_of(metafunc.definition), indirect=True, scope="session")


def databases_of(test: pytest.Item) -> tuple[str, ...]:
    for only in DATABASES:
        if test.get_closest_marker(f"only_{only}"):
            return (only,)
    on_both = test.get_closest_marker("both_databases") or test.config.getoption("databases") == "both"
    return DATABASES if on_both else ("sqlite",)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all processes of this run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def migrated_sqlite(shared_folder: Path, own_redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with every table and no row, to be copied; migrations run once for all processes."""
    made = shared_folder / "migrated.sqlite3"
    with (shared_folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            settings = make_settings(tmp_path_factory.mktemp("migrated"), own_redis)
            with create_app(settings).app_context():
                upgrade()
                db.engine.dispose()
            (settings.home / SQLITE).rename(made)
    return made


@pytest.fixture(scope="session")
def on_sqlite(
    own_redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path, shared_folder: Path
) -> Flask:
    settings = make_settings(tmp_path_factory.mktemp("sqlite"), own_redis)
    app = _for_tests(create_app(settings), shared_folder)
    shutil.copy(migrated_sqlite, settings.home / SQLITE)
    return app


@pytest.fixture(scope="session")
def on_postgresql(
    own_redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory, postgres_url: str, shared_folder: Path
) -> Flask:
    settings = make_settings(tmp_path_factory.mktemp("postgresql"), own_redis, database_url=postgres_url)
    app = _for_tests(create_app(settings), shared_folder)
    with app.app_context():
        upgrade()
    return app


def _for_tests(app: Flask, shared_folder: Path) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False  # tests of forged forms switch it on
    app.jinja_env.undefined = StrictUndefined  # a template that is not given what its first comment lists fails
    limiter.enabled = False  # as does the test of the limit
    # Redis is given up after a second. On a busy machine it may take longer, and a job would not be enqueued.
    app.extensions["redis"].connection_pool.connection_kwargs.update(socket_timeout=60, socket_connect_timeout=60)
    # Each template is compiled once for all processes.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(shared_folder))
    return app


@pytest.fixture(scope="session")
def migrated_app(request: pytest.FixtureRequest) -> Flask:
    """The application on a migrated database, once per process and kind of database."""
    app: Flask = request.getfixturevalue(f"on_{request.param}")
    return app


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application on an empty database and an empty Redis, at noon of a day in November, inside its context."""
    with migrated_app.app_context():
        redis: Redis = migrated_app.extensions["redis"]
        redis.flushall()
        # Here ids and times of making repeat, by which boards are kept.
        migrated_app.extensions.pop("cache", None)
        # The cast and the builders live in that November, whatever day it is, and whatever day the last test made it.
        migrated_app.extensions["clock"].set(now=BEGIN)
        yield migrated_app
        db.session.rollback()
        _empty_tables()


@pytest.fixture
def clock(app: Flask) -> Iterator[Clock]:
    """The clock of the application and the simulator; it goes right again after the test."""
    clock: Clock = app.extensions["clock"]
    yield clock
    if clock.path:
        clock.path.unlink(missing_ok=True)


@pytest.fixture
def noon(app: Flask) -> None:
    """It is noon exactly."""
    app.extensions["clock"].set(now=NOON)


@pytest.fixture
def cast(app: Flask) -> Cast:
    """A group with an organiser and a member, a stranger and a visitor, each with a browser."""
    return make_cast(app)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser in which nobody has signed in."""
    return Browser(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def served_simulator(migrated_app: Flask) -> Iterator[Simulator]:
    """A simulator that knows nothing of what other modules did to theirs."""
    settings: Settings = migrated_app.extensions["settings"]
    for left in settings.home.glob("simulator.sqlite3*"):
        left.unlink()
    # Its athletes ran up to the day on which it is made: it begins in that November too.
    migrated_app.extensions["clock"].set(now=BEGIN)
    with simulator_for(settings) as served:
        yield served


@pytest.fixture
def simulator(app: Flask, served_simulator: Simulator) -> Simulator:
    """The Strava of `app`: the real simulator over HTTP, nobody connected, nothing wrong with it."""
    served_simulator.reset()
    return served_simulator


def _empty_tables() -> None:
    names = [f'"{table.name}"' for table in reversed(Base.metadata.sorted_tables)]
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            _empty_postgresql(connection, names)
        else:
            _empty_sqlite(connection, names)
    db.session.remove()


def _empty_sqlite(connection: Connection, names: list[str]) -> None:
    """Empty the few tables that have rows; most tests fill under ten of them."""
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    for name in connection.exec_driver_sql(filled).scalars().all():
        connection.exec_driver_sql(f"DELETE FROM {name}")


def _empty_postgresql(connection: Connection, names: list[str]) -> None:
    """Wait until nobody uses the tables, then empty them and let their ids begin at 1."""
    listed = ", ".join(names)
    if connection.exec_driver_sql(LARGE_TABLES).scalar():
        connection.exec_driver_sql(f"TRUNCATE {listed} RESTART IDENTITY CASCADE")
        return
    # Truncating makes new files for every table and index, which takes far longer than deleting a few rows.
    deletes = "; ".join(f"DELETE FROM {name}" for name in names)
    without_checks = "SET LOCAL session_replication_role = replica"
    connection.exec_driver_sql(
        f"LOCK TABLE {listed} IN ACCESS EXCLUSIVE MODE; {without_checks}; {deletes}; {RESTART_IDS}"
    )
