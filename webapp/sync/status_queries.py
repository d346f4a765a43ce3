"""Reading the sync status of a runner."""

import contextlib
from dataclasses import replace
from datetime import datetime

from redis import RedisError
from sqlalchemy import bindparam, func, select

from integrations.strava.budget import BudgetState
from webapp.auth.rules import until_in_words
from webapp.db import db
from webapp.extensions import budget
from webapp.models.sync import InitialImport, StoredEvent
from webapp.models.words import ConnectionState
from webapp.sync.queries import connection_of, quota_rest_of
from webapp.sync.status_rules import StoredConnection, SyncStatus, describe


def status_of(runner_id: int, now: datetime) -> SyncStatus:
    """Return the state of a runner's connection, in words for them."""
    stored = _stored_connection(runner_id)
    if stored.state == ConnectionState.CONNECTED and stored.has_something_to_read:
        until, why = _limit()
        stored = replace(stored, limited_until=until, closed_why=why)
    return describe(stored, now)


def share_wait_of(runner_id: int, now: datetime) -> str | None:
    """Return in words when a runner over their read quota is read next, None if they do not wait."""
    until = quota_rest_of(runner_id, now)
    return until_in_words(until, now) if until else None


def _stored_connection(runner_id: int) -> StoredConnection:
    connection = connection_of(runner_id)
    if connection is None:
        return StoredConnection()
    whose = {"runner": runner_id}
    return StoredConnection(
        state=connection.state,
        problem=connection.problem,
        last_full_resync_at=connection.last_full_resync_at,
        next_full_resync_at=connection.next_full_resync_at,
        full_resync_asked_at=connection.full_resync_asked_at,
        failures=connection.failures,
        rest_until=connection.rest_until,
        gave_up_at=connection.gave_up_at,
        syncing_until=connection.syncing_until,
        ended_at=connection.ended_at,
        restored_at=connection.restored_at,
        waiting=db.session.scalar(_UNDONE, whose) or 0,
        initial_import=db.session.scalar(_INITIAL_IMPORT, whose),
    )


_UNDONE = select(func.count()).where(StoredEvent.runner_id == bindparam("runner"), StoredEvent.done_at.is_(None))
_INITIAL_IMPORT = select(InitialImport.state).where(InitialImport.runner_id == bindparam("runner"))


def _limit() -> tuple[datetime | None, str | None]:
    """Return until when Strava refuses all reads, and why. Unknown without Redis."""
    with contextlib.suppress(RedisError):
        state = budget().state()
        return _spent_until(state), state.closed_why
    return None, None


def _spent_until(state: BudgetState) -> datetime | None:
    spent = [window.turns_at for window in (state.quarter, state.day) if not window.left]
    return max([*spent, *filter(None, [state.closed_until])], default=None)
