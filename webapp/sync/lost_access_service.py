"""What follows when Strava refuses to renew a token, and when it renews one after all. All of it commits.

Refusals are assessed one at a time (`_one_at_a_time`), so that two that come together both count. That lock is taken
before those of runners, connections and boards, in that order.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update

from webapp.activities.queries import lock_runners
from webapp.db import db, write_transaction
from webapp.facts.service import withdraw_facts_for
from webapp.leaderboards.service import show_runner
from webapp.models.sync import Connection, RefusalOutage
from webapp.models.words import ConnectionState, FactKind
from webapp.sync import token_refusal_rules
from webapp.sync.service import end_connection
from webapp.sync.token_refusal_rules import Tally

log = logging.getLogger(__name__)

# PostgreSQL's advisory lock for assessing refusals: an arbitrary number, the same in every process.
REFUSAL_LOCK = 726_101_979


class Outcome(StrEnum):
    """What a refusal turned out to be."""

    ENDED = "ended"
    OUTAGE = "outage"
    # The runner has connected again meanwhile, so the refused token is an older one.
    SUPERSEDED = "superseded"


def record_refusal(runner_id: int, sealed_refresh: str, now: datetime) -> Outcome:
    """Handle a refresh token that Strava refused (`sealed` identifies it): hide its runner, or recognise an outage."""
    with write_transaction():
        outcome = _judge_refusal(runner_id, sealed_refresh, now)
    if outcome is Outcome.ENDED:
        log.warning("connection ended: Strava refuses to refresh its token", extra={"runner": runner_id})
    return outcome


def _judge_refusal(runner_id: int, sealed_refresh: str, now: datetime) -> Outcome:
    _one_at_a_time()
    hidden = _hidden_of_late(now)
    lock_runners({runner_id, *hidden})
    mine = (Connection.runner_id == runner_id) & (Connection.refresh_token == sealed_refresh)
    connection = db.session.scalar(select(Connection).where(mine).with_for_update())
    if connection is None:
        return Outcome.SUPERSEDED
    connection.refreshing_until = None
    if connection.restored_at is not None:
        # The token of a backup may be an older one, so its refusal says nothing about an outage.
        end_connection(runner_id, now, token_refusal_rules.UNCONFIRMED_WORDS)
        return Outcome.ENDED
    connection.refresh_tried_at, connection.refused_at = now, connection.refused_at or now
    db.session.flush()
    if open_outage(now) is None and not _recognise_outage(now):
        end_connection(runner_id, now, token_refusal_rules.REFUSED_WORDS, refused_at=connection.refused_at)
        return Outcome.ENDED
    # Runners hidden just before the outage was recognised come back as well.
    _put_in_doubt({runner_id, *hidden}, now)
    return Outcome.OUTAGE


def record_success(runner_id: int, now: datetime) -> None:
    """Handle the renewal of a token that had been refused or restored from a backup: show its runner if hidden."""
    with write_transaction():
        _one_at_a_time()
        lock_runners([runner_id])
        proven = (Connection.runner_id == runner_id) & (Connection.state == ConnectionState.DEAUTHORISED)
        back = update(Connection).where(proven).values(restored_at=None, **_connected()).returning(Connection.runner_id)
        if db.session.scalar(back) is not None:
            show_runner(runner_id)
            withdraw_facts_for(FactKind.CONNECTION, [runner_id], now)
        outage = open_outage(now)
        if outage is not None and not token_refusal_rules.is_outage(_tally_in_doubt(now)):
            outage.over_at = now
            log.warning("Strava refreshes tokens again")


def open_outage(now: datetime) -> RefusalOutage | None:
    """Return the outage that excuses refusals now. One that has run out is closed."""
    latest = select(RefusalOutage).where(RefusalOutage.over_at.is_(None)).order_by(RefusalOutage.id.desc()).limit(1)
    outage = db.session.scalar(latest)
    if outage is not None and token_refusal_rules.has_run_out(outage.began_at, now):
        outage.over_at = now
        log.error("Strava has refused many tokens for two days: each refusal counts on its own now")
        return None
    return outage


def is_outage_open(now: datetime) -> bool:
    """Return whether an outage excuses refusals now. Commits."""
    with write_transaction():
        return open_outage(now) is not None


def _one_at_a_time() -> None:
    # SQLite has one writer in any case.
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": REFUSAL_LOCK})


def _recognise_outage(now: datetime) -> bool:
    """Open an outage if enough tokens are refused; return whether it is one."""
    tally = _tally(now)
    if not token_refusal_rules.is_outage(tally):
        return False
    db.session.add(RefusalOutage(began_at=now))
    log.error("Strava refuses %s of %s tokens tried within an hour: an outage", tally.refused, tally.tried)
    return True


def _put_in_doubt(runner_ids: Collection[int], now: datetime) -> None:
    """Leave or restore the connections of these runners, and try again in an hour."""
    theirs = update(Connection).where(Connection.runner_id.in_(runner_ids))
    hidden = theirs.where(Connection.state == ConnectionState.DEAUTHORISED).values(**_connected())
    back = db.session.scalars(hidden.returning(Connection.runner_id)).all()
    db.session.execute(theirs.values(rest_until=now + token_refusal_rules.RETRY_AFTER))
    shown = theirs.where(Connection.state == ConnectionState.CONNECTED)
    db.session.execute(shown.values(problem=token_refusal_rules.OUTAGE_WORDS))
    for runner_id in back:
        show_runner(runner_id)
    withdraw_facts_for(FactKind.CONNECTION, back, now)


def _connected() -> dict[str, object]:
    return {
        "state": ConnectionState.CONNECTED,
        "ended_at": None,
        "problem": None,
        "next_full_resync_at": None,
        "rest_until": None,
    }


def _counted(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a refusal may belong to an outage: of the last hour, not of an earlier one."""
    over_at = select(func.max(RefusalOutage.over_at)).scalar_subquery()
    tried = Connection.refresh_tried_at > now - token_refusal_rules.WITHIN
    return and_(tried, Connection.refused_at.is_not(None), or_(over_at.is_(None), Connection.refused_at > over_at))


def _hidden_of_late(now: datetime) -> list[int]:
    hidden = select(Connection.runner_id).where(Connection.state == ConnectionState.DEAUTHORISED, _counted(now))
    return list(db.session.scalars(hidden))


def _tally(now: datetime) -> Tally:
    tried = Connection.refresh_tried_at > now - token_refusal_rules.WITHIN
    counted = select(func.count().filter(tried), func.count().filter(_counted(now))).select_from(Connection)
    return Tally(*db.session.execute(counted).one())


def _tally_in_doubt(now: datetime) -> Tally:
    """Return how many tokens are still refused in an outage, since whenever, and how many were tried recently."""
    in_doubt = Connection.refused_at.is_not(None) & (Connection.state != ConnectionState.DEAUTHORISED)
    tried = Connection.refresh_tried_at > now - token_refusal_rules.TRIED_WITHIN
    counted = select(func.count().filter(tried), func.count().filter(in_doubt)).select_from(Connection)
    return Tally(*db.session.execute(counted).one())
