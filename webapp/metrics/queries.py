"""Reading how the installation does, for a program that watches it: a few counts, and nobody's name."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from redis import RedisError
from rq import Queue
from sqlalchemy import func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from integrations.strava.budget import BudgetState
from webapp.accounts.models import SeatRequest
from webapp.accounts.queries import seats_taken
from webapp.extensions import budget, db, redis_client
from webapp.home.queries import live_workers
from webapp.queue import QUEUE
from webapp.sync.models import Connection, InboxEvent

log = logging.getLogger(__name__)


class InDatabase(NamedTuple):
    """Connections by state, those given up and those due for a look; events; who holds and who waits for a seat."""

    connections: Mapping[str, int]
    given_up: int
    looks_due: int
    undone_events: int
    # None where there is none.
    oldest_undone_at: datetime | None
    last_event_at: datetime | None
    seats_taken: int
    waiting_for_seat: int


class InRedis(NamedTuple):
    """The budget, what was counted, jobs by state, and how many workers live."""

    budget: BudgetState
    counts: Mapping[str, int]
    jobs: Mapping[str, int]
    workers: int


def in_database(now: datetime) -> InDatabase | None:
    """Return what the database says, or None where it does not answer."""
    try:
        return _in_database(now)
    except SQLAlchemyError as error:
        db.session.rollback()
        log.error("metrics: the database does not answer: %s", type(error).__name__)
        return None


def in_redis() -> InRedis | None:
    """Return what Redis says, or None where it does not answer."""
    try:
        return InRedis(budget().state(), budget().counts(), _jobs(), live_workers())
    except RedisError as error:
        log.error("metrics: Redis does not answer: %s", type(error).__name__)
        return None


def _in_database(now: datetime) -> InDatabase:
    counted = select(Connection.state, func.count(), func.count(Connection.gave_up_at)).group_by(Connection.state)
    states = db.session.execute(counted).all()
    look_at = Connection.next_look_at
    due = select(func.count()).where(Connection.state == "connected", or_(look_at.is_(None), look_at <= now))
    undone = select(func.count(), func.min(InboxEvent.received_at)).where(InboxEvent.done_at.is_(None))
    waiting, oldest = db.session.execute(undone).one()
    found = InDatabase(
        connections={state: number for state, number, _ in states},
        given_up=sum(given_up for _, _, given_up in states),
        looks_due=db.session.scalar(due) or 0,
        undone_events=waiting,
        oldest_undone_at=oldest,
        last_event_at=db.session.scalar(select(InboxEvent.received_at).order_by(InboxEvent.id.desc()).limit(1)),
        seats_taken=seats_taken(),
        waiting_for_seat=db.session.scalar(select(func.count()).select_from(SeatRequest)) or 0,
    )
    db.session.rollback()
    return found


def _jobs() -> dict[str, int]:
    queue = Queue(QUEUE, connection=redis_client())
    # Without cleaning up, which is the workers' to do.
    return {
        "waiting": int(queue.count),
        "started": queue.started_job_registry.get_job_count(cleanup=False),
        "scheduled": queue.scheduled_job_registry.get_job_count(cleanup=False),
        "failed": queue.failed_job_registry.get_job_count(cleanup=False),
    }
