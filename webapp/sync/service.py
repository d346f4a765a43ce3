"""Writes about connections: events, imports, resyncs, the subscription. Commits only where it says so."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from integrations.strava.types import ActivityRow, PushEvent
from integrations.strava.webhook import Subscriptions
from webapp.activities.service import Ingested, ingest
from webapp.db import db, write_transaction
from webapp.directory.fit_service import withdraw_counts_of
from webapp.facts.service import record_fact
from webapp.job_names import Job
from webapp.leaderboards.service import hide_runner
from webapp.models.challenges import Entry
from webapp.models.sync import Connection, InitialImport, StoredEvent, Subscription
from webapp.models.words import UNFINISHED, ConnectionState, FactKind, ImportState
from webapp.queue import after_commit
from webapp.scoring.service import rederive_together
from webapp.streaks.come_back_service import record_come_back
from webapp.sync import queries, rules, window_rules


def read_in(
    runner_id: int,
    rows: Sequence[ActivityRow],
    gone: Collection[str] = (),
    *,
    raw_from: date | None = None,
    claims: Mapping[str, int] = MappingProxyType({}),
    now: datetime,
) -> tuple[Ingested, set[int]]:
    """Ingest runs and derive what follows; return what changed, and the challenges whose boards are published.

    `raw_from`, `claims`, `now`: as for `ingest`. A read that reaches further back than before lowers `read_from`
    first.
    """
    taken = ingest(runner_id, rows, gone, raw_from=raw_from, claims=claims, now=now)
    boards = rederive_together({runner_id: taken.dates, **taken.handed_over}, now)
    for one, dates in {runner_id: taken.dates, **taken.handed_over}.items():
        record_come_back(one, dates, now)
    return taken, boards


def begin_initial_import(runner_id: int, now: datetime) -> None:
    """Begin the initial import, which the runner watches. Enqueues Job.PLAN_SYNCS.

    For a runner who comes back or tries again, it begins again.
    """
    progress = db.session.get(InitialImport, runner_id) or InitialImport(runner_id=runner_id)
    progress.state, progress.pages_read, progress.runs_ingested = ImportState.WAITING, 0, 0
    progress.asked_at, progress.ended_at, progress.problem = now, None, None
    db.session.add(progress)
    db.session.execute(update(Connection).where(Connection.runner_id == runner_id).values(rest_until=None))
    after_commit(Job.PLAN_SYNCS)


def request_older_resyncs(challenge_id: int, starts_on: date, runner_id: int | None = None) -> None:
    """Enqueue a backfill for runners who entered a challenge that reaches further back than their stored runs.

    `runner_id`: only this one, who has just entered.
    """
    entered = select(Entry.runner_id).where(Entry.challenge_id == challenge_id)
    if runner_id is not None:
        entered = entered.where(Entry.runner_id == runner_id)
    mine = Connection.runner_id.in_(entered) & (Connection.read_from >= starts_on)
    # In a fixed order, so that two challenges that are started at once never wait for each other.
    in_order = select(Connection.runner_id).where(mine).order_by(Connection.runner_id).with_for_update()
    if db.session.scalars(in_order).all():
        deeper = update(Connection).where(mine).values(next_full_resync_at=None)
        db.session.execute(deeper, execution_options={"synchronize_session": False})


def store_event(event: PushEvent, now: datetime) -> int | None:
    """Store an event and return its runner, whom the planner will find.

    Returns None and stores nothing for an athlete who is not connected here, and for activities of a runner who has to
    connect again, which reads everything. Nothing that the event says is trusted.
    """
    if rules.is_deauthorisation(event.object_type, event.updates):
        _believe_refusal(event.owner_id)
    found = queries.connection_of_athlete(event.owner_id)
    if found is None or (found.state != ConnectionState.CONNECTED and event.object_type == "activity"):
        return None
    if found.gave_up_at is not None or rules.removes(event.aspect, event.updates):
        # Something new came in after we gave up, so we try once more. Hidden or deleted runs never wait.
        db.session.execute(update(Connection).where(Connection.runner_id == found.runner_id).values(rest_until=None))
    row = StoredEvent(
        runner_id=found.runner_id,
        received_at=now,
        object_type=event.object_type,
        object_id=event.object_id,
        aspect=event.aspect,
        updates=event.updates,
        event_time=event.event_time,
        small=event.object_type == "activity" and event.aspect == "update" and not event.updates,
    )
    db.session.add(row)
    return found.runner_id


def _believe_refusal(athlete_id: int) -> None:
    """Record that an event confirms a refused token: no outage excuses that refusal any more."""
    refused = (Connection.athlete_id == athlete_id) & (Connection.state == ConnectionState.DEAUTHORISED)
    db.session.execute(update(Connection).where(refused, Connection.refused_at.is_not(None)).values(refused_at=None))


def ask_again(runner_id: int, source_ids: Collection[str], why: dict[str, str], now: datetime) -> None:
    """Have activities asked for again in some minutes, by a stored event of our own.

    `why`: `queries.MISSED` for stored ones that a read did not find, `queries.UNMEASURED` for new ones with no figures.
    """
    if not source_ids:
        return
    noted = {str(event.object_id) for event in queries.pending_events(runner_id) if event.updates == why}
    aspect = "delete" if why == queries.MISSED else "update"
    values: dict[str, Any] = {"object_type": "activity", "aspect": aspect, "updates": why, "event_time": now}
    when = {"received_at": now, "retry_at": now + window_rules.NOTE_RETRY}
    for source_id in sorted(set(source_ids) - noted):
        db.session.add(StoredEvent(runner_id=runner_id, object_id=int(source_id), **values, **when))


def request_resync(runner_id: int, now: datetime, pause: timedelta = rules.RESYNC_PAUSE) -> bool:
    """Have everything read again soon. Enqueues Job.PLAN_SYNCS. Returns False if that was requested within `pause`."""
    rested = or_(Connection.full_resync_asked_at.is_(None), Connection.full_resync_asked_at <= now - pause)
    asked = (
        update(Connection)
        .where(Connection.runner_id == runner_id, Connection.state == ConnectionState.CONNECTED, rested)
        .values(full_resync_asked_at=now, next_full_resync_at=None, rest_until=None)
        .returning(Connection.runner_id)
    )
    if db.session.scalar(asked) is None:
        return False
    after_commit(Job.PLAN_SYNCS)
    return True


def end_connection(
    runner_id: int, now: datetime, words: str = rules.DEAUTHORISED_WORDS, *, refused_at: datetime | None = None
) -> None:
    """Record that the runner's connection has ended, because of `words`, and hide them from every board at once.

    `refused_at`: since when Strava refuses its token, where no event said that it ended. Nothing is erased yet. Pending
    events are closed, because connecting again reads everything.
    """
    db.session.execute(
        update(Connection)
        .where(Connection.runner_id == runner_id)
        .values(state=ConnectionState.DEAUTHORISED, problem=words, refused_at=refused_at)
        .values(syncing_until=None, refreshing_until=None)
        .values(ended_at=func.coalesce(Connection.ended_at, now))
    )
    undone = (StoredEvent.runner_id == runner_id) & StoredEvent.done_at.is_(None)
    db.session.execute(update(StoredEvent).where(undone).values(done_at=now))
    unfinished = InitialImport.state.in_(UNFINISHED)
    db.session.execute(
        update(InitialImport)
        .where(InitialImport.runner_id == runner_id, unfinished)
        .values(state=ImportState.FAILED, problem=words, ended_at=now)
    )
    hide_runner(runner_id)
    withdraw_counts_of(runner_id, now)
    record_lost_connection(runner_id, now)


def record_lost_connection(runner_id: int, now: datetime) -> None:
    """Have a runner told that only they can bring their connection back, once a day at most."""
    record_fact(FactKind.CONNECTION, f"{runner_id}:{now:%Y-%m-%d}", now, runner_id=runner_id)


def purge_old_events(now: datetime) -> None:
    """Remove events that were processed long ago. Commits."""
    with write_transaction():
        db.session.execute(delete(StoredEvent).where(StoredEvent.done_at < now - rules.KEEP_EVENTS))


def subscribe(strava: Subscriptions, callback_url: str, verify_token: str, now: datetime) -> int:
    """Have Strava post events to `callback_url`, and store the subscription's id. Commits. Returns the id.

    There can be only one: the right one is kept, another is replaced. The result of earlier checks is cleared. Raises
    StravaError.
    """
    registered = strava.list()
    right = next((one for one in registered if one.callback_url == callback_url), None)
    for other in registered:
        if other is not right:
            strava.unsubscribe(other.id)
    made = right or strava.subscribe(callback_url, verify_token)
    with write_transaction():
        known = db.session.get(Subscription, made.id, populate_existing=True) if right else None
        _delete_others(made.id)
        since = known.subscribed_at if known else now
        # All results: Strava may reuse the id.
        again = {"callback_url": callback_url, "subscribed_at": since, "found": None, "checked_at": None}
        db.session.merge(Subscription(id=made.id, **again))
    return made.id


def unsubscribe(strava: Subscriptions) -> int:
    """End every subscription. Commits. Returns how many there were. Raises StravaError."""
    ended = sum(strava.unsubscribe(one.id) for one in strava.list())
    with write_transaction():
        _delete_others(-1)
    return ended


def _delete_others(subscription_id: int) -> None:
    db.session.execute(delete(Subscription).where(Subscription.id != subscription_id))
