"""Making and revoking invitations, and taking places by them. Nothing here commits."""

import secrets
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select, update

from webapp.db import db
from webapp.errors import Problem
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group
from webapp.invitations.queries import ended_before, listed_invitations, locked_invitation, shared_link, state_for
from webapp.invitations.rules import LISTED_FOR, MAX_OPEN, InvitationState, Limits
from webapp.models.groups import Group
from webapp.models.invitations import Invitation, InvitationUse
from webapp.models.words import Role

TOKEN_BYTES = 16
UNLIMITED = Limits(Role.MEMBER, None, None)
JOIN_PATH = "/join/"


class NoSuchInvitation(Problem):
    """The link leads to no invitation."""

    title = "This invite link leads nowhere"
    message = "Part of it may be missing. Please ask whoever sent it to you for the whole link."
    status = 404


class InvitationRevoked(Problem):
    """An organiser took the link back."""

    title = "This invite link was taken back"
    message = "Please ask whoever sent it to you for a new one."
    status = 410


class InvitationEnded(Problem):
    """The last day of the link is over."""

    title = "This invite link has ended"
    message = "It was valid for a limited time. Please ask whoever sent it to you for a new one."
    status = 410


class InvitationUsedUp(Problem):
    """As many runners as the link allows have come in, or hold a place."""

    title = "This invite link is used up"
    message = "It has let in as many runners as it was made for. Please ask whoever sent it to you for a new one."
    status = 410


class TooManyInvitations(Problem):
    """The group has as many open links as it may."""

    title = "That is a lot of links"
    message = f"A group has at most {MAX_OPEN} open ones. Take some of them back first."
    status = 409


_REFUSALS = {
    InvitationState.REVOKED: InvitationRevoked,
    InvitationState.ENDED: InvitationEnded,
    InvitationState.USED_UP: InvitationUsedUp,
}


def make_invitation(group_id: int, limits: Limits, made_by: int | None, now: datetime) -> Invitation:
    """Make a link into a group. Raises TooManyInvitations."""
    locked_group(Group.id == group_id)
    if sum(one.is_open for one in listed_invitations(group_id, now)) >= MAX_OPEN:
        raise TooManyInvitations
    made = Invitation(
        group_id=group_id,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        created_by=made_by,
        created_at=now,
        **asdict(limits),
    )
    db.session.add(made)
    db.session.flush()
    return made


def revoke_invitation(group_id: int, invitation_id: int, now: datetime) -> bool:
    """Take a link back: it lets nobody in from now on. Returns whether it was still there to take back."""
    mine = update(Invitation).where(Invitation.id == invitation_id, Invitation.group_id == group_id)
    revoked = mine.where(Invitation.revoked_at.is_(None)).values(revoked_at=now)
    return db.session.execute(revoked.returning(Invitation.id)).first() is not None


def renew_shared_link(group_id: int, actor_id: int, now: datetime) -> None:
    """Replace the link that every member knows, if there is one."""
    known = shared_link(group_id)
    if known is not None and revoke_invitation(group_id, known.id, now):
        make_invitation(group_id, UNLIMITED, actor_id, now)
        record_audit(group_id, "invite_renewed", actor_id, now)


def lock_by_link(token: str) -> tuple[Group, Invitation]:
    """Return a link's group and invitation, and let nobody else join until the commit. Raises NoSuchInvitation."""
    found = locked_invitation(token)
    if found is None:
        raise NoSuchInvitation
    return found


def refuse_unless_open(state: InvitationState) -> None:
    """Raise InvitationRevoked, InvitationEnded or InvitationUsedUp for a link that lets nobody in."""
    if state != InvitationState.OPEN:
        raise _REFUSALS[state]


def use_place(invitation: Invitation, runner_id: int, now: datetime) -> None:
    """Count a runner who joins, or use the place that was held for them. Raises as `refuse_unless_open`.

    Hold the group's lock (`lock_by_link`), so that no more get in than the link allows.
    """
    refuse_unless_open(state_for(invitation, now, runner_id=runner_id))
    held = update(InvitationUse).where(
        InvitationUse.invitation_id == invitation.id,
        InvitationUse.runner_id == runner_id,
        InvitationUse.used_at.is_(None),
    )
    if db.session.execute(held.values(used_at=now).returning(InvitationUse.id)).first() is None:
        db.session.add(InvitationUse(invitation_id=invitation.id, runner_id=runner_id, taken_at=now, used_at=now))


def hold_place(path: str | None, seat_request_id: int, now: datetime) -> None:
    """Hold a place for somebody who waits for a seat and was heading for an invite link; for another path, none."""
    db.session.execute(delete(InvitationUse).where(InvitationUse.seat_request_id == seat_request_id))
    if not path or not path.startswith(JOIN_PATH):
        return
    found = locked_invitation(path.removeprefix(JOIN_PATH))
    if found is not None and state_for(found[1], now) == InvitationState.OPEN:
        db.session.add(InvitationUse(invitation_id=found[1].id, seat_request_id=seat_request_id, taken_at=now))


def hand_place_on(seat_request_id: int, runner_id: int) -> None:
    """Keep the place held for somebody who waited, now that they have a seat and an account."""
    held = update(InvitationUse).where(InvitationUse.seat_request_id == seat_request_id)
    db.session.execute(held.values(runner_id=runner_id, seat_request_id=None))


def purge_invitations(now: datetime) -> None:
    """Erase links that ended or were taken back long ago, with who came by them."""
    db.session.execute(delete(Invitation).where(ended_before(now - LISTED_FOR)))


def redact_user(group_id: int, runner_id: int) -> None:
    """Redact by which link a runner came, because they leave. Its place stays used."""
    of_group = select(Invitation.id).where(Invitation.group_id == group_id)
    theirs = update(InvitationUse).where(
        InvitationUse.invitation_id.in_(of_group), InvitationUse.runner_id == runner_id
    )
    db.session.execute(theirs.values(runner_id=None))
