"""How SQLite goes about statements: which of its indexes it looks into, and what it goes through from end to end.

PostgreSQL plans by what it knows of the tables, which are small in tests; so this is of SQLite alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from webapp.extensions import db


def only_sqlite() -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the tables, which are small here")


@contextmanager
def plans_about(table: str) -> Iterator[list[str]]:
    """Collect the plans of what is read from a table or deleted in it meanwhile, statement by statement."""
    plans: list[str] = []
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "DELETE")) and table in statement:
            asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    for statement, values in asked:
        told = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plans.append(" ".join(row[3] for row in told))
