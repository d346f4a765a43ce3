"""Reading invitations: the one of a link, and those of a group."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from webapp.db import db, reading
from webapp.groups.queries import locked_group
from webapp.invitations.rules import LISTED_FOR, InvitationState, state_of
from webapp.models.accounts import SeatRequest
from webapp.models.groups import Group
from webapp.models.invitations import Invitation, InvitationUse
from webapp.models.words import Role
from webapp.text import is_writable


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """An invitation as organisers see it: how many joined by it, and for how many a place is held."""

    id: int
    token: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    max_uses: int | None
    used: int
    held: int
    state: InvitationState

    @property
    def is_open(self) -> bool:
        return self.state == InvitationState.OPEN


def invitation_by(token: str) -> Invitation | None:
    """Return the invitation of a link, open or not."""
    if not is_writable(token):  # a database may choke on it
        return None
    return db.session.scalar(
        select(Invitation).where(Invitation.token == token).execution_options(populate_existing=True)
    )


def locked_invitation(token: str) -> tuple[Group, Invitation] | None:
    """Return the invitation of a link with its group, locked: nobody else takes a place before the commit."""
    found = invitation_by(token)
    group = locked_group(Group.id == found.group_id) if found else None
    fresh = invitation_by(token)  # as it is now that the others are done
    return (group, fresh) if group and fresh else None


def state_for(
    invitation: Invitation, now: datetime, *, runner_id: int | None = None, seat_ticket: str | None = None
) -> InvitationState:
    """Return the state of an invitation for a runner, or for the visitor whose ticket's digest this is.

    A place that is held for them counts as free.
    """
    theirs = or_(
        InvitationUse.runner_id == runner_id if runner_id is not None else False,
        InvitationUse.seat_request_id.in_(select(SeatRequest.id).where(SeatRequest.digest == seat_ticket)),
    )
    own = and_(InvitationUse.used_at.is_(None), theirs)
    taken = db.session.scalar(
        select(func.count()).where(InvitationUse.invitation_id == invitation.id, _counts(), func.coalesce(~own, True))
    )
    return state_of(invitation.expires_at, invitation.max_uses, invitation.revoked_at, taken or 0, now)


def shared_link(group_id: int) -> Invitation | None:
    """Return the link that every member may pass on: the latest one without limits, for plain members."""
    return db.session.scalar(_SHARED, {"group": group_id})


_SHARED = (
    select(Invitation)
    .where(Invitation.group_id == bindparam("group"), Invitation.role == Role.MEMBER)
    .where(Invitation.expires_at.is_(None), Invitation.max_uses.is_(None), Invitation.revoked_at.is_(None))
    .order_by(Invitation.id.desc())
    .limit(1)
)


def shared_token(group_id: int) -> str | None:
    """Return the token of that link, for pages that only hand it on."""
    return reading().execute(_SHARED_TOKEN, {"group": group_id}).scalar()


_SHARED_TOKEN = _SHARED.with_only_columns(Invitation.token)


def listed_invitations(group_id: int, now: datetime) -> list[ListedInvitation]:
    """Return the invitations of a group, the latest first; those that ended long ago are left out."""
    used = func.count(InvitationUse.used_at)
    rows = db.session.execute(
        select(Invitation, used, func.count(InvitationUse.id) - used)
        .outerjoin(InvitationUse, and_(InvitationUse.invitation_id == Invitation.id, _counts()))
        .where(Invitation.group_id == group_id, ~ended_before(now - LISTED_FOR))
        .group_by(Invitation.id)
        .order_by(Invitation.id.desc())
    )
    return [_listed(invitation, used, held, now) for invitation, used, held in rows]


def ended_before(then: datetime) -> ColumnElement[bool]:
    """Return the condition that an invitation was revoked, or ended, before a moment."""
    return or_(func.coalesce(Invitation.revoked_at < then, False), func.coalesce(Invitation.expires_at < then, False))


def _listed(one: Invitation, used: int, held: int, now: datetime) -> ListedInvitation:
    state = state_of(one.expires_at, one.max_uses, one.revoked_at, used + held, now)
    return ListedInvitation(
        one.id, one.token, one.role, one.created_at, one.expires_at, one.max_uses, used, held, state
    )


def _counts() -> ColumnElement[bool]:
    # A place that was held for somebody who is gone is free again.
    return or_(
        InvitationUse.used_at.is_not(None),
        InvitationUse.runner_id.is_not(None),
        InvitationUse.seat_request_id.is_not(None),
    )
