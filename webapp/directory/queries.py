"""Finding groups in the directory."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from webapp.directory.rules import Wanted
from webapp.extensions import db
from webapp.group_profiles.queries import PictureLink, as_profile, meetings_of, pictures_of
from webapp.group_profiles.rules import Profile
from webapp.models.directory import DirectoryWord
from webapp.models.group_profiles import GroupProfile, MeetingTime
from webapp.models.groups import Group
from webapp.paging import Page
from webapp.text import search_words

PAGE = 20
# The searches in question are a few words; each more would be one more look at the index.
MAX_WORDS = 6
ABOUT_CHARACTERS = 160
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group in the directory: the beginning of its text, what it tells of itself, its picture if it has one."""

    slug: str
    name: str
    about: str
    profile: Profile
    picture: PictureLink | None


def listed_groups(wanted: Wanted, number: int) -> tuple[list[ListedGroup], Page]:
    """Return one page of the groups that are wanted, by name, and whether more follow."""
    offset = (number - 1) * PAGE
    rows = db.session.execute(_listed(wanted).limit(PAGE + 1).offset(offset)).all()
    shown = rows[:PAGE]
    ids = [profile.group_id for profile, *_ in shown]
    meetings, pictures = meetings_of(ids), pictures_of(ids)
    groups = [
        ListedGroup(
            slug,
            name,
            " ".join(about.split()),
            as_profile(profile, meetings.get(profile.group_id, ())),
            pictures.get(profile.group_id),
        )
        for profile, slug, name, about in shown
    ]
    return groups, Page(number, PAGE, has_next=len(rows) > PAGE)


def _listed(wanted: Wanted) -> Select[GroupProfile, str, str, str]:
    about = func.substr(Group.text, 1, ABOUT_CHARACTERS)
    return (
        select(GroupProfile, Group.slug, Group.name, about)
        .join(Group, Group.id == GroupProfile.group_id)
        .where(GroupProfile.listed, *_conditions(wanted))
        .order_by(GroupProfile.sort_name, GroupProfile.group_id)
    )


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for word in search_words(wanted.words)[:MAX_WORDS]:
        yield GroupProfile.group_id.in_(_with_word(word))
    for word in search_words(wanted.area)[:MAX_WORDS]:
        yield GroupProfile.group_id.in_(_with_word(word).where(DirectoryWord.in_area))
    if wanted.weekday is not None:
        yield exists().where(MeetingTime.group_id == GroupProfile.group_id, MeetingTime.weekday == wanted.weekday)
    if wanted.pace is not None:
        yield and_(GroupProfile.quickest <= wanted.pace.slowest, GroupProfile.slowest >= wanted.pace.quickest)


def _with_word(beginning: str) -> Select[int]:
    """Return the groups with a word that begins so."""
    begins = DirectoryWord.word.between(beginning, beginning + _LAST)
    return select(DirectoryWord.group_id).where(begins)
