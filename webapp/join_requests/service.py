"""Asking to join a group, and answering. Nothing here commits."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update

from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.facts.service import record_fact, withdraw_facts
from webapp.groups.audit_service import record_audit
from webapp.groups.moderation_queries import is_banned
from webapp.groups.queries import locked_group, membership_of
from webapp.groups.rules import Action
from webapp.join_requests.queries import request_of
from webapp.join_requests.rules import KEPT_AFTER_ANSWER, MAX_PENDING, may_ask_again
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.models.join_requests import JoinRequest
from webapp.models.words import FactKind, JoinRequestState


class AskedTooSoon(Problem):
    """The runner was declined a few days ago."""

    title = "Please wait a few days"
    message = "You can ask this group again a week after its answer."
    status = 409


class TooManyRequests(Problem):
    """The runner waits for many answers already."""

    title = "That is a lot of groups"
    message = f"You are waiting to hear from {MAX_PENDING} groups. Withdraw a request, or wait for an answer."
    status = 409


class RequestNotOpen(Problem):
    """Another organiser was faster, or the runner withdrew the request."""

    title = "This request is no longer open"
    message = "Somebody else has answered it, or the runner withdrew it."
    status = 409


class RunnerBanned(Problem):
    """A banned runner is not invited again."""

    title = "This runner is banned"
    message = "Lift the ban first. Then they can ask to join, or join with an invite link."
    status = 409


def ask(group_id: int, runner_id: int, message: str, now: datetime) -> None:
    """Ask to join a group; asking again while nobody has answered changes the message.

    An approved request, and a member, stay as they are. Raises AskedTooSoon and TooManyRequests.
    """
    locked_group(Group.id == group_id)
    if membership_of(group_id, runner_id) is not None:
        return
    mine = request_of(group_id, runner_id)
    if mine is None:
        if _pending_of(runner_id) >= MAX_PENDING:
            raise TooManyRequests
        mine = JoinRequest(group_id=group_id, runner_id=runner_id, state=JoinRequestState.PENDING)
        db.session.add(mine)
    elif mine.state == JoinRequestState.APPROVED:
        return
    elif not may_ask_again(mine.answered_at, now):
        raise AskedTooSoon
    asks_again = mine.asked_at is None or mine.state == JoinRequestState.DECLINED
    mine.message, mine.asked_at = message, now if asks_again else mine.asked_at
    mine.state, mine.reason, mine.answered_by, mine.answered_at = JoinRequestState.PENDING, "", None, None
    record_pending(group_id, runner_id, now)


def record_pending(group_id: int, runner_id: int, now: datetime) -> None:
    """Have those who answer requests told of this runner's, if it waits and reaches them."""
    mine = request_of(group_id, runner_id)
    if mine is None or mine.state != JoinRequestState.PENDING or is_banned(group_id, runner_id):
        return
    key = _fact_key(group_id, runner_id, mine.asked_at)
    record_fact(FactKind.REQUEST_RECEIVED, key, now, group_id=group_id, about_id=runner_id)


def delete_request(group_id: int, runner_id: int, now: datetime, *which: ColumnElement[bool]) -> bool:
    """Delete a runner's request and return whether there was one, for which these conditions hold."""
    mine = delete(JoinRequest).where(JoinRequest.group_id == group_id, JoinRequest.runner_id == runner_id, *which)
    asked_at = db.session.scalar(mine.returning(JoinRequest.asked_at))
    if asked_at is None:
        return False
    withdraw_facts(FactKind.REQUEST_RECEIVED, [_fact_key(group_id, runner_id, asked_at)], now)
    return True


def _fact_key(group_id: int, runner_id: int, at: datetime) -> str:
    return f"{group_id}:{runner_id}:{at.timestamp():.0f}"


def _pending_of(runner_id: int) -> int:
    mine = (JoinRequest.runner_id == runner_id, JoinRequest.state == JoinRequestState.PENDING)
    return db.session.scalar(select(func.count()).where(*mine)) or 0


def withdraw_request(group_id: int, runner_id: int, now: datetime) -> bool:
    """Erase a runner's request and return whether there was one. A declined one stays for a while."""
    return delete_request(group_id, runner_id, now, JoinRequest.state != JoinRequestState.DECLINED)


def invite_again(group_id: int, runner_id: int, actor_id: int, now: datetime) -> None:
    """Let a runner who was removed join again: they find it on their home page, and give their consent once more.

    Raises RunnerBanned, and NotFound for a runner who was erased since.
    """
    locked_group(Group.id == group_id)
    if db.session.get(Runner, runner_id) is None:
        raise not_found()
    if is_banned(group_id, runner_id):
        raise RunnerBanned
    if membership_of(group_id, runner_id) is not None:
        return
    mine = request_of(group_id, runner_id)
    if mine is None:
        mine = JoinRequest(group_id=group_id, runner_id=runner_id, asked_at=now, message="")
        db.session.add(mine)
    mine.state, mine.reason, mine.answered_by, mine.answered_at = JoinRequestState.APPROVED, "", actor_id, now
    record_audit(group_id, "member_invited_again", actor_id, now, subject_id=runner_id)
    _record_answer(group_id, runner_id, now)


def approve(group_id: int, join_request_id: int, actor_id: int, now: datetime) -> None:
    """Let a runner join, who then gives their consent. Raises RequestNotOpen."""
    _answer(group_id, join_request_id, JoinRequestState.APPROVED, "", actor_id, now)


def decline(group_id: int, join_request_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """Decline a request, with a reason for the runner. Raises RequestNotOpen."""
    _answer(group_id, join_request_id, JoinRequestState.DECLINED, reason, actor_id, now)


def _answer(
    group_id: int, join_request_id: int, state: JoinRequestState, reason: str, actor_id: int, now: datetime
) -> None:
    pending = update(JoinRequest).where(
        JoinRequest.id == join_request_id,
        JoinRequest.group_id == group_id,
        JoinRequest.state == JoinRequestState.PENDING,
    )
    answer = pending.values(state=state, reason=reason, answered_by=actor_id, answered_at=now)
    answered = db.session.execute(answer.returning(JoinRequest.runner_id, JoinRequest.asked_at)).one_or_none()
    if answered is None or is_banned(group_id, answered.runner_id):
        raise RequestNotOpen
    action: Action = "request_approved" if state == JoinRequestState.APPROVED else "request_declined"
    record_audit(group_id, action, actor_id, now, subject_id=answered.runner_id)
    asked = _fact_key(group_id, answered.runner_id, answered.asked_at)
    withdraw_facts(FactKind.REQUEST_RECEIVED, [asked], now)
    _record_answer(group_id, answered.runner_id, now)


def _record_answer(group_id: int, runner_id: int, now: datetime) -> None:
    key = _fact_key(group_id, runner_id, now)
    record_fact(FactKind.REQUEST_ANSWERED, key, now, group_id=group_id, runner_id=runner_id)


def purge_requests(now: datetime) -> None:
    """Erase requests that were answered long ago."""
    db.session.execute(delete(JoinRequest).where(JoinRequest.answered_at < now - KEPT_AFTER_ANSWER))
