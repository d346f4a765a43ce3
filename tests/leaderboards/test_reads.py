"""What is read of a board does not grow with its members where it is about one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.support.boards import NOON, make_board, publish, set_total
from webapp.extensions import begin_write, clock, db
from webapp.scoring.queries import days_of

OF_EVERYBODY = "ix_day_score_challenge_id_local_date"


@contextmanager
def plans_of_days() -> Iterator[list[str]]:
    """Collect how SQLite goes about what is read of days meanwhile, statement by statement."""
    plans: list[str] = []
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT") and "day_score" in statement:
            asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    for statement, values in asked:
        told = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plans.append(" ".join(row[3] for row in told))


@pytest.fixture(autouse=True)
def on_sqlite(app: Flask) -> None:
    clock().set(now=NOON)
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it knows of the tables, which are small here")


def test_publishing_one_run_reads_the_days_of_its_runner_alone(app: Flask) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, {made.entries[0]: 5000, made.entries[1]: 7000})
    publish(made)
    set_total(made, {made.entries[0]: 9000})
    begin_write()
    with plans_of_days() as plans:
        publish(made)
    assert plans
    assert [plan for plan in plans if OF_EVERYBODY in plan] == []


def test_opening_a_total_reads_the_days_of_its_runner_alone(app: Flask) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, {made.entries[0]: 5000, made.entries[1]: 7000})
    with plans_of_days() as plans:
        found = days_of(made.runners[0], made.challenge.id)
    assert [day.value for day in found] == [5000]
    assert found[0].day <= date(2026, 11, 12)
    assert len(plans) == 1
    assert OF_EVERYBODY not in plans[0]
