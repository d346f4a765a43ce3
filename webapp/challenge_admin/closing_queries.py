"""Which challenges are over, and what each still waits for before it is frozen."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from webapp.db import db
from webapp.entries.baseline_service import entries_without_baseline
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.models.scoring import Standing
from webapp.rulebook.lifecycle import ended_by, may_freeze
from webapp.sync.last_read_queries import unread_count


def to_freeze(now: datetime) -> Sequence[int]:
    """Return the challenges whose days are over and that are not frozen, the oldest first."""
    ended = select(Challenge.id).where(Challenge.frozen_at.is_(None), Challenge.ends_on <= ended_by(now))
    return db.session.scalars(ended.order_by(Challenge.ends_on, Challenge.id)).all()


def is_ripe(challenge: Challenge, now: datetime) -> bool:
    """Return whether a challenge is closed, and every final sync is done or has been waited for long enough."""
    times = (challenge.closes_at, challenge.created_at)
    # Counting the runners reads many rows, so the time is compared first.
    return may_freeze(*times, 0, now) and may_freeze(*times, unread_count(challenge), now)


def job_awaited(challenge: Challenge) -> Job | None:
    """Return the job that the board of a finished challenge still waits for, or None when all is done."""
    if challenge.is_changing:
        return Job.CHANGE_RULES
    due = select(Entry.id).join(Runner, Runner.id == Entry.runner_id).where(Runner.rederive_on <= challenge.ends_on)
    if db.session.scalar(due.where(Entry.challenge_id == challenge.id).limit(1)):
        return Job.REDERIVE_DUE
    mine = Standing.challenge_id == challenge.id
    scored = exists().where(Standing.entry_id == Entry.id)
    if db.session.scalar(select(Entry.id).where(Entry.challenge_id == challenge.id, ~scored).limit(1)):
        return Job.REDERIVE_CHALLENGE
    waits = db.session.scalar(select(Standing.entry_id).where(mine, Standing.dirty_from.is_not(None)).limit(1))
    if waits or challenge.as_of is None or challenge.as_of <= challenge.ends_on:
        return Job.PUBLISH_BOARD
    if challenge.overtakes_from is not None:
        return Job.DERIVE_OVERTAKES
    # A challenge over past days may be over before the sweep has stored its baselines.
    return Job.SNAPSHOT_BASELINES if entries_without_baseline(challenge.id) else None
