"""The engine of the database: its options, and what makes SQLite serve several processes."""

import math
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError, OperationalError

# A connection that was unused for this long is checked before it is used again.
REST_S = 5.0

# How many prepared statements a connection to PostgreSQL keeps.
MAX_PREPARED = 400

# How long a writer waits for other writers.
PATIENT_MS = 15_000
# How long an event waits for them: Strava posts it again, and wants its answer within two seconds. After one has waited
# in vain, later ones wait less for a while, since they have already waited for a free thread.
IMPATIENT_MS, HURRIED_MS = 1_400, 150
LOCKED_REST_S = 2.0


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine's options for the database at `url`."""
    # Errors of the database would quote the values: names, titles of runs, sealed tokens.
    private = {"hide_parameters": True}
    if url.startswith("sqlite"):
        return {**private, "connect_args": {"timeout": PATIENT_MS / 1000}}
    # The connection that was used last is used next: few connections then do most of the work, and know its statements.
    pool = {"pool_size": 5, "max_overflow": 10, "pool_use_lifo": True}
    # Without a limit, a database that does not respond would block the health check, and all requests, for minutes.
    # Our statements are short: compiling one to machine code (jit) takes longer than any of them.
    # Planning a page's statements takes longer than running them, so a connection prepares one when it meets it again.
    connect_args = {"connect_timeout": 5, "options": "-c jit=off", "prepare_threshold": 1}
    return {**private, **pool, "connect_args": connect_args}


def tune(engine: Engine) -> None:
    """Set SQLite up for several processes: write-ahead log, waiting for locks, foreign keys, our own BEGIN.

    On other databases, check connections that were idle for a while before they are used.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", _keep_prepared)
        event.listen(engine, "checkin", _record_rest)
        event.listen(engine, "checkout", _ping_after_rest)
        return
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def _keep_prepared(raw: Any, _record: object) -> None:
    # psycopg keeps 100, and all pages together have more statements: the rarer ones would be planned each time.
    raw.prepared_max = MAX_PREPARED


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
