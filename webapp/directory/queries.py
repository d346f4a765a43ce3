"""Finding groups in the directory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, select

from webapp.db import db
from webapp.directory.fit_rules import Reasons, RunningPattern
from webapp.directory.rules import GroupSearch, PaceBand
from webapp.group_profiles.queries import PictureLink, as_profile, meetings_of, pictures_of
from webapp.group_profiles.rules import Profile
from webapp.models.directory import DirectoryWord
from webapp.models.group_profiles import GroupProfile, MeetingTime
from webapp.models.groups import Group
from webapp.paging import Page
from webapp.text import search_words

PAGE = 20
# The searches in question are a few words; each more would be another search of the index.
MAX_WORDS = 6
ABOUT_CHARACTERS = 160
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group in the directory: the beginning of its text, its profile, its picture if it has one.

    `size`: it has this many members or more, 0 if that is too few to say. `reasons`: why it suits the reader.
    """

    slug: str
    name: str
    about: str
    profile: Profile
    picture: PictureLink | None
    size: int
    reasons: Reasons


def listed_groups(
    wanted: GroupSearch, number: int, pattern: RunningPattern | None = None, size: int = PAGE
) -> tuple[list[ListedGroup], Page]:
    """Return one page of the groups that are wanted, and whether more follow.

    Those that suit the `pattern` come first; without any, groups come by name.
    """
    page = Page(number, size)
    listed = (GroupProfile.listed.is_(True), *_conditions(wanted))
    order = (*(_best_first(pattern) if pattern else ()), GroupProfile.sort_name, GroupProfile.group_id)
    # Only the groups of this page are read whole: to find them takes a few columns, which are in an index.
    wanted_ids = select(GroupProfile.group_id).where(*listed).order_by(*order).limit(size + 1).offset(page.offset)
    rows = db.session.execute(_whole(wanted_ids).order_by(*order)).all()
    return _with_pictures(rows[:size], pattern), replace(page, has_next=len(rows) > size)


def lists_groups() -> bool:
    """Return whether any group is in the directory."""
    return bool(db.session.scalar(select(exists().where(GroupProfile.listed.is_(True)))))


def _whole(group_ids: Select[int]) -> Select[*tuple[Any, ...]]:
    about = func.substr(Group.text, 1, ABOUT_CHARACTERS)
    whole = select(GroupProfile, Group.slug, Group.name, about).join(Group, Group.id == GroupProfile.group_id)
    page = group_ids.subquery()
    return whole.join(page, page.c.group_id == GroupProfile.group_id)


def _with_pictures(rows: Sequence[Row[*tuple[Any, ...]]], pattern: RunningPattern | None) -> list[ListedGroup]:
    ids = [profile.group_id for profile, *_ in rows]
    meetings, pictures = meetings_of(ids), pictures_of(ids)
    return [
        ListedGroup(
            slug,
            name,
            " ".join(about.split()),
            as_profile(profile, meetings.get(profile.group_id, ())),
            pictures.get(profile.group_id),
            profile.size_step,
            _reasons(profile, pattern) if pattern else Reasons(),
        )
        for profile, slug, name, about in rows
    ]


def _reasons(profile: GroupProfile, pattern: RunningPattern) -> Reasons:
    told = PaceBand(pattern.pace).meets(profile.quickest, profile.slowest)
    return Reasons(*pattern.steps_in(profile.fits), told)


def _best_first(pattern: RunningPattern) -> tuple[ColumnElement[Any], ...]:
    """Put first where most members run the pace, then groups whose paces include it, then by distance and days."""
    pace, distance, days = (func.substr(GroupProfile.fits, place + 1, 1) for place in pattern.places)
    tells_pace = case((_covers_pace(PaceBand(pattern.pace)), 1), else_=0)
    return pace.desc(), tells_pace.desc(), distance.desc(), days.desc()


def _covers_pace(band: PaceBand) -> ColumnElement[bool]:
    return and_(GroupProfile.quickest <= band.slowest, GroupProfile.slowest >= band.quickest)


def _conditions(wanted: GroupSearch) -> Iterator[ColumnElement[bool]]:
    for word in search_words(wanted.words)[:MAX_WORDS]:
        yield GroupProfile.group_id.in_(_with_word(word))
    for word in search_words(wanted.area)[:MAX_WORDS]:
        yield GroupProfile.group_id.in_(_with_word(word).where(DirectoryWord.in_area))
    if wanted.weekday is not None:
        # Read once, and not for each group.
        yield GroupProfile.group_id.in_(select(MeetingTime.group_id).where(MeetingTime.weekday == wanted.weekday))
    if wanted.pace is not None:
        yield _covers_pace(wanted.pace)


def _with_word(beginning: str) -> Select[int]:
    """Return the groups with a word that begins so."""
    begins = DirectoryWord.word.between(beginning, beginning + _LAST)
    return select(DirectoryWord.group_id).where(begins)
