"""Reading runs in as a sync does, and looking at all that was derived."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from integrations.strava.types import ActivityRow
from webapp.activities.service import ingest
from webapp.db import Base, begin_write, db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.scoring import DayScore, LedgerDay, Standing, TeamShare
from webapp.scoring.service import rederive

TABLES: tuple[type[Base], ...] = (LedgerDay, DayScore, Standing, TeamShare)


def read_in(runner_id: int, rows: Iterable[ActivityRow] = (), gone: tuple[str, ...] = ()) -> set[int]:
    """Take rows in and derive, in one transaction, as a sync does; return the challenges that changed."""
    begin_write()
    changed = rederive(runner_id, ingest(runner_id, list(rows), gone).dates, clock().now())
    db.session.commit()
    return changed


def everything() -> dict[str, set[tuple[Any, ...]]]:
    """Return every derived row; not the marks, which tell of the way there."""
    db.session.rollback()  # see what others have committed
    rows = {}
    for model in TABLES:
        table = model.__table__
        columns = [column for column in table.c if column.name != "dirty_from"]
        rows[model.__tablename__] = {tuple(row) for row in db.session.execute(select(*columns))}
    db.session.rollback()
    return rows


def derive_from_nothing() -> dict[str, set[tuple[Any, ...]]]:
    """Throw away what is derived, derive it all, and return it."""
    begin_write()
    for model in TABLES:
        db.session.execute(model.__table__.delete())  # type: ignore[attr-defined]  # a Table
    for runner_id in db.session.scalars(select(Runner.id)).all():
        rederive(runner_id, None, clock().now())
    db.session.commit()
    return everything()
