"""The libraries that the application uses, one object each, and what every feature needs of them."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

from flask import Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenConnection
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry
from sqlalchemy import DateTime, Dialect, Engine, MetaData, TypeDecorator, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from integrations.strava.budget import Budget
from webapp.clock import Clock
from webapp.config import Settings
from webapp.crypto import Sealer

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware, in UTC, on every database (SQLite loses the zone, so it is restored)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# A connection that was unused for this long is checked before it is used again.
REST_S = 5.0
# Redis answers within a millisecond. Strava waits two seconds for our answer, for which Redis is asked once.
REDIS_PATIENCE_S = 1.0
# After Redis did not answer, a process does not ask it again for this long. Otherwise each of its few threads would
# wait for it in turn, and their requests with them.
REDIS_REST_S = 5.0

# How long a writer waits for other writers.
PATIENT_MS = 15_000
# How long an event waits for them: Strava posts it again, and wants its answer within two seconds. After one has waited
# in vain, later ones wait less for a while, since they have already waited for a free thread.
IMPATIENT_MS, HURRIED_MS = 1_400, 150
LOCKED_REST_S = 2.0

db = SQLAlchemy(model_class=Base)
migrate = Migrate()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)


def settings() -> Settings:
    """Return the settings of the running application."""
    return cast(Settings, current_app.extensions["settings"])


def clock() -> Clock:
    """Return the clock. For views, jobs and the command line; rules and services take the time as an argument."""
    return cast(Clock, current_app.extensions["clock"])


def sealer() -> Sealer:
    """Return the sealer of the tokens."""
    return cast(Sealer, current_app.extensions["sealer"])


class RestingPool(ConnectionPool):
    """Connections to Redis. After one got no answer, further ones fail at once for a while."""

    _rests_until = 0.0

    def get_connection(self, *args: Any, **options: Any) -> Any:
        """Return a connection that answers. Raises RedisError."""
        if time.monotonic() < self._rests_until:
            raise BrokenConnection("Redis did not answer a moment ago")
        try:
            return super().get_connection(*args, **options)
        except NoAnswer:
            self._rests_until = time.monotonic() + REDIS_REST_S
            raise


def connect_redis(url: str) -> "Redis":
    """Return a connection pool to the Redis at `url`, which connects when it is first used.

    A connection that hangs is given up within the time that Strava waits for our answer. Only a broken connection is
    tried once more, since a restart of Redis breaks all of them.
    """
    again = Retry(NoBackoff(), 1, supported_errors=(BrokenConnection,))
    patience = {"socket_timeout": REDIS_PATIENCE_S, "socket_connect_timeout": REDIS_PATIENCE_S}
    return Redis.from_pool(RestingPool.from_url(url, retry=again, **patience))


def redis_client() -> "Redis":
    """Return the connection pool to Redis."""
    return cast("Redis", current_app.extensions["redis"])


def budget() -> Budget:
    """Return the budget of reads, which all workers share."""
    return Budget(redis_client(), clock().now)


def begin_write(*, patient: bool = True) -> None:
    """End the present transaction and begin one that reads in order to write.

    SQLite must know before the first read. Otherwise a second writer in between makes the write fail
    ("database is locked") without waiting. Pending changes of the session are committed. Without `patient`, it waits
    for other writers no longer than Strava waits for us.
    """
    db.session.commit()
    options = {"sqlite_begin": "IMMEDIATE", "impatient": not patient}
    connection = db.session().connection(execution_options=options)
    if not patient and connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {IMPATIENT_MS}")


@contextlib.contextmanager
def write_transaction(*, patient: bool = True) -> Iterator[None]:
    """Run a block that reads in order to write as one transaction: commit at its end, roll back if it raises.

    As `begin_write`. After the commit, objects of the session are loaded again when they are next used.
    """
    begin_write(patient=patient)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def empty_log() -> bool:
    """Checkpoint and empty SQLite's write-ahead log, which holds erased rows until then.

    Ends the session's transaction. Returns False if a reader or writer is in the way. On other databases there is
    nothing to do.
    """
    db.session.commit()
    if db.engine.dialect.name != "sqlite":
        return True
    with db.engine.connect().execution_options(sqlite_begin="", impatient=True) as connection:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    return not busy


def begin_read() -> None:
    """Read one snapshot of the database until the request ends, past the session, by `reading()`.

    For pages whose statements must agree: if a board is published between two of them, rows would be searched in their
    former places.
    """
    end_read()
    options: dict[str, Any] = {}
    if db.engine.dialect.name != "sqlite":  # SQLite's transactions read a snapshot by themselves
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    g.reading = db.engine.connect().execution_options(**options)


def end_read(error: BaseException | None = None) -> None:
    """Return the connection of `begin_read` to the pool."""
    connection: Connection | None = g.pop("reading", None)
    if connection is not None:
        if error is None:
            _keep_plans(connection.commit)
        connection.close()


def end_session_read(response: Response) -> Response:
    """End what a request by GET read through the session. A request that may write ends its own transactions.

    Changes that nobody committed are left to be rolled back.
    """
    if request.method in ("GET", "HEAD") and db.session.registry.has():
        session = db.session()
        if not (session.new or session.dirty or session.deleted):
            with _unexpired(session):
                _keep_plans(session.commit)
    return response


def _keep_plans(commit: Callable[[], None]) -> None:
    """End a transaction that only read by a commit.

    After a rollback psycopg forgets its prepared statements, and PostgreSQL plans those of the next page again.
    """
    with contextlib.suppress(SQLAlchemyError):  # the page is made, and the pool replaces a broken connection
        commit()


@contextlib.contextmanager
def _unexpired(session: Session) -> Iterator[None]:
    """Leave what the session has loaded as it is by a commit: nothing was written."""
    usual, session.expire_on_commit = session.expire_on_commit, False
    try:
        yield
    finally:
        session.expire_on_commit = usual


def reading() -> Connection:
    """Return the connection for reads: that of `begin_read`, otherwise the session's."""
    return g.get("reading") or db.session.connection()


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine's options for the database at `url`."""
    # Errors of the database would quote the values: names, titles of runs, sealed tokens.
    private = {"hide_parameters": True}
    if url.startswith("sqlite"):
        return {**private, "connect_args": {"timeout": PATIENT_MS / 1000}}
    pool = {"pool_size": 5, "max_overflow": 10}
    # Without a limit, a database that does not respond would block the health check, and all requests, for minutes.
    # Our statements are short: compiling one to machine code (jit) takes longer than any of them.
    return {**private, **pool, "connect_args": {"connect_timeout": 5, "options": "-c jit=off"}}


