"""How migrations run: one at a time, whole or not at all, and never emptying a table behind SQLite's back."""

from typing import Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Enum, text

# Every model, or a migration would leave out the tables that nobody has imported yet.
import webapp.models.accounts
import webapp.models.activities
import webapp.models.announcements
import webapp.models.attendance
import webapp.models.bans
import webapp.models.breaks
import webapp.models.buddies
import webapp.models.calendar_feeds
import webapp.models.challenges
import webapp.models.chase
import webapp.models.circles
import webapp.models.group_runs
import webapp.models.groups
import webapp.models.invitations
import webapp.models.join_requests
import webapp.models.kept_results
import webapp.models.leaderboards
import webapp.models.missing
import webapp.models.organiser_votes
import webapp.models.photos
import webapp.models.pledges
import webapp.models.results
import webapp.models.reviews
import webapp.models.rsvps
import webapp.models.scoring
import webapp.models.sync
import webapp.models.visits  # noqa: F401  # imported for that alone
from webapp.db import UtcDateTime
from webapp.models.columns import Rules

# Any number, the same in every process: PostgreSQL's lock for "somebody is upgrading".
UPGRADE_LOCK = 726_101_977

db = current_app.extensions["migrate"].db


def run() -> None:
    """Upgrade or downgrade over one connection."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _on_sqlite(connection)
        else:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
            connection.commit()
            _migrate(connection)
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": UPGRADE_LOCK})
            connection.commit()


def _on_sqlite(connection: Connection) -> None:
    # A batch alter copies and drops the table; with foreign keys on, that empties its CASCADE children. The switch
    # works only outside a transaction, so it goes to the driver's connection before BEGIN.
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        connection.execution_options(sqlite_begin="IMMEDIATE")
        _migrate(connection)
        broken = raw.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"rows point at nothing after the migration: {broken[:5]}")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadatas[None],
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        render_item=_plainly,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


def _plainly(_kind: str, item: object, _context: object) -> str | Literal[False]:
    # A migration must run when the models of its day are long gone.
    match item:
        case UtcDateTime():
            return "sa.DateTime(timezone=True)"
        case Rules():
            return "sa.JSON()"
        case Enum():
            return f"sa.String(length={item.length})"
    return False


run()
