"""Reading connections, stored events and what is due."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select

from webapp.db import Base, batches, db, reading
from webapp.models.activities import Activity
from webapp.models.columns import columns_of
from webapp.models.scoring import LedgerDay
from webapp.models.sync import Connection, InitialImport, RefusalOutage, StoredEvent, Subscription
from webapp.models.words import UNFINISHED, ConnectionState
from webapp.sync import rules, token_refusal_rules
from webapp.sync.window_rules import Known, ProcessedEvent

SOURCE = "strava"
# Our own stored events: a read did not find a stored activity, or a new one had no figures yet.
MISSED, UNMEASURED = {"missed": "true"}, {"unmeasured": "true"}


def connection_of(runner_id: int) -> Connection | None:
    return db.session.get(Connection, runner_id, populate_existing=True)


def holds(runner_id: int, condition: ColumnElement[bool]) -> bool:
    """Return whether a condition holds for the runner's connection."""
    mine = select(Connection.runner_id).where(Connection.runner_id == runner_id, condition)
    return db.session.scalar(mine) is not None


def initial_import_of(runner_id: int) -> InitialImport | None:
    return db.session.get(InitialImport, runner_id, populate_existing=True)


def is_initial_import_under_way(runner_id: int) -> bool:
    """Return whether a runner's runs are still being imported for the first time."""
    found = initial_import_of(runner_id)
    return found is not None and found.state in UNFINISHED


@dataclass(frozen=True, slots=True)
class Owner:
    """The runner whose events these are, and the state of their connection."""

    runner_id: int
    state: ConnectionState
    gave_up_at: datetime | None


def connection_of_athlete(athlete_id: int) -> Owner | None:
    """Return the connection of this athlete; None for a stranger, or for somebody who has left."""
    wanted = select(Connection.runner_id, Connection.state, Connection.gave_up_at)
    mine = (Connection.athlete_id == athlete_id) & (Connection.state != ConnectionState.DEAUTHORISED)
    found = db.session.execute(wanted.where(mine)).one_or_none()
    return Owner(*found) if found else None


def is_refused(athlete_id: int) -> bool:
    """Return whether an athlete is hidden since Strava refused to renew their token, and no event has said why yet."""
    refused = (Connection.state == ConnectionState.DEAUTHORISED) & Connection.refused_at.is_not(None)
    wanted = select(Connection.runner_id).where(Connection.athlete_id == athlete_id, refused)
    return db.session.scalar(wanted) is not None


def subscription() -> Subscription | None:
    return db.session.scalar(select(Subscription).order_by(Subscription.subscribed_at.desc()).limit(1))


def is_subscription(subscription_id: int) -> bool:
    return db.session.get(Subscription, subscription_id) is not None


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that is not processed yet: the columns of `StoredEvent`."""

    id: int
    received_at: datetime
    object_type: str
    object_id: int
    aspect: str
    updates: dict[str, Any]
    event_time: datetime
    small: bool
    retry_at: datetime | None


def pending_events(runner_id: int) -> list[PendingEvent]:
    """Return the events of a runner that are not processed yet, in the order they came."""
    undone = (StoredEvent.runner_id == runner_id) & StoredEvent.done_at.is_(None)
    columns = columns_of(StoredEvent, PendingEvent)
    return [PendingEvent(*row) for row in db.session.execute(select(*columns).where(undone).order_by(StoredEvent.id))]


def has_more_events(runner_id: int) -> bool:
    """Return whether there are events that Strava has not been asked about yet."""
    undone = select(StoredEvent.id).where(StoredEvent.runner_id == runner_id, StoredEvent.done_at.is_(None))
    return db.session.scalar(undone.where(StoredEvent.retry_at.is_(None)).limit(1)) is not None


def events_done(runner_id: int, object_ids: Collection[int]) -> dict[tuple[int, str, datetime], list[ProcessedEvent]]:
    """Return the events of these activities that are done, by activity, aspect and the second of the event."""
    events = select(
        StoredEvent.object_id, StoredEvent.aspect, StoredEvent.event_time, StoredEvent.updates, StoredEvent.done_at
    )
    mine = (StoredEvent.runner_id == runner_id, StoredEvent.done_at.is_not(None), StoredEvent.object_type == "activity")
    done: dict[tuple[int, str, datetime], list[ProcessedEvent]] = defaultdict(list)
    for ids in batches(sorted(object_ids)):
        for *event, updates, read_at in db.session.execute(events.where(*mine, StoredEvent.object_id.in_(ids))):
            done[event[0], event[1], event[2]].append(ProcessedEvent(updates, read_at))
    return done


def known_from(runner_id: int, first_date: date) -> dict[str, Known]:
    """Return the runner's stored Strava activities from this local date on, by id."""
    found = _known(Activity.runner_id == runner_id, Activity.local_date >= first_date)
    return {run.source_id: run for run in found}


def known_of(runner_id: int, source_ids: Collection[str]) -> list[Known]:
    """Return those of these activities that are stored."""
    of_runner = Activity.runner_id == runner_id
    return [run for ids in batches(list(source_ids)) for run in _known(of_runner, Activity.source_id.in_(ids))]


