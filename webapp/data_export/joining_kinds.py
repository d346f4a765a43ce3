"""How a runner came into groups: the links they made and those they came by."""

from typing import Any

from sqlalchemy import select

from webapp.data_export.kinds import UNTIL_YOU_LEAVE, AnySelect, Kind
from webapp.models.groups import Group
from webapp.models.invitations import Invitation, InvitationUse

_GROUP: Any = Group.name.label("group")


def _invitations(runner_id: int) -> AnySelect:
    i = Invitation
    made = select(_GROUP, i.role, i.created_at, i.expires_at, i.max_uses, i.revoked_at)
    return made.join(Group, Group.id == i.group_id).where(i.created_by == runner_id).order_by(i.id)


def _invited(runner_id: int) -> AnySelect:
    use = InvitationUse
    mine = select(_GROUP, use.taken_at, use.used_at).join(Invitation, Invitation.id == use.invitation_id)
    return mine.join(Group, Group.id == Invitation.group_id).where(use.runner_id == runner_id).order_by(use.id)


KINDS = (
    Kind(
        key="invitations",
        section="Groups",
        file="invitations_by_you",
        words="Invite links you made",
        about="When you made links into a group, and their limits. The links themselves are in no copy.",
        kept="90 days after they end; without you once you are gone",
        columns={
            "group": "name of the group",
            "role": "what somebody is who joins by it",
            "created_at": "when you made it",
            "expires_at": "when it ends",
            "max_uses": "how many may join by it",
            "revoked_at": "when it was taken back",
        },
        select=_invitations,
        owner=Invitation.created_by,
        when=Invitation.created_at,
    ),
    Kind(
        key="invited",
        section="Groups",
        file="invited",
        words="Invite links you came by",
        about="Which groups you joined by a link, so that a link lets in as many runners as it was made for.",
        kept=UNTIL_YOU_LEAVE,
        columns={
            "group": "name of the group",
            "taken_at": "since when the link had a place for you",
            "used_at": "when you joined",
        },
        select=_invited,
        owner=InvitationUse.runner_id,
        when=InvitationUse.taken_at,
    ),
)
