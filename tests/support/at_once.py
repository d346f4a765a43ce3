"""Two transactions at once: waiting until one stands before a row of the other."""

from sqlalchemy import text

from webapp.db import db


def wait_until_it_waits() -> None:
    """Wait until the other transaction stands before a row that ours holds. On SQLite it cannot even begin."""
    if db.engine.dialect.name == "sqlite":
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with db.engine.connect() as outside:
        while not outside.execute(waiting).scalar():
            outside.rollback()