def tune(engine: Engine) -> None:
    """Set SQLite up for several processes: write-ahead log, waiting for locks, foreign keys, our own BEGIN.

    On other databases, check connections that were idle for a while before they are used.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "checkin", _record_rest)
        event.listen(engine, "checkout", _ping_after_rest)
        return
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def _record_rest(_raw: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _ping_after_rest(raw: Any, record: Any, _proxy: object) -> None:
    # SQLAlchemy's own ping costs every page a round trip. If the server went away while a connection was idle, this
    # check notices it, and the pool makes a new connection. If it goes away during a request, the runner sees one error
    # page.
    if time.monotonic() - record.info.get("rests_since", math.inf) < REST_S:
        return
    try:
        raw.execute("SELECT 1")
        raw.rollback()
    except Exception:  # drivers say in different ways, and some in plain OSErrors, that the server is gone
        raise DisconnectionError from None


def _set_pragmas(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # the driver's own BEGIN comes too late and cannot be IMMEDIATE
    # Erased rows must not stay in the file: secure_delete overwrites them with zeros.
    safe = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON")
    for pragma in (f"busy_timeout={PATIENT_MS}", *safe):
        raw.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    mode = options.get("sqlite_begin", "DEFERRED")
    _set_patience(connection, _lock_backoff.patience_ms() if options.get("impatient") else PATIENT_MS)
    if not mode:
        return
    try:
        connection.exec_driver_sql(f"BEGIN {mode}")
    except OperationalError:
        _lock_backoff.found_locked()
        raise


def _set_patience(connection: Connection, patience_ms: int) -> None:
    if connection.info.get("patience_ms", PATIENT_MS) != patience_ms:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience_ms}")
        connection.info["patience_ms"] = patience_ms


class _LockBackoff:
    """How long an impatient writer waits for a locked SQLite, so that few threads wait at once."""

    _locked_until = 0.0

    def patience_ms(self) -> int:
        return HURRIED_MS if time.monotonic() < self._locked_until else IMPATIENT_MS

    def found_locked(self) -> None:
        self._locked_until = time.monotonic() + LOCKED_REST_S


_lock_backoff = _LockBackoff()
