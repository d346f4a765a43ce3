"""Reading what groups tell of themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam, exists, or_, select

from webapp.db import db
from webapp.errors import not_found
from webapp.group_profiles.rules import Meeting, Profile, is_visible
from webapp.models.group_profiles import GroupPicture, GroupProfile, MeetingTime
from webapp.models.groups import Group, Membership
from webapp.text import is_writable

Size = Literal["whole", "small"]


@dataclass(frozen=True, slots=True)
class PictureLink:
    """What a page needs to show a picture: a part of its address, and its size in pixels."""

    digest: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class VisibleGroup:
    """A group and what its page shows to this viewer."""

    group: Group
    profile: Profile
    is_member: bool


def profile_of(group_id: int) -> Profile:
    """Return what a group tells of itself; an empty profile where it tells nothing."""
    row = db.session.get(GroupProfile, group_id)
    return as_profile(row, meetings_of([group_id]).get(group_id, ())) if row else Profile()


def text_for_strangers(group: Group) -> str:
    """Return the text of a group as runners outside it read it."""
    return group.text if tells_strangers(group.id) else ""


def tells_strangers(group_id: int) -> bool:
    """Return whether runners outside a group read more than its name: it is listed or has a page."""
    seen = or_(GroupProfile.listed, GroupProfile.public)
    return bool(db.session.scalar(select(exists().where(GroupProfile.group_id == group_id, seen))))


def as_profile(row: GroupProfile, meetings: tuple[Meeting, ...]) -> Profile:
    return Profile(
        row.listed,
        row.public,
        row.area,
        row.quickest,
        row.slowest,
        row.shortest_m,
        row.farthest_m,
        row.beginners,
        row.languages,
        meetings,
    )


def meetings_of(group_ids: Iterable[int]) -> Mapping[int, tuple[Meeting, ...]]:
    """Return the meetings of several groups by the day of the week, without the groups that tell none."""
    found: dict[int, list[Meeting]] = defaultdict(list)
    for row in db.session.execute(_MEETINGS, {"groups": list(group_ids)}):
        found[row.group_id].append(Meeting(row.weekday, row.starts_at, row.place))
    return {group_id: tuple(meetings) for group_id, meetings in found.items()}


def pictures_of(group_ids: Iterable[int]) -> Mapping[int, PictureLink]:
    """Return the pictures of several groups, without the groups that have none."""
    rows = db.session.execute(_PICTURES, {"groups": list(group_ids)})
    return {row.group_id: PictureLink(row.digest, row.width, row.height) for row in rows}


# Built once: it takes longer than running them.
_MEETINGS = (
    select(MeetingTime.group_id, MeetingTime.weekday, MeetingTime.starts_at, MeetingTime.place)
    .where(MeetingTime.group_id.in_(bindparam("groups", expanding=True)))
    .order_by(MeetingTime.group_id, MeetingTime.weekday, MeetingTime.starts_at)
)
_PICTURES = select(GroupPicture.group_id, GroupPicture.digest, GroupPicture.width, GroupPicture.height).where(
    GroupPicture.group_id.in_(bindparam("groups", expanding=True))
)


def visible_group(slug: str, runner_id: int | None) -> VisibleGroup:
    """Return a group whose page a runner, or a visitor without an account (None), may see. Raises NotFound."""
    if not is_writable(slug):  # a database may choke on it
        raise not_found()
    member = exists().where(Membership.group_id == Group.id, Membership.runner_id == runner_id)
    row = db.session.execute(select(Group, member).where(Group.slug == slug)).one_or_none()
    if row is None:
        raise not_found()
    group, is_member = row
    profile = profile_of(group.id)
    visibility = {"listed": profile.listed, "public": profile.public}
    if not is_visible(**visibility, is_signed_in=runner_id is not None, is_member=is_member):
        raise not_found()
    return VisibleGroup(group, profile, is_member)


def picture_data(group_id: int, digest: str, size: Size) -> bytes:
    """Return a picture as JPEG. Raises NotFound where the group has another one, or none."""
    column = GroupPicture.small if size == "small" else GroupPicture.whole
    if not is_writable(digest):
        raise not_found()
    found = db.session.scalar(select(column).where(GroupPicture.group_id == group_id, GroupPicture.digest == digest))
    if found is None:
        raise not_found()
    return found
