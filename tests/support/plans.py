"""How SQLite goes about statements: which of its indexes it looks into, and what it goes through from end to end.

PostgreSQL plans by what it knows of the tables, which are small in tests; so this is of SQLite alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.statements import asked
from webapp.db import db


@contextmanager
def plans_about(table: str) -> Iterator[list[str]]:
    """Collect the plans of what is read from a table or deleted in it meanwhile, statement by statement."""
    plans: list[str] = []
    with asked() as statements:
        yield plans
    for statement, values in statements:
        if not statement.startswith(("SELECT", "DELETE")) or table not in statement:
            continue
        told = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plans.append(" ".join(row[3] for row in told))
