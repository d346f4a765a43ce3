"""What an organiser told the members of a group, and the chat channels that tell it."""

from sqlalchemy import select

from webapp.data_export.kinds import AnySelect, Kind
from webapp.models.announcements import Announcement
from webapp.models.group_channels import GroupChannel
from webapp.models.groups import Group


def _announcements(runner_id: int) -> AnySelect:
    a = Announcement
    mine = select(Group.name.label("group"), a.title, a.text, a.pinned, a.ends_on, a.posted_at, a.changed_at)
    return mine.join(Group, Group.id == a.group_id).where(a.author_id == runner_id).order_by(a.id)


def _channels(runner_id: int) -> AnySelect:
    c = GroupChannel
    mine = select(Group.name.label("group"), c.name, c.service, c.added_at, c.paused_at, c.stopped_at)
    return mine.join(Group, Group.id == c.group_id).where(c.added_by == runner_id).order_by(c.id)


KINDS = (
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
