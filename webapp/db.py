"""The database: the base of every model, and the transactions in which the application reads and writes."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Response, g, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from webapp.engine import IMPATIENT_MS

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# PostgreSQL refuses to compare an id of ours with a larger number; ids of Strava are twice as wide.
MAX_ID = 2**31 - 1
# Ids in one statement; SQLite allows about 32,000 parameters.
BATCH = 1000

T = TypeVar("T")


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


db = SQLAlchemy(model_class=Base)


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


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Yield `items` in slices that fit one statement."""
    return (items[start : start + size] for start in range(0, len(items), size))


def insert_on_conflict(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that can say what happens to rows that are there already."""
    return sqlite.insert(table) if db.engine.dialect.name == "sqlite" else postgresql.insert(table)


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


@contextlib.contextmanager
def single_read() -> Iterator[None]:
    """Make one read by `reading()` without a transaction, whose begin and end are round trips on PostgreSQL."""
    end_read()
    is_sqlite = db.engine.dialect.name == "sqlite"
    alone: dict[str, Any] = {"sqlite_begin": ""} if is_sqlite else {"isolation_level": "AUTOCOMMIT"}
    with db.engine.connect().execution_options(**alone) as g.reading:
        try:
            yield
        finally:
            g.pop("reading", None)


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
