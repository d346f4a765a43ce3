"""Reading votes about organisers: who agrees, and what the operator decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.groups.queries import is_role_of_organisers, visible_name
from webapp.memberships.rules import VOTES_AFTER, VOTES_NEEDED
from webapp.models.groups import Consent, Group, Membership
from webapp.models.organiser_votes import OrganiserVote


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One organiser asks the operator to decide about another, since too few others have a vote."""

    vote_id: int
    group: str
    voter: str
    subject: str
    voted_at: datetime


def voters_about(group_id: int, subject_id: int) -> Sequence[int]:
    """Return the organisers who agree that this one becomes a member."""
    votes = select(OrganiserVote.voter_id).where(
        OrganiserVote.group_id == group_id, OrganiserVote.subject_id == subject_id
    )
    return db.session.scalars(votes).all()


def open_cases(now: datetime) -> list[OpenCase]:
    """Return the votes that the operator decides about, the oldest first: those that too few others can join in."""
    voter, subject = aliased(Consent), aliased(Consent)
    here = OrganiserVote.group_id
    found = (
        select(OrganiserVote.id, Group.name, visible_name(voter), visible_name(subject), OrganiserVote.voted_at)
        .join(Group, Group.id == here)
        .join(voter, (voter.group_id == here) & (voter.runner_id == OrganiserVote.voter_id))
        .join(subject, (subject.group_id == here) & (subject.runner_id == OrganiserVote.subject_id))
        .where(voter_count(here, OrganiserVote.subject_id, now) < VOTES_NEEDED)
        .order_by(OrganiserVote.id)
    )
    return [OpenCase(*row) for row in db.session.execute(found)]


def voter_count(group_id: Any, subject_id: Any, now: datetime) -> ScalarSelect[int]:
    """Select how many organisers have a vote about another one, as `rules.has_vote` says."""
    named = Membership.named_organiser_at
    others = select(func.count()).where(Membership.group_id == group_id, is_role_of_organisers())
    others = others.where(Membership.runner_id != subject_id, or_(named.is_(None), named <= now - VOTES_AFTER))
    return others.scalar_subquery()
