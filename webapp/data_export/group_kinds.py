"""What a runner did in groups: how they came in, requests and links they dealt with, what they told the members."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from webapp.data_export.kinds import UNTIL_YOU_LEAVE, AnySelect, Kind
from webapp.models.announcements import Announcement
from webapp.models.bans import GroupBan
from webapp.models.circles import Circle, CircleRunner
from webapp.models.group_channels import GroupChannel
from webapp.models.groups import Group
from webapp.models.invitations import Invitation, InvitationUse
from webapp.models.join_requests import JoinRequest
from webapp.models.organiser_votes import OrganiserVote

_GROUP: Any = Group.name.label("group")


def _invitations(runner_id: int) -> AnySelect:
    i = Invitation
    made = select(_GROUP, i.role, i.created_at, i.expires_at, i.max_uses, i.revoked_at)
    return made.join(Group, Group.id == i.group_id).where(i.created_by == runner_id).order_by(i.id)


def _invited(runner_id: int) -> AnySelect:
    use = InvitationUse
    mine = select(_GROUP, use.taken_at, use.used_at).join(Invitation, Invitation.id == use.invitation_id)
    return mine.join(Group, Group.id == Invitation.group_id).where(use.runner_id == runner_id).order_by(use.id)


def _requests(runner_id: int) -> AnySelect:
    r = JoinRequest
    mine = select(_GROUP, r.message, r.asked_at, r.state, r.reason, r.answered_at)
    return mine.join(Group, Group.id == r.group_id).where(r.runner_id == runner_id).order_by(r.id)


def _requests_answered(runner_id: int) -> AnySelect:
    r = JoinRequest
    mine = select(_GROUP, r.answered_at, r.state, r.reason).join(Group, Group.id == r.group_id)
    return mine.where(r.answered_by == runner_id).order_by(r.id)


def _votes(runner_id: int, whose: Any) -> AnySelect:
    mine = select(_GROUP, OrganiserVote.voted_at).join(Group, Group.id == OrganiserVote.group_id)
    return mine.where(whose == runner_id).order_by(OrganiserVote.id)


def _votes_cast(runner_id: int) -> AnySelect:
    return _votes(runner_id, OrganiserVote.voter_id)


def _votes_about(runner_id: int) -> AnySelect:
    return _votes(runner_id, OrganiserVote.subject_id)


def _bans(runner_id: int) -> AnySelect:
    mine = select(_GROUP, GroupBan.banned_at, GroupBan.reason).join(Group, Group.id == GroupBan.group_id)
    return mine.where(GroupBan.banned_by == runner_id).order_by(GroupBan.id)


def _circles(runner_id: int) -> AnySelect:
    mine = select(_GROUP, Circle.kind, Circle.changed_at).join(Group, Group.id == Circle.group_id)
    return mine.where(Circle.runner_id == runner_id).order_by(Circle.group_id)


def _circle_runners(runner_id: int) -> AnySelect:
    mine = select(_GROUP, CircleRunner.added_at).join(Group, Group.id == CircleRunner.group_id)
    return mine.where(CircleRunner.runner_id == runner_id).order_by(CircleRunner.added_at)


_VOTES: Mapping[str, str] = {"group": "name of the group", "voted_at": "when it was said"}
_VOTES_KEPT = "until it is decided, or either of the two leaves or steps down"


def _announcements(runner_id: int) -> AnySelect:
    a = Announcement
    mine = select(_GROUP, a.title, a.text, a.pinned, a.ends_on, a.posted_at, a.changed_at)
    return mine.join(Group, Group.id == a.group_id).where(a.author_id == runner_id).order_by(a.id)


def _channels(runner_id: int) -> AnySelect:
    c = GroupChannel
    mine = select(_GROUP, c.name, c.service, c.added_at, c.paused_at, c.stopped_at)
    return mine.join(Group, Group.id == c.group_id).where(c.added_by == runner_id).order_by(c.id)


KINDS = (
    Kind(
        key="circles",
        section="Groups",
        file="whom_you_chase",
        words="Whom you chase",
        about="Your choice in each group. Nobody else sees it.",
        kept=UNTIL_YOU_LEAVE,
        columns={
            "group": "name of the group",
            "kind": "nearest, team, people or close",
            "changed_at": "when you changed it",
        },
        select=_circles,
        owner=Circle.runner_id,
        when=Circle.changed_at,
    ),
    Kind(
        key="circle_runners",
        section="Groups",
        file="runners_you_chase",
        words="Runners you chose to chase",
        about="In which groups, and since when. Nobody else sees whom you chose. Your copy does not name them.",
        kept="until you remove them, or either of you leaves the group",
        columns={
            "group": "name of the group",
            "added_at": "when you chose one",
        },
        select=_circle_runners,
        owner=CircleRunner.runner_id,
        when=CircleRunner.added_at,
    ),
    Kind(
        key="bans",
        section="Groups",
        file="bans_by_you",
        words="Runners you banned from a group",
        about="In which groups, when and why. Your copy does not name the runner.",
        kept="until the ban is lifted; without you once you are gone",
        columns={"group": "name of the group", "banned_at": "when", "reason": "your reason"},
        select=_bans,
        owner=GroupBan.banned_by,
        when=GroupBan.banned_at,
    ),
    Kind(
        key="organiser_votes",
        section="Groups",
        file="organisers_by_you",
        words="Organisers you voted to make plain members",
        about="In which groups, and since when. Your copy does not name the other organiser.",
        kept=_VOTES_KEPT,
        columns=_VOTES,
        select=_votes_cast,
        owner=OrganiserVote.voter_id,
        when=OrganiserVote.voted_at,
    ),
    Kind(
        key="organiser_votes_about",
        section="Groups",
        file="organisers_about_you",
        words="Organisers who voted to make you a plain member",
        about="In which groups, and since when. Your copy does not name the other organiser.",
        kept=_VOTES_KEPT,
        columns=_VOTES,
        select=_votes_about,
        owner=OrganiserVote.subject_id,
        when=OrganiserVote.voted_at,
    ),
    Kind(
        key="join_requests",
        section="Groups",
        file="requests_to_join",
        words="Groups you asked to join",
        about="What you wrote, and what you were answered.",
        kept="until you join or withdraw it, and 90 days after an answer",
        columns={
            "group": "name of the group",
            "message": "what you wrote",
            "asked_at": "when you asked",
            "state": "pending, approved or declined",
            "reason": "why it was declined",
            "answered_at": "when it was answered",
        },
        select=_requests,
        owner=JoinRequest.runner_id,
        when=JoinRequest.asked_at,
    ),
    Kind(
        key="join_requests_answered",
        section="Groups",
        file="requests_to_join_answered_by_you",
        words="Requests to join that you answered",
        about="What you answered, for a group. Your copy does not name the runner.",
        kept="until the runner joins, and 90 days at most; without you once you are gone",
        columns={
            "group": "name of the group",
            "answered_at": "when you answered",
            "state": "approved or declined",
            "reason": "your reason",
        },
        select=_requests_answered,
        owner=JoinRequest.answered_by,
        when=JoinRequest.answered_at,
    ),
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
    Kind(
        key="announcements",
        section="Groups",
        file="announcements_by_you",
        words="Announcements you wrote",
        about="What you told the members of a group as an organiser.",
        kept="as long as the group keeps them; without you once you are gone",
        columns={
            "group": "name of the group",
            "title": "its title",
            "text": "what you wrote, as Markdown",
            "pinned": "whether it is pinned to the top",
            "ends_on": "the last day on which it is shown",
            "posted_at": "when you posted it",
            "changed_at": "when it was last changed, by you or another organiser",
        },
        select=_announcements,
        owner=Announcement.author_id,
        when=Announcement.posted_at,
    ),
    Kind(
        key="group_channels",
        section="Groups",
        file="chat_channels_by_you",
        words="Chat channels you added",
        about="Rooms of chat services that you connected to a group. Their links are in no copy.",
        kept="as long as the group has them; without you once you are gone",
        columns={
            "group": "name of the group",
            "name": "what you and other organisers call it",
            "service": "the chat service",
            "added_at": "when you added it",
            "paused_at": "since when it is paused",
            "stopped_at": "since when its service no longer knows the link",
        },
        select=_channels,
        owner=GroupChannel.added_by,
        when=GroupChannel.added_at,
    ),
)
