"""SQL functions that SQLite and PostgreSQL write differently."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class week_number(FunctionElement[int]):  # a function, as SQLAlchemy writes its own
    """The number of a date's week, Monday to Sunday, as `rulebook.odds_measures.week_of` has it."""

    inherit_cache = True
    type = Integer()
    name = "week_number"


@compiles(week_number)
def _of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)} - DATE '0001-01-01') / 7)"


@compiles(week_number, "sqlite")
def _of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # The Julian day on which 1 January of the year 1 began.
    return f"(CAST(julianday({compiler.process(element.clauses, **options)}) - 1721425.5 AS INTEGER) / 7)"
