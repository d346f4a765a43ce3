"""Reading how the installation is, for those who run it. A part of the installation that does not answer is None."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis import RedisError
from sqlalchemy import BigInteger, cast, extract, func, select

from integrations.strava.budget import BudgetState, Quarter
from webapp import queue
from webapp.admin import rules
from webapp.admin.clock_service import Step, last_step
from webapp.db import db
from webapp.extensions import budget
from webapp.metrics import queries as metrics
from webapp.models.sync import Connection, StoredEvent
from webapp.models.words import ConnectionState, SubscriptionState
from webapp.redis import redis_client
from webapp.seats import queries as seats
from webapp.seats.queries import seats_taken
from webapp.sync import planning_queries
from webapp.sync.due_queries import final_syncs_before
from webapp.sync.queries import (
    Doubts,
    DueOutlook,
    EventBacklog,
    connections_by_state,
    doubts,
    due_outlook,
    event_backlog,
    subscription,
)

FAILED_SHOWN = 20
GIVEN_UP_SHOWN = 50
MAX_COUNTED = 10_000
# What the samples are kept under: a hash of the deepest queue by quarter hour, and when the last one was taken.
DEPTHS_KEY = "chasepack:operator:depths"
SAMPLED_KEY = "chasepack:operator:sampled"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A runner whose syncs failed too often in a row. The operator does not see the name."""

    runner_id: int
    since: datetime
    failures: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription to Strava's events."""

    id: int
    callback_url: str
    since: datetime
    # What Strava last said of it; None: it was not asked yet.
    found: SubscriptionState | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Machinery:
    """What Redis says."""

    budget: BudgetState
    history: Sequence[Quarter]
    # By outcome, since Redis was last emptied.
    events: Mapping[str, int]
    signatures: Mapping[str, int]
    # Jobs by state.
    jobs: Mapping[str, int]
    failed: Sequence[queue.Failed]
    workers: int
    depths: Mapping[datetime, int]
    sampled_at: datetime | None
    clock_step: Step | None


@dataclass(frozen=True, slots=True)
class People:
    """What the database says of connections and events."""

    states: Mapping[str, int]
    # Full resyncs that will be due, connections that rest after a failure, and connections that are given up.
    outlook: DueOutlook
    doubts: Doubts
    given_up_list: Sequence[GivenUp]
    oldest_resync: datetime | None
    events: EventBacklog
    events_by_hour: Mapping[datetime, int]
    subscription: Subscribed | None


@dataclass(frozen=True, slots=True)
class Next:
    """What the planner would do now: how many runners by reason, and in all of how many that may be due."""

    by_reason: Mapping[str, int]
    considered: int
    # Final syncs that are due within a day, counted up to `MAX_COUNTED`.
    last_reads: int


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats taken, of how many (None: no number is set), what Strava last said, and who waits."""

    taken: int
    limit: int | None
    full_said_at: datetime | None
    waiting: Sequence[seats.Waiting]


def machinery() -> Machinery | None:
    """Return what Redis says, or None where it does not answer."""
    in_redis = metrics.in_redis()
    try:
        return _machinery(in_redis) if in_redis else None
    except RedisError:
        return None


def _machinery(in_redis: metrics.InRedis) -> Machinery:
    redis = redis_client()
    sampled = redis.get(SAMPLED_KEY)
    return Machinery(
        budget=in_redis.budget,
        history=budget().history(),
        events=_of_events(in_redis.counts),
        signatures=_counted(in_redis.counts, "signature:", rules.SIGNATURES),
        jobs=in_redis.jobs,
        failed=queue.failed(FAILED_SHOWN),
        workers=in_redis.workers,
        depths={_moment(start): int(depth) for start, depth in redis.hgetall(DEPTHS_KEY).items()},
        sampled_at=_moment(sampled) if sampled else None,
        clock_step=last_step(),
    )


def _of_events(counts: Mapping[str, int]) -> dict[str, int]:
    return _counted(counts, "event:", rules.EVENTS)


def _counted(counts: Mapping[str, int], prefix: str, kinds: Mapping[str, str]) -> dict[str, int]:
    return {kind: counts[prefix + kind] for kind in kinds if counts.get(prefix + kind)}


def _moment(second: bytes | str) -> datetime:
    return datetime.fromtimestamp(int(second), UTC)


def people(now: datetime) -> People:
    """Return what the database says of connections and events."""
    by_state = connections_by_state()
    connected = Connection.state == ConnectionState.CONNECTED
    return People(
        states={state: by_state[state] for state in rules.STATES if state in by_state},
        outlook=due_outlook(now),
        doubts=doubts(now),
        given_up_list=_given_up(),
        oldest_resync=db.session.scalar(select(func.min(Connection.last_full_resync_at)).where(connected)),
        events=event_backlog(),
        events_by_hour=_events_by_hour(now),
        subscription=_subscribed(),
    )


def _subscribed() -> Subscribed | None:
    found = subscription()
    if found is None:
        return None
    return Subscribed(found.id, found.callback_url, found.subscribed_at, found.found, found.checked_at)


def _given_up() -> list[GivenUp]:
    columns = (Connection.runner_id, Connection.gave_up_at, Connection.failures, Connection.problem)
    given_up = (Connection.state == ConnectionState.CONNECTED, Connection.gave_up_at.is_not(None))
    longest = select(*columns).where(*given_up).order_by(Connection.gave_up_at)
    rows = db.session.execute(longest.limit(GIVEN_UP_SHOWN))
    return [GivenUp(runner_id, since, failures, problem) for runner_id, since, failures, problem in rows if since]


def _events_by_hour(now: datetime) -> dict[datetime, int]:
    first = rules.starts(now, rules.HOUR)[0]
    # Hours since the epoch, which has no time zone. PostgreSQL rounds where SQLite cuts; half a second is nothing here.
    hour = cast(extract("epoch", StoredEvent.received_at), BigInteger) // 3600
    counted = select(hour, func.count()).where(StoredEvent.received_at >= first).group_by(hour)
    epoch = datetime.fromtimestamp(0, UTC)
    return {epoch + timedelta(hours=int(at)): number for at, number in db.session.execute(counted)}


def next_round(state: BudgetState, quiet_s: float, now: datetime) -> Next:
    """Return what the planner would do now, and what is due soon. Makes no call to Strava."""
    made = planning_queries.make(now, state, quiet_s)
    reasons = Counter(sync.reason.value for sync in made.syncs)
    by_reason = {reason: reasons[reason] for reason in rules.PLANNED if reasons[reason]}
    return Next(by_reason, made.considered, final_syncs_before(now, now + rules.DRAWN, MAX_COUNTED))


def seats_and_line(limit: int | None, now: datetime) -> Seats:
    """Return the number of seats that are taken, and the people in the queue for one."""
    full = seats.last_full()
    return Seats(seats_taken(), limit, full.at if full else None, seats.waiting(limit, now))
