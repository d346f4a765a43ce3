"""Reading connections, the inbox and what is due."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select

from webapp.activities.models import Activity
from webapp.activities.queries import batches
from webapp.challenges.models import Challenge, Entry
from webapp.extensions import db
from webapp.sync.models import Connection, FirstPull, InboxEvent, Subscription
from webapp.sync.windows import Known

SOURCE = "strava"


def connection_of(runner_id: int) -> Connection | None:
    return db.session.get(Connection, runner_id, populate_existing=True)


def first_pull_of(runner_id: int) -> FirstPull | None:
    return db.session.get(FirstPull, runner_id)


def runner_of_athlete(athlete_id: int) -> int | None:
    """Return the runner an event of this athlete is about; None for a stranger and for one who has left."""
    return db.session.scalar(
        select(Connection.runner_id).where(Connection.athlete_id == athlete_id, Connection.state != "deauthorised")
    )


def subscription() -> Subscription | None:
    return db.session.scalar(select(Subscription).order_by(Subscription.subscribed_at.desc()).limit(1))


def is_subscription(subscription_id: int) -> bool:
    return db.session.get(Subscription, subscription_id) is not None


def undone_events(runner_id: int) -> Sequence[InboxEvent]:
    """Return the events of a runner that nobody has worked off, in the order they came."""
    undone = (InboxEvent.runner_id == runner_id) & InboxEvent.done_at.is_(None)
    return db.session.scalars(select(InboxEvent).where(undone).order_by(InboxEvent.id)).all()


def known_after(runner_id: int, after: datetime) -> list[Known]:
    """Return what is held of the runner's Strava activities that start after `after`."""
    return _known(Activity.runner_id == runner_id, Activity.start_utc > after)


def known_of(runner_id: int, source_ids: Collection[str]) -> list[Known]:
    """Return those of these activities that are held."""
    of_runner = Activity.runner_id == runner_id
    return [run for ids in batches(list(source_ids)) for run in _known(of_runner, Activity.source_id.in_(ids))]


def _known(*where: ColumnElement[bool]) -> list[Known]:
    wanted = select(Activity.source_id, Activity.start_utc, Activity.start_hidden)
    return [Known(*row) for row in db.session.execute(wanted.where(Activity.source == SOURCE, *where))]


def first_challenge_date(runner_id: int) -> date | None:
    """Return the first date of the earliest challenge the runner takes part in and that is not frozen."""
    mine = select(func.min(Challenge.starts_on)).join(Entry).where(Entry.runner_id == runner_id)
    return db.session.scalar(mine.where(Challenge.frozen_at.is_(None)))


def to_sweep(now: datetime, limit: int) -> Sequence[int]:
    """Return runners with work that was committed but is not being done: events, or a first pull."""
    overdue = now - timedelta(seconds=10)
    events = exists().where(
        InboxEvent.runner_id == Connection.runner_id, InboxEvent.done_at.is_(None), InboxEvent.received_at < overdue
    )
    waits = FirstPull.state.in_(("waiting", "reading")) & (FirstPull.asked_at < overdue)
    first = exists().where(FirstPull.runner_id == Connection.runner_id, waits)
    ready = select(Connection.runner_id).where(*_ready(now), or_(events, first))
    return db.session.scalars(ready.order_by(Connection.runner_id).limit(limit)).all()


def to_look(now: datetime, look_hours: int, limit: int) -> Sequence[int]:
    """Return connections that are due for a full look, those that have waited longest first."""
    earlier = (
        exists()
        .where(Entry.runner_id == Connection.runner_id, Entry.challenge_id == Challenge.id)
        .where(Challenge.starts_on < Connection.read_from, Challenge.frozen_at.is_(None))
    )
    due = or_(
        Connection.looked_at.is_(None),
        Connection.looked_at <= now - timedelta(hours=look_hours),
        Connection.look_asked_at > Connection.looked_at,
        earlier,
    )
    longest_first = (Connection.looked_at.is_not(None), Connection.looked_at, Connection.runner_id)
    ready = select(Connection.runner_id).where(*_ready(now), due)
    return db.session.scalars(ready.order_by(*longest_first).limit(limit)).all()


def connected() -> int:
    """Return how many connections there are to read."""
    return db.session.scalar(select(func.count()).where(Connection.state == "connected")) or 0


def connections_by_state() -> dict[str, int]:
    """Return how many connections are in each state."""
    states = select(Connection.state, func.count()).group_by(Connection.state).order_by(Connection.state)
    return dict(db.session.execute(states).all())


def _ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which the rounds ask for a pull: alive, not at work, not resting."""
    return (
        # A connection that needs its owner is asked once more only when an event says that it has ended.
        or_(Connection.state == "connected", _ended_event()),
        or_(Connection.pulling_until.is_(None), Connection.pulling_until < now),
        or_(Connection.rest_until.is_(None), Connection.rest_until < now),
    )


def _ended_event() -> ColumnElement[bool]:
    undone = exists().where(
        InboxEvent.runner_id == Connection.runner_id,
        InboxEvent.done_at.is_(None),
        InboxEvent.object_type == "athlete",
    )
    return (Connection.state == "needs_reconnect") & undone
