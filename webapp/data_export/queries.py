"""Reading what is stored about one runner, kind by kind, as the inventory lists it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, func, select

from webapp.data_export.inventory import INVENTORY
from webapp.data_export.kinds import Kind
from webapp.data_export.rules import ranked_by_score
from webapp.db import db
from webapp.models.challenges import Entry

# Rows fetched at once.
FETCHED = 500


@dataclass(frozen=True, slots=True)
class StoredRows:
    """How many rows of a kind there are, and the dates they span."""

    kind: Kind
    rows: int
    first: date | None
    last: date | None


def stored_about(runner_id: int) -> list[StoredRows]:
    """Return everything that is stored about a runner, kind by kind, those without rows too."""
    return [_stored(kind, runner_id) for kind in INVENTORY.values()]


def _stored(kind: Kind, runner_id: int) -> StoredRows:
    span = (func.min(kind.when), func.max(kind.when)) if kind.when is not None else ()
    row = db.session.execute(select(func.count(), *span).where(_belongs_to(kind.owner, runner_id))).one()
    first, last = (_date(row[1]), _date(row[2])) if span else (None, None)
    return StoredRows(kind, row[0], first, last)


def _belongs_to(owner: Any, runner_id: int) -> ColumnElement[bool]:
    targets = {key.column.table.name for key in owner.property.columns[0].foreign_keys}
    entries = select(Entry.id).where(Entry.runner_id == runner_id)
    belongs = owner.in_(entries) if targets == {Entry.__tablename__} else owner == runner_id
    return cast(ColumnElement[bool], belongs)


def _date(value: date | datetime | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def rows_of(kind: Kind, runner_id: int) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a kind that are stored about a runner, some hundred at a time in memory."""
    statement = kind.select(runner_id).execution_options(yield_per=FETCHED)
    names = statement.selected_columns.keys()
    for row in db.session.execute(statement):
        yield ranked_by_score(dict(zip(names, row, strict=True)))


def see_one_moment() -> None:
    """Have what is read from here on be of one moment, until the transaction ends."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":  # SQLite does so anyway
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
