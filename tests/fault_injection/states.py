"""The whole database put back to where it was, and the state in which all work has to end, however it went."""

from typing import Any

from flask import Flask
from sqlalchemy import Select, Table, func, select

from jobs import schedule
from tests.fault_injection.forks import named
from tests.support.worker import process_jobs
from webapp.db import Base, begin_write, db
from webapp.job_names import Job
from webapp.models.accounts import ErasureReceipt, Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, RuleEffect
from webapp.models.chase import Overtake, Passed
from webapp.models.leaderboards import BucketTally, Placement, TeamPart, TeamPlacement
from webapp.models.road import RoadTally
from webapp.models.scoring import DayScore, LedgerDay, Standing, TeamShare
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.redis import redis_client

Photo = list[tuple[Table, list[dict[str, Any]]]]
EndState = dict[str, set[tuple[Any, ...]]]

# What has to be the same to the last row. Marks of work to do are among it: in the end there are none.
DERIVED: tuple[type[Base], ...] = (
    LedgerDay, DayScore, Standing, TeamShare, Placement, BucketTally, TeamPlacement, TeamPart, Overtake, Passed,
    RoadTally, RuleEffect,
)  # fmt: skip

ROUNDS = [job for job, _ in schedule.ENTRIES if job is not Job.CORRECT_FUTURE_TIMES]


def photo() -> Photo:
    """Return every row of every table."""
    db.session.rollback()
    tables = Base.metadata.sorted_tables
    taken = [(table, [dict(row._mapping) for row in db.session.execute(select(table))]) for table in tables]
    db.session.rollback()
    return taken


def put_back(taken: Photo) -> None:
    """Make the database what it was, and Redis empty."""
    redis_client().flushall()
    begin_write()
    for table, _ in reversed(taken):
        db.session.execute(table.delete())
    for table, rows in taken:
        if rows:
            db.session.execute(table.insert(), rows)
    db.session.commit()
    db.session.remove()


def end_state() -> EndState:
    """Return what is held and derived, and what is left to do."""
    db.session.rollback()
    # When something was first seen depends on how often the work was cut off.
    found = {model.__tablename__: _rows(_all_but(model, "found_at")) for model in DERIVED}
    found["activity"] = _rows(_all_but(Activity, "id", "first_seen_at"))
    derived = (
        Challenge.overtakes_from,
        Challenge.as_of,
        Challenge.unread,
        Challenge.is_changing,
        Challenge.frozen_at.is_not(None),
    )
    found["challenge"] = _rows(select(Challenge.id, *derived))
    found["runner"] = _rows(select(Runner.id))
    found["receipts"] = _rows(select(func.count()).select_from(ErasureReceipt))
    connection = (Connection.runner_id, Connection.state, Connection.problem, Connection.syncing_until)
    found["connection"] = _rows(select(*connection, Connection.failures, Connection.rest_until))
    found["initial_import"] = _rows(select(InitialImport.runner_id, InitialImport.state, InitialImport.runs_ingested))
    found["undone"] = _rows(select(func.count()).where(StoredEvent.done_at.is_(None)))
    db.session.rollback()
    return found


def _all_but(model: type[Base], *left_out: str) -> Select[*tuple[Any, ...]]:
    return select(*(column for column in model.__table__.c if column.name not in left_out))


def _rows(wanted: Select[*tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in db.session.execute(wanted)}


def go_on(app: Flask) -> None:
    """Let the rounds of the schedule find what is left to do, and process it; nothing may fail now.

    Twice: what one round brings in, another of them may be to clear away. Times in the future come of a clock that was
    put back, which none is here, and looking for them takes as long as all else.
    """
    for _ in range(2):
        for name in ROUNDS:
            named(name)()
        assert process_jobs(app) == []
