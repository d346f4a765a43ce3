"""Finding groups in the directory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, literal, select
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.directory.fit_rules import Reasons, RunningPattern
from webapp.directory.rules import GroupSearch, PaceBand
from webapp.group_profiles.queries import PictureLink, as_profile, meetings_of, pictures_of
from webapp.group_profiles.rules import Profile
from webapp.models.directory import DirectoryWord, GroupFit
from webapp.models.group_profiles import GroupProfile, MeetingTime
from webapp.models.groups import Group
from webapp.models.words import FitKind
from webapp.paging import Page
from webapp.text import search_words

PAGE = 20
# The searches in question are a few words; each more would be one more look at the index.
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
    asked = _listed(wanted)
    ranked = _by_fit(asked, pattern) if pattern else asked.add_columns(*[literal(0)] * 4)
    by_name = ranked.order_by(GroupProfile.sort_name, GroupProfile.group_id)
    rows = db.session.execute(by_name.limit(size + 1).offset(page.offset)).all()
    groups = _with_pictures(rows[:size])
    return groups, replace(page, has_next=len(rows) > size)


def _with_pictures(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ListedGroup]:
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
            Reasons(pace, distance, days, bool(tells_pace)),
        )
        for profile, slug, name, about, pace, tells_pace, distance, days in rows
    ]


def _listed(wanted: GroupSearch) -> Select[*tuple[Any, ...]]:
    about = func.substr(Group.text, 1, ABOUT_CHARACTERS)
    return (
        select(GroupProfile, Group.slug, Group.name, about)
        .join(Group, Group.id == GroupProfile.group_id)
        .where(GroupProfile.listed.is_(True), *_conditions(wanted))
    )


def _by_fit(asked: Select[*tuple[Any, ...]], pattern: RunningPattern) -> Select[*tuple[Any, ...]]:
    """Put first where most members run the pace, then groups whose paces include it, then by distance and days."""
    steps = {}
    for kind, band in pattern.bands.items():
        fit = aliased(GroupFit)
        mine = (fit.group_id == GroupProfile.group_id, fit.kind == kind, fit.band == band)
        asked = asked.outerjoin(fit, and_(*mine))
        steps[kind] = func.coalesce(fit.step, 0)
    tells_pace = case((_covers_pace(PaceBand(pattern.pace)), 1), else_=0)
    best_first = (steps[FitKind.PACE], tells_pace, steps[FitKind.DISTANCE], steps[FitKind.DAYS])
    return asked.add_columns(*best_first).order_by(*(each.desc() for each in best_first))


def _covers_pace(band: PaceBand) -> ColumnElement[bool]:
    return and_(GroupProfile.quickest <= band.slowest, GroupProfile.slowest >= band.quickest)


def _conditions(wanted: GroupSearch) -> Iterator[ColumnElement[bool]]:
    for word in search_words(wanted.words)[:MAX_WORDS]:
        yield GroupProfile.group_id.in_(_with_word(word))
    for word in search_words(wanted.area)[:MAX_WORDS]:
        yield GroupProfile.group_id.in_(_with_word(word).where(DirectoryWord.in_area))
    if wanted.weekday is not None:
        yield exists().where(MeetingTime.group_id == GroupProfile.group_id, MeetingTime.weekday == wanted.weekday)
    if wanted.pace is not None:
        yield _covers_pace(wanted.pace)


def _with_word(beginning: str) -> Select[int]:
    """Return the groups with a word that begins so."""
    begins = DirectoryWord.word.between(beginning, beginning + _LAST)
    return select(DirectoryWord.group_id).where(begins)
