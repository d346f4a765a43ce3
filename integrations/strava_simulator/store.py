"""The simulator's own store: the data that Strava would have. It survives restarts.

Times are whole epoch seconds (UTC), dates ISO text, distances metres.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import JSON

metadata = MetaData()

athlete = Table(
    "athlete",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # place in the seeded world
    Column("firstname", String, nullable=False),
    Column("lastname", String, nullable=False),
    Column("sex", String),
    Column("city", String),
    Column("country", String),
    Column("zone", String, nullable=False),
    Column("club", Integer),  # place in the list of clubs; None runs alone
    Column("made_at", Integer, nullable=False),
    Column("log_name", String),  # the runner's code where the world runs on a real log
    Column("filled_to", String),  # last local date that was planned
)

activity = Table(
    "activity",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("athlete_id", ForeignKey("athlete.id"), nullable=False),
    Column("start", Integer, nullable=False),
    Column("start_local", String, nullable=False),
    Column("utc_offset", Integer, nullable=False),
    Column("zone", String, nullable=False),
    Column("sport_type", String, nullable=False),
    Column("name", String, nullable=False),
    Column("distance", Float, nullable=False),
    Column("moving", Integer, nullable=False),
    Column("elapsed", Integer, nullable=False),
    Column("climb", Float, nullable=False),
    Column("heart_rate", Integer),
    Column("workout_type", Integer),
    Column("device", String),
    Column("private", Boolean, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("manual", Boolean, nullable=False),
    Column("trainer", Boolean, nullable=False),
    Column("commute", Boolean, nullable=False),
    Column("missing", JSON, nullable=False),  # fields this row lacks when it is shown
    Index("activity_by_athlete", "athlete_id", "start", "id"),
    sqlite_autoincrement=True,  # the id of a deleted activity is never given again
)

activity_fault = Table(
    "activity_fault",
    metadata,
    Column("activity_id", ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String, primary_key=True),  # see activity_faults.KINDS
    Column("until", Integer),  # None: until it is put right
    Column("shown", JSON),  # of kind "shown": the fields that are shown with other values than they have
)

planned = Table(
    "planned",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("athlete_id", ForeignKey("athlete.id"), nullable=False),
    Column("ends", Integer, nullable=False, index=True),  # when it would end by its own plan
    Column("due", Integer, index=True),  # when it is released; None waits to be asked for
    Column("bout", JSON, nullable=False),  # one run, or the run and its double
)

code = Table(
    "code",
    metadata,
    Column("code", String, primary_key=True),
    Column("athlete_id", ForeignKey("athlete.id"), nullable=False),
    Column("scope", String, nullable=False),
    Column("expires_at", Integer, nullable=False),
)

grant = Table(
    "grant",
    metadata,
    Column("athlete_id", ForeignKey("athlete.id"), primary_key=True),
    Column("scope", String, nullable=False),
    Column("access_token", String, nullable=False, unique=True),
    Column("refresh_token", String, nullable=False, unique=True),
    Column("expires_at", Integer, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("callback_url", String, nullable=False),
    Column("created_at", Integer, nullable=False),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("payload", JSON, nullable=False),
    Column("callback_url", String, nullable=False),
    Column("due", Float, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("state", String, nullable=False, default="pending"),  # pending, answered, refused, lost
    Index("outbox_by_state", "state", "due"),
)

usage = Table(
    "usage",
    metadata,
    Column("kind", String, primary_key=True),  # read, overall
    Column("span", Integer, primary_key=True),  # seconds
    Column("begins", Integer, primary_key=True),
    Column("requests", Integer, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("name", String, primary_key=True),
    Column("count", Integer, nullable=False),
)

switch = Table(
    "switch",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", JSON, nullable=False),
)


class Store:
    """One SQLite file. `reading()` and `writing()` each open one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(f"sqlite:///{path}", pool_size=20, max_overflow=20)
        event.listen(self.engine, "connect", _on_connect)
        event.listen(self.engine, "begin", _on_begin)
        metadata.create_all(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that holds the write lock from its beginning, so that it may read and then write."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(sqlite_begin="IMMEDIATE")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close the file."""
        self.engine.dispose()


def _on_connect(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transactions begin too late; ours begin in _on_begin.
    driver: Any = raw
    driver.isolation_level = None
    cursor = raw.cursor()
    for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
