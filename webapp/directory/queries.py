"""Finding groups in the directory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, case, exists, func, select

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
# The order of `RunningPattern.places`.
BANDS = ("pace", "distance", "days")


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
    words, areas = search_words(wanted.words)[:MAX_WORDS], search_words(wanted.area)[:MAX_WORDS]
    statement = _page(len(words), len(areas), wanted.weekday is not None, wanted.pace is not None, pattern is not None)
    values = {**_values(words, areas, wanted, pattern), "size": size + 1, "offset": page.offset}
    rows = db.session.execute(statement, values).all()
    return _with_pictures(rows[:size], pattern), replace(page, has_next=len(rows) > size)


def lists_groups() -> bool:
    """Return whether any group is in the directory."""
    return bool(db.session.scalar(select(exists().where(GroupProfile.listed.is_(True)))))


def _values(
    words: Sequence[str], areas: Sequence[str], wanted: GroupSearch, pattern: RunningPattern | None
) -> dict[str, object]:
    """Return the values of a statement of `_page`."""
    values: dict[str, object] = {"weekday": wanted.weekday}
    for kind, searched in (("word", words), ("area", areas)):
        values |= {f"{kind}{place}": word for place, word in enumerate(searched)}
        values |= {f"{kind}{place}_end": word + _LAST for place, word in enumerate(searched)}
    if wanted.pace:
        values |= {"wanted_slowest": wanted.pace.slowest, "wanted_quickest": wanted.pace.quickest}
    if pattern:
        mine = PaceBand(pattern.pace)
        values |= {"my_slowest": mine.slowest, "my_quickest": mine.quickest}
        values |= {band: place + 1 for band, place in zip(BANDS, pattern.places, strict=True)}
    return values


@cache
def _page(words: int, areas: int, has_day: bool, has_pace: bool, by_fit: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement of a page of groups, by how much is searched for. Building it takes longer than running it.

    Only the groups of the page are read whole: to find them takes a few columns, which are in an index.
    """
    wanted = (GroupProfile.listed.is_(True), *_conditions(words, areas, has_day, has_pace))
    order = (*(_best_first() if by_fit else ()), GroupProfile.sort_name, GroupProfile.group_id)
    found = select(GroupProfile.group_id).where(*wanted).order_by(*order)
    page = found.limit(bindparam("size")).offset(bindparam("offset")).subquery()
    about = func.substr(Group.text, 1, ABOUT_CHARACTERS)
    whole = select(GroupProfile, Group.slug, Group.name, about).join(Group, Group.id == GroupProfile.group_id)
    return whole.join(page, page.c.group_id == GroupProfile.group_id).order_by(*order)


def _with_pictures(rows: Sequence[Row[*tuple[Any, ...]]], pattern: RunningPattern | None) -> list[ListedGroup]:
    ids = [profile.group_id for profile, *_ in rows]
    meetings, pictures = (meetings_of(ids), pictures_of(ids)) if ids else ({}, {})
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


def _best_first() -> tuple[ColumnElement[Any], ...]:
    """Put first where most members run the pace, then groups whose paces include it, then by distance and days."""
    pace, distance, days = (func.substr(GroupProfile.fits, bindparam(band, type_=Integer), 1) for band in BANDS)
    tells_pace = case((_covers_pace("my"), 1), else_=0)
    return pace.desc(), tells_pace.desc(), distance.desc(), days.desc()


def _covers_pace(whose: str) -> ColumnElement[bool]:
    slowest, quickest = bindparam(f"{whose}_slowest", type_=Integer), bindparam(f"{whose}_quickest", type_=Integer)
    return and_(GroupProfile.quickest <= slowest, GroupProfile.slowest >= quickest)


def _conditions(words: int, areas: int, has_day: bool, has_pace: bool) -> Iterator[ColumnElement[bool]]:
    for place in range(words):
        yield GroupProfile.group_id.in_(_with_word(f"word{place}"))
    for place in range(areas):
        yield GroupProfile.group_id.in_(_with_word(f"area{place}").where(DirectoryWord.in_area))
    if has_day:
        # Read once, and not for each group.
        on_day = select(MeetingTime.group_id).where(MeetingTime.weekday == bindparam("weekday"))
        yield GroupProfile.group_id.in_(on_day)
    if has_pace:
        yield _covers_pace("wanted")


def _with_word(name: str) -> Select[int]:
    """Return the groups with a word that begins so."""
    begins = DirectoryWord.word.between(bindparam(name), bindparam(f"{name}_end"))
    return select(DirectoryWord.group_id).where(begins)
