"""Finding the connections that may be due, by index and limited for each kind, so every round costs the same."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, case, cast, func, or_, select

from webapp.db import db
from webapp.models.challenges import Challenge, Entry
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.models.words import UNFINISHED, ConnectionState
from webapp.rulebook.lifecycle import closes_at, days_end_at, ended_by
from webapp.sync import rules, token_refusal_rules
from webapp.sync.last_read_queries import owes_read, unfrozen_ends
from webapp.sync.queries import PendingEvent
from webapp.sync.rules import DueConnection

MAX_OF_A_KIND = 500
# The oldest events; one runner may have many of them.
MAX_EVENTS = 2_000

_BASE = (
    Connection.runner_id, Connection.state, Connection.last_full_resync_at, Connection.next_full_resync_at,
    Connection.full_resync_asked_at, Connection.rest_until, Connection.syncing_until,
)  # fmt: skip

Found = dict[int, DueConnection]
Wanted = Select[*tuple[Any, ...]]


def due(now: datetime) -> list[DueConnection]:
    """Return the connections that may be due now, with everything that the planner needs to know about them."""
    found: Found = {}
    ready = _ready(now)
    _add_unproven(found, now, *ready)
    _add_initial_imports(found, now, *ready)
    _add_events(found, now, *ready)
    _add_resyncs(found, now, *ready)
    ends = unfrozen_ends(now)
    for row in _final_syncs_due(now, ready, ends):
        _add_final_sync(found, now, row)
    _add_final_syncs_of(found, now, ends)
    return list(found.values())


def of(
    connection: Connection, watched_since: datetime | None, events: Sequence[PendingEvent], now: datetime
) -> DueConnection:
    """Return what the planner knows about one runner, resting or not. `events`: those to be asked about now."""
    runner_id = connection.runner_id
    base = _base([getattr(connection, column.key) for column in _BASE], now)
    one = with_events(replace(base, watched_since=watched_since), events, now)
    found: Found = {runner_id: one}
    mine = _joined(select(Challenge.ends_on).distinct()).where(Entry.runner_id == runner_id)
    ended = mine.where(Challenge.frozen_at.is_(None), Challenge.ends_on <= ended_by(now))
    _add_final_syncs_of(found, now, db.session.scalars(ended).all())
    return found[runner_id]


def with_events(one: DueConnection, events: Sequence[PendingEvent], now: datetime) -> DueConnection:
    """Return the candidate with what these events, and no others, make due."""
    of_activities = [event for event in events if event.object_type == "activity"]
    hints = [event for event in of_activities if event.small and event.received_at > now - rules.HINT_WAIT]
    return replace(
        one,
        event_at=min((event.received_at for event in of_activities if event not in hints), default=None),
        hint_at=min((event.received_at for event in hints), default=None),
        ended=len(of_activities) < len(events),
    )


def final_syncs_before(now: datetime, end: datetime, limit: int) -> int:
    """Return how many runners need a final sync whose turn comes before `end`; counted up to `limit`."""
    count = 0
    for ends_on in unfrozen_ends(end):
        share = _slot_before(ends_on, end)
        owing = _joined(select(Entry.runner_id).distinct())
        wanted = owing.where(*_owing(ends_on), share).limit(limit)
        count += db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    return min(count, limit)


# Grants that may have ended ---------------------------------------------------------------------------------------


def unproven(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a grant is in doubt: it comes from a backup, or nothing is read with it."""
    restored = Connection.restored_at.is_not(None) & Connection.ended_at.is_(None)
    tried = Connection.refresh_tried_at
    unread = or_(tried.is_(None), tried <= now - token_refusal_rules.CHECK_AFTER)
    return or_(
        (Connection.state == ConnectionState.DEAUTHORISED) & restored,
        (Connection.state == ConnectionState.NEEDS_RECONNECT) & unread,
    )


def _add_unproven(found: Found, now: datetime, *where: ColumnElement[bool]) -> None:
    """Add the runners whose grant is to be checked, which costs no read."""
    for row in _rows(select(*_BASE).where(unproven(now), *where).order_by(Connection.refresh_tried_at)):
        _merge(found, row, now, ended=True)


# Initial imports, events, full resyncs ----------------------------------------------------------------------------


def _add_initial_imports(found: Found, now: datetime, *where: ColumnElement[bool]) -> None:
    waiting = (
        select(*_BASE, InitialImport.asked_at)
        .join(InitialImport, InitialImport.runner_id == Connection.runner_id)
        .where(InitialImport.state.in_(UNFINISHED), Connection.state == ConnectionState.CONNECTED, *where)
        .order_by(InitialImport.asked_at)
    )
    for row in _rows(waiting):
        _merge(found, row, now, watched_since=row[-1])


def _add_events(found: Found, now: datetime, *where: ColumnElement[bool]) -> None:
    """Add the runners with events to be asked about now, the oldest first, limited before they are grouped."""
    hint = StoredEvent.small & (StoredEvent.received_at > now - rules.HINT_WAIT)
    columns = (StoredEvent.runner_id, StoredEvent.received_at, StoredEvent.object_type, hint.label("hint"))
    ripe = or_(StoredEvent.retry_at.is_(None), StoredEvent.retry_at <= now)
    alive = or_(Connection.state == ConnectionState.CONNECTED, StoredEvent.object_type == "athlete")
    oldest = (
        select(*columns)
        .join(Connection, Connection.runner_id == StoredEvent.runner_id)
        .where(StoredEvent.done_at.is_(None), ripe, alive, Connection.state != ConnectionState.DEAUTHORISED, *where)
        .order_by(StoredEvent.received_at)
        .limit(MAX_EVENTS)
        .subquery()
    )
    ended = func.max(case((oldest.c.object_type == "athlete", 1), else_=0))
    of_activity = oldest.c.object_type != "athlete"
    first = func.min(case((of_activity & oldest.c.hint.is_(False), oldest.c.received_at)))
    hinted = func.min(case((of_activity & oldest.c.hint.is_(True), oldest.c.received_at)))
    waiting = (
        select(*_BASE, hinted, first, ended)
        .join(oldest, oldest.c.runner_id == Connection.runner_id)
        .group_by(*_BASE)
        .order_by(func.min(oldest.c.received_at))
    )
    for row in _rows(waiting):
        _merge(found, row, now, hint_at=row[-3], event_at=row[-2], ended=bool(row[-1]))