def _known(*where: ColumnElement[bool]) -> list[Known]:
    wanted = select(Activity.source_id, Activity.start_utc, Activity.start_hidden)
    return [Known(*row) for row in db.session.execute(wanted.where(Activity.source == SOURCE, *where))]


@dataclass(frozen=True, slots=True)
class EventBacklog:
    """Events not processed yet, when the oldest of them came, and when the last event of all came."""

    undone: int
    oldest_at: datetime | None
    last_at: datetime | None


def event_backlog() -> EventBacklog:
    """Return the state of the stored events."""
    undone = select(func.count(), func.min(StoredEvent.received_at)).where(StoredEvent.done_at.is_(None))
    last = select(StoredEvent.received_at).order_by(StoredEvent.id.desc()).limit(1)
    return EventBacklog(*db.session.execute(undone).one(), db.session.scalar(last))


@dataclass(frozen=True, slots=True)
class DueOutlook:
    """What will be due: full resyncs now, within an hour and within a day, the next one; and failed connections.

    `resting`: after a failure; `failing`: more than once in a row, and not given up yet.
    """

    resyncs_due: int
    resyncs_within_hour: int
    resyncs_within_day: int
    next_full_resync_at: datetime | None
    resting: int
    given_up: int
    failing: int
    waiting_for_quota: int = 0


def due_outlook(now: datetime) -> DueOutlook:
    """Return what will be due, over all connections."""
    at = Connection.next_full_resync_at
    due = at.is_(None) | (at <= now)
    counted = select(
        func.count().filter(due),
        func.count().filter(at > now, at <= now + timedelta(hours=1)),
        func.count().filter(at > now, at <= now + timedelta(days=1)),
        func.min(at).filter(at > now),
        func.count().filter(Connection.rest_until > now, Connection.failures > 0),
        func.count().filter(Connection.gave_up_at.is_not(None)),
        func.count().filter(Connection.failures > 1, Connection.gave_up_at.is_(None)),
        func.count().filter(Connection.rest_until > now, Connection.problem == rules.QUOTA_WORDS),
    )
    return DueOutlook(*db.session.execute(counted.where(Connection.state == ConnectionState.CONNECTED)).one())


@dataclass(frozen=True, slots=True)
class Doubts:
    """Connections in doubt through no fault of their runners: `refused` in an outage, and until when it excuses them.

    `keyless`: how many open with none of our keys. `unconfirmed`: how many come from a backup and are not confirmed
    by Strava yet.
    """

    refused: int
    excused_until: datetime | None
    keyless: int
    unconfirmed: int


def doubts(now: datetime) -> Doubts:
    """Return how many connections are in doubt, by reason."""
    began_at = db.session.scalar(
        select(RefusalOutage.began_at).where(
            RefusalOutage.over_at.is_(None), RefusalOutage.began_at > now - token_refusal_rules.MAX_OUTAGE
        )
    )
    alive = Connection.state != ConnectionState.DEAUTHORISED
    counted = select(
        func.count().filter(alive, Connection.refused_at.is_not(None)),
        func.count().filter(alive, Connection.problem == rules.WORDS["KeysLost"]),
        func.count().filter(Connection.restored_at.is_not(None), Connection.ended_at.is_(None)),
    )
    refused, keyless, unconfirmed = db.session.execute(counted.select_from(Connection)).one()
    return Doubts(refused, began_at + token_refusal_rules.MAX_OUTAGE if began_at else None, keyless, unconfirmed)


def is_idle(runner_id: int, today: date) -> bool:
    """Return whether a runner has no stored run and has not run for a while, so there is nothing to delete."""
    if db.session.scalar(select(Activity.id).where(Activity.runner_id == runner_id).limit(1)) is not None:
        return False
    since = today - timedelta(days=rules.IDLE_DAYS)
    ran = select(LedgerDay.local_date).where(LedgerDay.runner_id == runner_id, LedgerDay.local_date > since)
    return db.session.scalar(ran.limit(1)) is None


_CONNECTION = Base.metadata.tables[Connection.__tablename__]
_QUOTA_REST = select(_CONNECTION.c.rest_until).where(
    _CONNECTION.c.runner_id == bindparam("runner"),
    _CONNECTION.c.rest_until > bindparam("now"),
    _CONNECTION.c.state == ConnectionState.CONNECTED,
    _CONNECTION.c.problem == rules.QUOTA_WORDS,
)


def quota_rest_of(runner_id: int, now: datetime) -> datetime | None:
    """Return until when a runner waits because their read quota is spent, None if they do not wait.

    It is a plain read on the page's own connection, since every board needs it.
    """
    rest: datetime | None = reading().execute(_QUOTA_REST, {"runner": runner_id, "now": now}).scalar()
    return rest


def is_connected(runner_id: int) -> bool:
    return (
        db.session.scalar(select(Connection.state).where(Connection.runner_id == runner_id))
        == ConnectionState.CONNECTED
    )


def connections_by_state() -> dict[str, int]:
    """Return how many connections are in each state."""
    states = select(Connection.state, func.count()).group_by(Connection.state).order_by(Connection.state)
    return dict(db.session.execute(states).all())
