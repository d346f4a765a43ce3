"""Reading the state of the installation for a monitoring program: a few counts, and no names."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from integrations.strava.budget import BudgetState
from webapp.db import db
from webapp.extensions import budget
from webapp.health import live_workers
from webapp.models.accounts import SeatRequest
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery
from webapp.models.photos import RunnerPhoto
from webapp.models.words import DeliveryState, SubscriptionState
from webapp.queue import job_queue
from webapp.redis import redis_client
from webapp.seats.queries import seats_taken
from webapp.sync import queries as sync
from webapp.sync.queries import DueOutlook, EventBacklog

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NotificationFigures:
    """Facts not told to all of their readers, and deliveries: how many, and since when the oldest of them waits."""

    untold: int
    oldest_untold_at: datetime | None
    # By channel and state.
    deliveries: Mapping[tuple[str, str], int]
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class InDatabase:
    """Connections by state, full resyncs to come, events, seats that are taken and waited for, photos, facts."""

    connections: Mapping[str, int]
    outlook: DueOutlook
    events: EventBacklog
    seats_taken: int
    waiting_for_seat: int
    # Whether Strava last said that our subscription exists. None: not asked yet, or there is none.
    subscribed: bool | None
    # When the oldest photo was fetched, None where none is stored.
    oldest_photo_at: datetime | None
    notifications: NotificationFigures


@dataclass(frozen=True, slots=True)
class InRedis:
    """The budget, the counts, jobs by state, and the number of live workers."""

    budget: BudgetState
    counts: Mapping[str, int]
    jobs: Mapping[str, int]
    workers: int


def in_database(now: datetime) -> InDatabase | None:
    """Return what the database says, or None if it does not answer."""
    try:
        return _in_database(now)
    except SQLAlchemyError as error:
        db.session.rollback()
        log.error("metrics: the database does not answer: %s", type(error).__name__)
        return None


def in_redis() -> InRedis | None:
    """Return what Redis says, or None if it does not answer."""
    try:
        return InRedis(budget().state(), budget().counts(), _jobs(), live_workers())
    except RedisError as error:
        log.error("metrics: Redis does not answer: %s", type(error).__name__)
        return None


def _in_database(now: datetime) -> InDatabase:
    found = InDatabase(
        connections=sync.connections_by_state(),
        outlook=sync.due_outlook(now),
        events=sync.event_backlog(),
        seats_taken=seats_taken(),
        waiting_for_seat=db.session.scalar(select(func.count()).select_from(SeatRequest)) or 0,
        subscribed=_is_subscribed(),
        oldest_photo_at=db.session.scalar(select(func.min(RunnerPhoto.fetched_at))),
        notifications=notification_figures(now),
    )
    db.session.rollback()
    return found


def notification_figures(now: datetime) -> NotificationFigures:
    """Return what waits to be told and to be sent."""
    untold = select(func.count(), func.min(Fact.happened_at)).where(Fact.fanned_out_at.is_(None))
    number, oldest_at = db.session.execute(untold).one()
    by_state = select(Delivery.channel, Delivery.state, func.count()).group_by(Delivery.channel, Delivery.state)
    deliveries = {(str(channel), str(state)): count for channel, state, count in db.session.execute(by_state)}
    waiting = Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now
    return NotificationFigures(
        number, oldest_at, deliveries, db.session.scalar(select(func.min(Delivery.due_at)).where(*waiting))
    )


def _jobs() -> dict[str, int]:
    queue = job_queue(redis_client())
    # Without a clean-up, which is the task of the workers.
    return {
        "waiting": int(queue.count),
        "started": queue.started_job_registry.get_job_count(cleanup=False),
        "scheduled": queue.scheduled_job_registry.get_job_count(cleanup=False),
        "failed": queue.failed_job_registry.get_job_count(cleanup=False),
    }


def _is_subscribed() -> bool | None:
    found = sync.subscription()
    return found.found == SubscriptionState.OURS if found and found.found else None
