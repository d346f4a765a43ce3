"""Deciding about an organiser: by two others, or by the operator where too few have a vote. Nothing here commits.

Whoever is no longer an organiser is a member, whom any organiser can remove.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, delete, exists, func, or_, select
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.errors import Problem
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import is_organiser
from webapp.groups.queries import is_role_of_organisers, locked_group, membership_of, visible_name
from webapp.groups.rules import Action
from webapp.memberships.rules import VOTES_AFTER, VOTES_NEEDED, VoteOutcome, has_vote, outcome_of
from webapp.models.groups import Consent, Group, Membership
from webapp.models.organiser_votes import OrganiserVote
from webapp.models.words import Notice, Role


class NotAmongOrganisers(Problem):
    """A vote is about another organiser."""

    title = "This is decided among organisers"
    message = "Only an organiser can vote, and about another one."
    status = 409


class NoVoteYet(Problem):
    """An organiser who was named a short while ago cannot vote yet."""

    title = "You have no vote yet"
    message = f"You can vote about other organisers {VOTES_AFTER.days} days after you were named."
    status = 409


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One organiser asks the operator to decide about another, since too few others have a vote."""

    vote_id: int
    group: str
    voter: str
    subject: str
    voted_at: datetime


def vote(group_id: int, subject_id: int, voter_id: int, now: datetime) -> VoteOutcome:
    """Agree that another organiser becomes a member; saying it again changes nothing.

    Raises NotAmongOrganisers, and NoVoteYet.
    """
    locked_group(Group.id == group_id)
    if subject_id == voter_id or not (_organises(group_id, subject_id) and _organises(group_id, voter_id)):
        raise NotAmongOrganisers
    voter = membership_of(group_id, voter_id)
    if voter and not has_vote(voter.named_organiser_at, now):
        raise NoVoteYet
    if voter_id not in voters_about(group_id, subject_id):
        ids = {"group_id": group_id, "subject_id": subject_id, "voter_id": voter_id}
        db.session.add(OrganiserVote(**ids, voted_at=now))
        db.session.flush()
        record_audit(group_id, "organiser_voted", voter_id, subject_id, None, "", now)
    others = db.session.scalar(select(_voters(group_id, subject_id, now))) or 0
    outcome = outcome_of(len(voters_about(group_id, subject_id)), others)
    if outcome == VoteOutcome.AGREED:
        _demote(group_id, subject_id, "organiser_demoted", now)
    return outcome


def undo_vote(group_id: int, subject_id: int, voter_id: int, now: datetime) -> bool:
    """Take one's own vote back; return whether there was one."""
    votes = (OrganiserVote.group_id == group_id, OrganiserVote.subject_id == subject_id)
    mine = delete(OrganiserVote).where(*votes, OrganiserVote.voter_id == voter_id)
    if db.session.execute(mine.returning(OrganiserVote.id)).first() is None:
        return False
    record_audit(group_id, "organiser_vote_taken_back", voter_id, subject_id, None, "", now)
    return True


def voters_about(group_id: int, subject_id: int) -> Sequence[int]:
    """Return the organisers who agree that this one becomes a member."""
    votes = select(OrganiserVote.voter_id).where(
        OrganiserVote.group_id == group_id, OrganiserVote.subject_id == subject_id
    )
    return db.session.scalars(votes).all()


def end_votes(group_id: int, runner_id: int) -> None:
    """End the votes of a runner, and those about them: they are no organiser any more."""
    theirs = or_(OrganiserVote.voter_id == runner_id, OrganiserVote.subject_id == runner_id)
    db.session.execute(delete(OrganiserVote).where(OrganiserVote.group_id == group_id, theirs))


def open_cases(now: datetime) -> list[OpenCase]:
    """Return the votes that the operator decides about, the oldest first: those that too few others can join in."""
    voter, subject = aliased(Consent), aliased(Consent)
    here = OrganiserVote.group_id
    found = (
        select(OrganiserVote.id, Group.name, visible_name(voter), visible_name(subject), OrganiserVote.voted_at)
        .join(Group, Group.id == here)
        .join(voter, (voter.group_id == here) & (voter.runner_id == OrganiserVote.voter_id))
        .join(subject, (subject.group_id == here) & (subject.runner_id == OrganiserVote.subject_id))
        .where(_voters(here, OrganiserVote.subject_id, now) < VOTES_NEEDED)
        .order_by(OrganiserVote.id)
    )
    return [OpenCase(*row) for row in db.session.execute(found)]


def decide(vote_id: int, *, agrees: bool, now: datetime) -> bool:
    """Decide as the operator: the organiser becomes a member, or stays. Returns whether it was still open."""
    asked = db.session.get(OrganiserVote, vote_id)
    if asked is None or locked_group(Group.id == asked.group_id) is None:
        return False
    voters = _voters(asked.group_id, asked.subject_id, now)
    still = select(exists().where(OrganiserVote.id == vote_id, voters < VOTES_NEEDED))
    if not db.session.scalar(still):
        return False
    group_id, subject_id = asked.group_id, asked.subject_id
    if agrees:
        _demote(group_id, subject_id, "organiser_demoted_by_operator", now)
    else:
        end_votes(group_id, subject_id)
        record_audit(group_id, "organiser_kept", None, subject_id, None, "", now)
    return True


def _voters(group_id: Any, subject_id: Any, now: datetime) -> ScalarSelect[int]:
    """Select how many organisers have a vote about another one, as `rules.has_vote` says."""
    named = Membership.named_organiser_at
    others = select(func.count()).where(Membership.group_id == group_id, is_role_of_organisers())
    others = others.where(Membership.runner_id != subject_id, or_(named.is_(None), named <= now - VOTES_AFTER))
    return others.scalar_subquery()


def _organises(group_id: int, runner_id: int) -> bool:
    member = membership_of(group_id, runner_id)
    return member is not None and is_organiser(member)


def _demote(group_id: int, runner_id: int, action: Action, now: datetime) -> None:
    member = membership_of(group_id, runner_id)
    if member is not None:
        member.role, member.notice, member.named_organiser_at = Role.MEMBER, Notice.DEMOTED, None
    end_votes(group_id, runner_id)
    record_audit(group_id, action, None, runner_id, None, "", now)
