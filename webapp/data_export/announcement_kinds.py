"""What an organiser told the members of a group."""

from sqlalchemy import select

from webapp.data_export.kinds import AnySelect, Kind
from webapp.models.announcements import Announcement
from webapp.models.groups import Group


def _announcements(runner_id: int) -> AnySelect:
    a = Announcement
    mine = select(Group.name.label("group"), a.title, a.text, a.pinned, a.ends_on, a.posted_at, a.changed_at)
    return mine.join(Group, Group.id == a.group_id).where(a.author_id == runner_id).order_by(a.id)


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
)
