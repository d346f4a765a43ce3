"""Archiving a group, and deleting it after a week's notice. Nothing here commits."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.group_endings.rules import deletion_time
from webapp.group_profiles.queries import profile_of
from webapp.group_profiles.service import save_profile
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group
from webapp.groups.rules import Action
from webapp.job_names import Job
from webapp.models.challenges import Challenge
from webapp.models.groups import Group, Membership
from webapp.models.kept_results import NO_PLACE, KeptResult
from webapp.models.results import Result
from webapp.queue import after_commit

# A group with one of these dates is hidden from others.
HIDING = ("archived_at", "closed_at")


@dataclass(frozen=True, slots=True)
class Act:
    """What the group's log says about a change: what was done, by whom and when."""

    action: Action
    actor_id: int
    at: datetime


def archive(group_id: int, actor_id: int, now: datetime) -> bool:
    """Let a group be read and no longer changed, and hide it from others; return whether it was not archived yet."""
    return _set(group_id, "archived_at", now, Act("group_archived", actor_id, now))


def unarchive(group_id: int, actor_id: int, now: datetime) -> bool:
    """Open an archived group again; return whether it was archived. Whether others see it is for organisers to say."""
    return _set(group_id, "archived_at", None, Act("group_unarchived", actor_id, now))


def close(group_id: int, operator_id: int, now: datetime) -> bool:
    """Close a group as an operator, with the effect of archiving; return whether it was open."""
    return _set(group_id, "closed_at", now, Act("group_closed", operator_id, now))


def open_again(group_id: int, operator_id: int, now: datetime) -> bool:
    """Open a closed group again; return whether it was closed."""
    return _set(group_id, "closed_at", None, Act("group_opened", operator_id, now))


def announce_deletion(group_id: int, actor_id: int, now: datetime) -> bool:
    """Have a group deleted in a week; return whether that was not announced yet."""
    return _set(group_id, "deletes_at", deletion_time(now, None), Act("deletion_announced", actor_id, now))


def stop_deletion(group_id: int, actor_id: int, now: datetime) -> bool:
    """Keep a group that was to be deleted; return whether it was."""
    return _set(group_id, "deletes_at", None, Act("deletion_stopped", actor_id, now))


def _set(group_id: int, column: str, at: datetime | None, act: Act) -> bool:
    """Set a date of a group's end, or clear it, and record the act; return whether it changed. Locks the group."""
    group = locked_group(Group.id == group_id)
    if group is None or (getattr(group, column) is None) == (at is None):
        return False
    setattr(group, column, at)
    if at is not None and column in HIDING:
        save_profile(group, replace(profile_of(group.id), listed=False, public=False), group.text)
    record_audit(group_id, act.action, act.actor_id, act.at)
    return True


def delete_if_due(group_id: int, now: datetime) -> bool:
    """Delete a group whose week is over, but for what its members keep; return whether it was.

    Members keep their own results of final challenges. Locks the group, so that it is either stopped or deleted.
    Enqueues Job.PHOTO_SWEEP, which removes the photos that no other group sees.
    """
    group = locked_group(Group.id == group_id)
    if group is None or group.deletes_at is None or group.deletes_at > now:
        return False
    final = select(Challenge).where(Challenge.group_id == group_id, Challenge.frozen_at.is_not(None))
    for challenge in db.session.scalars(final.order_by(Challenge.id)).all():
        _keep_results(group, challenge)
    db.session.execute(delete(Group).where(Group.id == group_id))
    after_commit(Job.PHOTO_SWEEP)
    return True


def _keep_results(group: Group, challenge: Challenge) -> None:
    everybody = aliased(Result)
    runners = select(func.count()).where(everybody.challenge_id == challenge.id).scalar_subquery()
    rules = challenge.shown_rules or challenge.rules
    same = {"group_name": group.name, "challenge_name": challenge.name, "unit": rules.unit}
    rank = Result.rank if rules.has_places else literal(NO_PLACE)
    columns = ["runner_id", "total", "days", "rank", "runners", "starts_on", "ends_on", *same]
    of_members = (
        select(
            Result.runner_id, Result.total, Result.days, rank, runners, Challenge.starts_on, Challenge.ends_on,
            *(literal(value) for value in same.values()),
        )
        .join(Challenge, Challenge.id == Result.challenge_id)
        .join(Membership, Membership.runner_id == Result.runner_id)
        .where(Result.challenge_id == challenge.id, Membership.group_id == group.id, Result.total.is_not(None))
    )  # fmt: skip
    db.session.execute(insert(KeptResult).from_select(columns, of_members))
