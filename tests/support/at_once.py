"""Two transactions at once: another one with a session of its own, and waiting until it stands before a row of ours."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from webapp.db import db


def elsewhere(app: Flask, work: Callable[[], object]) -> Callable[[], None]:
    """Return `work` as another process would do it: with a session of its own, whose transaction is committed."""

    def run() -> None:
        with app.app_context():
            try:
                work()
                db.session.commit()
            finally:
                db.session.remove()

    return run


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
