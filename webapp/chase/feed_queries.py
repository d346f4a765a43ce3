"""Reading the overtakes of a challenge, except those of runners who were on a break."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from webapp.leaderboards.queries import Viewer
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, read, table
from webapp.models.chase import Overtake, Passed
from webapp.models.pauses import Pause
from webapp.paging import Page
from webapp.privacy.gate import is_capped, may_see
from webapp.privacy.pause_queries import covers, is_paused
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_holds, shares_totals

OVERTAKE, PASSED, PAUSE = table(Overtake), table(Passed), table(Pause)

FEED_LINES = 10
# Beyond that the feed says "and 1,000 more" and does not count further.
COUNTED = 1000


@dataclass(frozen=True, slots=True)
class FeedRunner:
    """Somebody in the feed."""

    name: str
    runner_id: int
    is_me: bool
    entry_id: int
    # The address of their photo, None for initials. Only of passers: the others are named in a sentence.
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """A line of the feed: the passer, the date, how many they passed, and those who may be named, nearest first."""

    id: str
    date: date
    passer: FeedRunner
    passed: list[FeedRunner]
    passed_count: int


@dataclass(frozen=True, slots=True)
class Feed:
    """The latest lines, and the number of others."""

    items: list[Passing]
    more: int


def feed_of(viewer: Viewer, limit: int = FEED_LINES, page: int = 1) -> Feed:
    """Return a page of the overtakes of a challenge, from 1, the latest date first."""
    lines, count = _overtakes(is_capped())
    before = Page(page, limit).offset
    here = {"group": viewer.group_id, "challenge": viewer.challenge_id, "offset": before}
    found = read(lines, {**here, "size": limit}).all()
    passed = _passed(viewer, [(passer, day) for passer, day, *_ in found])
    items = [
        Passing(
            f"{entry}-{day}",
            day,
            FeedRunner(name, runner, runner == viewer.runner_id, entry, shown_link(viewer.slug, runner, level, photo)),
            passed[entry, day],
            count,
        )
        for entry, day, count, runner, name, level, photo in found
    ]
    counted = read(count, {**here, "size": COUNTED + limit}).scalar_one()
    return Feed(items, counted - len(found))


def _passed(viewer: Viewer, keys: Collection[tuple[int, date]]) -> dict[tuple[int, date], list[FeedRunner]]:
    found: defaultdict[tuple[int, date], list[FeedRunner]] = defaultdict(list)
    # Every passer on every date, a few more than wanted: SQLite cannot look up pairs in an index.
    wanted = {"passers": {passer for passer, _ in keys}, "dates": {day for _, day in keys}}
    values = {"group": viewer.group_id, "challenge": viewer.challenge_id, **wanted}
    for passer, day, entry, runner_id, name, level in read(_PASSED, values) if keys else ():
        if (passer, day) in keys and may_see(level, "overtakes", is_self=runner_id == viewer.runner_id):
            found[passer, day].append(FeedRunner(name, runner_id, runner_id == viewer.runner_id, entry))
    return found


def _people(*more: Any) -> Any:
    consented = (CONSENT.c.runner_id == ENTRY.c.runner_id) & (CONSENT.c.group_id == bindparam("group"))
    return (
        select(ENTRY.c.id.label("entry_id"), ENTRY.c.runner_id, CONSENT.c.shown_name.label("name"), CONSENT.c.level)
        .add_columns(*more)
        .join(CONSENT, consented)
        .where(ENTRY.c.challenge_id == bindparam("challenge"), consent_holds(CONSENT.c))
        .subquery()
    )


@cache
def _overtakes(_capped: bool) -> tuple[Select[*tuple[Any, ...]], Select[int]]:
    """Select (entry, date, how many it passed, runner, name, level, photo) of those who show their totals.

    The latest date comes first. The second statement counts them. Building them takes longer than running them, and
    the cap of the installation is part of them.
    """
    people = _people(shares_totals(CONSENT.c).label("shares_totals"), photo_version(CONSENT.c).label("photo"))
    who = people.c["runner_id", "name", "level", "photo"]
    passed = OVERTAKE.c.passed_count - _passed_on_a_break()
    lines = (
        select(OVERTAKE.c.passer_id, OVERTAKE.c.local_date, passed, *who)
        .join(people, people.c.entry_id == OVERTAKE.c.passer_id)
        .where(OVERTAKE.c.challenge_id == bindparam("challenge"), people.c.shares_totals)
        .where(passed > 0, ~is_paused(people.c.runner_id, OVERTAKE.c.local_date))
    )
    latest = lines.order_by(OVERTAKE.c.local_date.desc(), OVERTAKE.c.passed_count.desc(), OVERTAKE.c.passer_id)
    page = latest.limit(bindparam("size")).offset(bindparam("offset"))
    counted = lines.with_only_columns(OVERTAKE.c.passer_id).limit(bindparam("size")).offset(bindparam("offset"))
    return page, select(func.count()).select_from(counted.subquery())


def _passed_on_a_break() -> Any:
    """Select how many of the nearest whom an overtake names were on a break on its date."""
    return (
        select(func.count())
        .select_from(PASSED.join(ENTRY, ENTRY.c.id == PASSED.c.passed_id))
        .join(PAUSE, (PAUSE.c.runner_id == ENTRY.c.runner_id) & covers(OVERTAKE.c.local_date, PAUSE.c))
        .where(PASSED.c.passer_id == OVERTAKE.c.passer_id, PASSED.c.local_date == OVERTAKE.c.local_date)
        .correlate(OVERTAKE)
        .scalar_subquery()
    )


_NAMED = _people()

_PASSED = (
    select(PASSED.c.passer_id, PASSED.c.local_date, *_NAMED.c["entry_id", "runner_id", "name", "level"])
    .join(_NAMED, _NAMED.c.entry_id == PASSED.c.passed_id)
    .where(PASSED.c.passer_id.in_(bindparam("passers", expanding=True)))
    .where(PASSED.c.local_date.in_(bindparam("dates", expanding=True)))
    .where(~is_paused(_NAMED.c.runner_id, PASSED.c.local_date))
    .order_by(PASSED.c.place)
)
