"""TODO."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update

from webapp.challenge_admin import closing
from webapp.entries.baseline_service import entries_to_fix
from webapp.extensions import db
from webapp.groups.audit import note
from webapp.models.accounts import Runner
from webapp.models.challenges import (
    Challenge,
    ChallengeLeaver,
    Entry,
)
from webapp.models.scoring import Standing
from webapp.results.service import store_results
from webapp.rulebook.lifecycle import (
    ended_by,
    may_freeze,
)
from webapp.sync import last_reads
from webapp.sync.last_reads import unread_count


def to_freeze(now: datetime) -> Sequence[int]:
    """Return the challenges whose days are over and that are not frozen, the oldest first."""
    ended = select(Challenge.id).where(Challenge.frozen_at.is_(None), Challenge.ends_on <= ended_by(now))
    return db.session.scalars(ended.order_by(Challenge.ends_on, Challenge.id)).all()


def is_ripe(challenge: Challenge, now: datetime) -> bool:
    """Return whether a challenge is closed and everybody was read a last time, or waited for."""
    window = (challenge.ends_on, challenge.grace_hours, challenge.created_at)
    return may_freeze(*window, 0, now) and may_freeze(*window, unread_count(challenge), now)


def unsettled(challenge: Challenge) -> str | None:
    """Return the job that what stands on the board of a finished challenge still waits for, None when all is done."""
    if challenge.is_changing:
        return "jobs.scoring.change_rules"
    due = select(Entry.id).join(Runner, Runner.id == Entry.runner_id).where(Runner.rederive_on <= challenge.ends_on)
    if db.session.scalar(due.where(Entry.challenge_id == challenge.id).limit(1)):
        return "jobs.scoring.rederive_due"
    mine = Standing.challenge_id == challenge.id
    scored = exists().where(Standing.entry_id == Entry.id)
    if db.session.scalar(select(Entry.id).where(Entry.challenge_id == challenge.id, ~scored).limit(1)):
        return "jobs.scoring.rederive_challenge"
    waits = db.session.scalar(select(Standing.entry_id).where(mine, Standing.dirty_from.is_not(None)).limit(1))
    if waits or challenge.as_of is None or challenge.as_of <= challenge.ends_on:
        return "jobs.leaderboards.publish"
    if challenge.overtakes_from is not None:
        return "jobs.chase.derive_overtakes"
    # One of past days may be over before the round has come by that fixes what its entries are measured against.
    return "jobs.challenges.fix" if entries_to_fix(challenge.id) else None


def freeze(challenge_id: int, now: datetime) -> str | None:
    """Make the totals of a challenge facts, if it is time and nothing of its board is on its way: its results.

    Nothing derives them again after that. Returns the job to ask for after the commit, of which the freezing waits;
    None where there is none. A challenge that somebody else is writing to is left to the next round.
    """
    mine = select(Challenge).where(Challenge.id == challenge_id, Challenge.frozen_at.is_(None))
    # The strong lock: neither a run is being taken in for it nor its board published.
    held = mine.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    challenge = db.session.scalar(held)
    if challenge is None or not closing.is_ripe(challenge, now):
        return None
    missing = closing.unsettled(challenge)
    if missing is None:
        unfrozen = update(Challenge).where(Challenge.id == challenge_id, Challenge.frozen_at.is_(None))
        db.session.execute(unfrozen.values(frozen_at=now, unread=last_reads.unread_count(challenge)))
        db.session.execute(delete(ChallengeLeaver).where(ChallengeLeaver.challenge_id == challenge_id))
        store_results(challenge_id)
        note(challenge.group_id, "challenge_closed", None, None, challenge_id, "", now)
    return missing
