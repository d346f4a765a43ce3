"""Changing the rules of a running challenge: announce, derive by a job, store the effects. Nothing here commits."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Subquery, Update, func, insert, literal, select, update

from webapp.challenges.queries import ChallengeFinished, entry_count, is_closed
from webapp.db import db
from webapp.entries.baseline_service import measures_differently, reset_baselines
from webapp.errors import Problem
from webapp.groups.audit_service import record_audit
from webapp.job_names import Job
from webapp.leaderboards import projection
from webapp.leaderboards.service import Published, bump_version, rebuild
from webapp.models.challenges import Challenge, Entry, RuleChange, RuleEffect
from webapp.models.leaderboards import Placement
from webapp.queue import after_commit
from webapp.rulebook.ruleset import RuleSet

# Each change shows totals under other rules, so their number is limited.
MAX_CHANGES = 5


class TooManyChanges(Problem):
    """The rules of a challenge have changed as often as is allowed."""

    title = "These rules cannot change again"
    message = f"A challenge can change its rules {MAX_CHANGES} times. You can start a new one with other rules."
    status = 409


class ChangeUnderWay(Problem):
    """The entries are still being derived by the last change of rules."""

    title = "The last change is still being worked out"
    message = "Every total is being worked out by the new rules. Please try again in a minute."
    status = 409


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change of rules that is being derived."""

    challenge_id: int
    edition: int


def change_rules(
    challenge: Challenge, after: RuleSet, reason: str, runner_id: int, now: datetime
) -> PendingChange | None:
    """Give a challenge other rules, store the reason, and leave the board under the old ones.

    Hold the group's lock (`challenges.queries.locked_challenge_for`). None if these are its rules already; otherwise
    enqueues Job.CHANGE_RULES. Raises ChallengeFinished, TooManyChanges and ChangeUnderWay.
    """
    _refuse_change(challenge, now)
    before = challenge.rules
    if after == before:
        return None
    # Nothing is published from here on: the board stays as it was before the change.
    projection.locked(challenge.id)
    edition = challenge.edition + 1
    values = {"before": before, "after": after, "reason": reason, "made_at": now, "made_by": runner_id}
    db.session.add(RuleChange(challenge_id=challenge.id, edition=edition, entries=entry_count(challenge.id), **values))
    challenge.rules, challenge.edition, challenge.is_changing = after, edition, True
    challenge.shown_rules = challenge.shown_rules or before
    db.session.flush()
    _keep_before(challenge.id, edition)
    _clear_old_amounts(challenge.id, before, after)
    record_audit(challenge.group_id, "rules_changed", runner_id, now, challenge_id=challenge.id, words=reason)
    bump_version([challenge.id])
    after_commit(Job.CHANGE_RULES, challenge.id)
    return PendingChange(challenge.id, edition)


def change_on_its_way(challenge_id: int) -> PendingChange | None:
    """Return the change by which the entries of a challenge are being derived; None if there is none."""
    waits = select(Challenge.id, Challenge.edition).where(Challenge.id == challenge_id, Challenge.is_changing)
    row = db.session.execute(waits).one_or_none()
    return PendingChange(*row) if row else None


def record_progress(change: PendingChange, derived: int) -> None:
    """Store how many entries have been derived by the new rules."""
    db.session.execute(_row_of(change).values(derived=derived))


def finish(change: PendingChange, today: date, now: datetime) -> Published:
    """Publish the board by the new rules, once every entry was derived by them, and store the effects.

    Of two callers with the same change, one does it. Enqueues as `publish`.
    """
    mine = update(Challenge).where(Challenge.id == change.challenge_id, Challenge.edition == change.edition)
    claim = mine.where(Challenge.is_changing).values(is_changing=False)
    if not cast(CursorResult[Any], db.session.execute(claim)).rowcount:
        return Published(False, False, 0)
    published = rebuild(change.challenge_id, today)
    _keep_after(change)
    db.session.execute(_row_of(change).values(derived=RuleChange.entries, done_at=now))
    return published


def _refuse_change(challenge: Challenge, now: datetime) -> None:
    if is_closed(challenge, now):
        raise ChallengeFinished()
    if challenge.edition > MAX_CHANGES:
        raise TooManyChanges()
    if challenge.is_changing:
        raise ChangeUnderWay()


def _clear_old_amounts(challenge_id: int, before: RuleSet, after: RuleSet) -> None:
    """Clear baselines and targets that the former rules measured; the job stores new baselines."""
    if measures_differently(before, after):
        reset_baselines(challenge_id)
    if before.measured.unit != after.measured.unit:
        # A target in km means nothing in hours, so runners are asked again.
        db.session.execute(update(Entry).where(Entry.challenge_id == challenge_id).values(target=None))


def _keep_before(challenge_id: int, edition: int) -> None:
    ranked = _ranked(challenge_id)
    rows = select(literal(challenge_id), literal(edition), ranked.c.entry_id, ranked.c.total, ranked.c.rank)
    into = ["challenge_id", "edition", "entry_id", "total_before", "rank_before"]
    db.session.execute(insert(RuleEffect).from_select(into, rows))


def _keep_after(change: PendingChange) -> None:
    ranked = _ranked(change.challenge_id)
    mine = (RuleEffect.challenge_id == change.challenge_id) & (RuleEffect.edition == change.edition)
    kept = update(RuleEffect).where(mine, RuleEffect.entry_id == ranked.c.entry_id)
    after = kept.values(total_after=ranked.c.total, rank_after=ranked.c.rank)
    db.session.execute(after.execution_options(synchronize_session=False))


def _ranked(challenge_id: int) -> Subquery:
    """Select the published board with its ranks: 1, 1, 3."""
    rank = func.rank().over(order_by=Placement.total.desc()).label("rank")
    placed = select(Placement.entry_id, Placement.total, rank).where(Placement.challenge_id == challenge_id)
    return placed.subquery()


def _row_of(change: PendingChange) -> Update:
    here = (RuleChange.challenge_id == change.challenge_id) & (RuleChange.edition == change.edition)
    return update(RuleChange).where(here)
