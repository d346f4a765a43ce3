"""What the database is asked: every statement with its values, as they go out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from webapp.db import db


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Gather what the database is asked meanwhile."""
    gathered: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        gathered.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield gathered
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
