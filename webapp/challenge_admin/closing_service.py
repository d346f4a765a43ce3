"""Closing and freezing challenges whose days are over. Nothing here commits."""

from datetime import datetime

from sqlalchemy import delete, select, update

from webapp.challenge_admin.closing_queries import is_ripe, job_awaited
from webapp.challenges.queries import is_closed
from webapp.db import db
from webapp.errors import Problem
from webapp.facts.service import record_fact
from webapp.groups.audit_service import record_audit
from webapp.job_names import Job
from webapp.leaderboards.service import bump_version
from webapp.models.challenges import Challenge, ChallengeLeaver
from webapp.models.words import FactKind
from webapp.queue import after_commit
from webapp.results.service import store_results
from webapp.rulebook.lifecycle import days_end_at
from webapp.sync.last_read_queries import unread_count


class DaysNotOver(Problem):
    """The challenge cannot be closed yet."""

    title = "Its days are not over yet"
    message = "A challenge under way is left to run, or deleted with everything in it."
    status = 409


def close(challenge: Challenge, now: datetime) -> bool:
    """Close a challenge before its grace time is over; return False if it is closed already. Raises DaysNotOver.

    Enqueues Job.CLOSE_CHALLENGE, which freezes it at once if everybody was read.
    """
    if is_closed(challenge, now):
        return False
    if now < days_end_at(challenge.ends_on):
        raise DaysNotOver
    challenge.closed_at = now
    bump_version([challenge.id])
    after_commit(Job.CLOSE_CHALLENGE, challenge.id)
    return True


def freeze(challenge_id: int, now: datetime) -> None:
    """Freeze a challenge if it is time and its board is complete: its totals become its results.

    Nothing derives them again after that. Otherwise enqueues the job that the board still waits for. A challenge that
    another transaction is writing to is left to the next sweep.
    """
    mine = select(Challenge).where(Challenge.id == challenge_id, Challenge.frozen_at.is_(None))
    # The strong lock: meanwhile no run is ingested for it, and its board is not published.
    locked = mine.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    challenge = db.session.scalar(locked)
    if challenge is None or not is_ripe(challenge, now):
        return
    missing = job_awaited(challenge)
    if missing is not None:
        after_commit(missing, challenge_id)
        return
    unfrozen = update(Challenge).where(Challenge.id == challenge_id, Challenge.frozen_at.is_(None))
    db.session.execute(unfrozen.values(frozen_at=now, unread=unread_count(challenge)))
    db.session.execute(delete(ChallengeLeaver).where(ChallengeLeaver.challenge_id == challenge_id))
    store_results(challenge_id)
    record_audit(challenge.group_id, "challenge_closed", None, now, challenge_id=challenge_id)
    if challenge.created_at < days_end_at(challenge.ends_on):  # months filled in afterwards are no news
        record_fact(FactKind.CHALLENGE_FINAL, challenge_id, now, group_id=challenge.group_id, challenge_id=challenge_id)