def _add_resyncs(found: Found, now: datetime, *where: ColumnElement[bool]) -> None:
    """Add the runners whose full resync is due: those without a time, and those overdue, the longest overdue first."""
    connected = select(*_BASE).where(Connection.state == ConnectionState.CONNECTED, *where)
    ahead = Connection.next_full_resync_at > now + rules.GONE_WITHIN
    at_once = connected.where(or_(Connection.next_full_resync_at.is_(None), ahead))
    overdue = connected.where(Connection.next_full_resync_at <= now).order_by(Connection.next_full_resync_at)
    for wanted in (at_once, overdue):
        for row in _rows(wanted):
            _merge(found, row, now)


# Final syncs ------------------------------------------------------------------------------------------------------


def _owing(ends_on: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which an entry of a challenge that ended then needs a final sync, and can be read."""
    return Challenge.frozen_at.is_(None), Connection.state == ConnectionState.CONNECTED, owes_read(ends_on)


def _slot_before(ends_on: date, now: datetime) -> ColumnElement[bool]:
    """Return whether a runner's turn (`rules.final_sync_of`) comes before `now`, as the database computes it."""
    passed_s = int(min((now - days_end_at(ends_on)).total_seconds(), 10**8))
    place = cast(Entry.runner_id, BigInteger) * 617 % 1000
    spread_s = 3600 * rules.FINAL_SYNC_SPREAD / 1000
    in_turn = place * Challenge.grace_hours * round(spread_s * 100) <= passed_s * 100
    # Nobody's turn comes after the closing.
    return or_(Challenge.closed_at <= now, in_turn)


def _final_syncs_due(
    now: datetime, ready: Iterable[ColumnElement[bool]], ends: Sequence[date]
) -> list[Row[*tuple[Any, ...]]]:
    rows: list[Row[*tuple[Any, ...]]] = []
    for ends_on in ends:
        wanted = _final_sync_rows().where(*_owing(ends_on), *ready, _slot_before(ends_on, now))
        rows += _rows(wanted.order_by(Challenge.grace_hours, Entry.id))
    return rows


def _add_final_syncs_of(found: Found, now: datetime, ends: Sequence[date]) -> None:
    """Add the final syncs that the runners found so far need, due or not."""
    for ends_on in ends if found else ():
        for row in db.session.execute(_final_sync_rows().where(*_owing(ends_on), Entry.runner_id.in_(found))):
            _add_final_sync(found, now, row)


def _final_sync_rows() -> Wanted:
    return _joined(select(*_BASE, Challenge.ends_on, Challenge.grace_hours, Challenge.closed_at, Entry.joined_at))


def _joined(wanted: Wanted) -> Wanted:
    return (
        wanted.select_from(Entry)
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .join(Connection, Connection.runner_id == Entry.runner_id)
    )


def _add_final_sync(found: Found, now: datetime, row: Sequence[Any]) -> None:
    runner_id, (*times, joined_at) = row[0], row[-4:]
    final_sync = rules.final_sync_of(days_end_at(times[0]), closes_at(*times), joined_at, runner_id)
    other = found[runner_id].final_sync if runner_id in found else None
    # One read serves all of them, so the most urgent counts.
    _merge(found, row, now, final_sync=min(final_sync, other, key=lambda one: one.deadline) if other else final_sync)


# What they have in common -----------------------------------------------------------------------------------------


def _ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a connection can be synced: no worker has it, and it does not rest."""
    return (
        or_(Connection.syncing_until.is_(None), Connection.syncing_until < now),
        or_(Connection.rest_until.is_(None), Connection.rest_until < now, Connection.rest_until > now + rules.MAX_REST),
    )


def _rows(wanted: Wanted) -> Sequence[Row[*tuple[Any, ...]]]:
    return db.session.execute(wanted.limit(MAX_OF_A_KIND)).all()


def _base(row: Sequence[Any], now: datetime) -> DueConnection:
    runner_id, state, last_resync_at, resync_at, asked_at, rest_until, busy_until = row[: len(_BASE)]
    # No full resync is ever set this far ahead: the clock was put back since, so the last time is wrong, too.
    if resync_at is not None and resync_at > now + rules.GONE_WITHIN:
        resync_at = None
    asked = asked_at is not None and (last_resync_at is None or last_resync_at > now or asked_at > last_resync_at)
    return DueConnection(
        runner_id,
        connected=state == ConnectionState.CONNECTED,
        asked_at=asked_at if asked else None,
        resync_due=resync_at is None or resync_at <= now,
        resync_at=resync_at,
        last_resync_at=last_resync_at,
        rest_until=rest_until,
        busy_until=busy_until,
    )


def _merge(found: Found, base: Sequence[Any], now: datetime, **changes: Any) -> None:
    one = found.get(base[0]) or _base(base, now)
    found[one.runner_id] = replace(one, **changes)
