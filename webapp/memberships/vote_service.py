"""Deciding about an organiser: by two others, or by the operator where too few have a vote. Nothing here commits.

Whoever is no longer an organiser is a member, whom any organiser can remove.
"""

from datetime import datetime

from sqlalchemy import delete, exists, or_, select

from webapp.db import db
from webapp.errors import Problem
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import is_organiser
from webapp.groups.queries import locked_group, membership_of
from webapp.groups.rules import Action
from webapp.memberships.role_service import record_role
from webapp.memberships.rules import VOTES_AFTER, VOTES_NEEDED, VoteOutcome, has_vote, outcome_of
from webapp.memberships.vote_queries import voter_count, voters_about
from webapp.models.groups import Group
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
        record_audit(group_id, "organiser_voted", voter_id, now, subject_id=subject_id)
    others = db.session.scalar(select(voter_count(group_id, subject_id, now))) or 0
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
    record_audit(group_id, "organiser_vote_taken_back", voter_id, now, subject_id=subject_id)
    return True


def end_votes(group_id: int, runner_id: int) -> None:
    """End the votes of a runner, and those about them: they are no organiser any more."""
    theirs = or_(OrganiserVote.voter_id == runner_id, OrganiserVote.subject_id == runner_id)
    db.session.execute(delete(OrganiserVote).where(OrganiserVote.group_id == group_id, theirs))


def decide(vote_id: int, *, agrees: bool, now: datetime) -> bool:
    """Decide as the operator: the organiser becomes a member, or stays. Returns whether it was still open."""
    asked = db.session.get(OrganiserVote, vote_id)
    if asked is None or locked_group(Group.id == asked.group_id) is None:
        return False
    voters = voter_count(asked.group_id, asked.subject_id, now)
    still = select(exists().where(OrganiserVote.id == vote_id, voters < VOTES_NEEDED))
    if not db.session.scalar(still):
        return False
    group_id, subject_id = asked.group_id, asked.subject_id
    if agrees:
        _demote(group_id, subject_id, "organiser_demoted_by_operator", now)
    else:
        end_votes(group_id, subject_id)
        record_audit(group_id, "organiser_kept", None, now, subject_id=subject_id)
    return True


def _organises(group_id: int, runner_id: int) -> bool:
    member = membership_of(group_id, runner_id)
    return member is not None and is_organiser(member)


def _demote(group_id: int, runner_id: int, action: Action, now: datetime) -> None:
    member = membership_of(group_id, runner_id)
    if member is not None:
        member.role, member.notice, member.named_organiser_at = Role.MEMBER, Notice.DEMOTED, None
        record_role(group_id, runner_id, Role.MEMBER, now)
    end_votes(group_id, runner_id)
    record_audit(group_id, action, None, now, subject_id=runner_id)
