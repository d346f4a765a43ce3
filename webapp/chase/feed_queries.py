"""Reading the overtakes of a challenge, except those of runners who were on a break."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from webapp.cache import cached
from webapp.leaderboards.queries import Viewer
from webapp.leaderboards.statement_queries import CONSENT, CONSENTED, ENTRY, read, table
from webapp.models.breaks import RunnerBreak
from webapp.models.chase import Overtake, Passed
from webapp.models.words import ConsentLevel
from webapp.paging import Page
from webapp.privacy.break_queries import covers, had_breaks, is_on_break
from webapp.privacy.gate import is_capped, may_see
from webapp.privacy.photo_queries import shown_link
from webapp.privacy.queries import consent_holds, shares_totals

OVERTAKE, PASSED, BREAK = table(Overtake), table(Passed), table(RunnerBreak)

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
    found = _page_of(viewer, limit, page)
    return Feed([_passing(viewer, found, line) for line in found.lines], found.more)


def own_lines(viewer: Viewer) -> dict[int, Passing]:
    """Return those of the latest overtakes that name the viewer, by their place in the feed."""
    found = _page_of(viewer, FEED_LINES, 1)
    return {
        place: _passing(viewer, found, line)
        for place, line in enumerate(found.lines)
        if viewer.runner_id in (line.runner_id, *(one.runner_id for one in found.passed_by(line)))
    }


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database has of a page, the same for all viewers: its lines, who was passed, and how many follow.

    Each view asks the gate who of these may be named.
    """

    lines: Sequence[Row[*tuple[Any, ...]]]
    passed: Mapping[tuple[int, date], Sequence[Row[*tuple[Any, ...]]]]
    more: int

    def passed_by(self, line: Row[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return those whom an overtake names, the nearest first."""
        return self.passed.get((line.passer_id, line.local_date), ())


def _page_of(viewer: Viewer, limit: int, page: int) -> _Found:
    """Return a page, cached by version."""
    # Whoever begins or ends a break moves the version of the boards that they are on.
    has_breaks = cached((*viewer.edition, "had breaks"), partial(had_breaks, viewer.challenge_id))
    key = (*viewer.days_edition, "feed", limit, page)
    return cached(key, partial(_found, viewer.group_id, viewer.challenge_id, limit, page, has_breaks))


def _found(group_id: int, challenge_id: int, limit: int, page: int, has_breaks: bool) -> _Found:
    lines, count = _overtakes(is_capped(), has_breaks)
    here = {"group": group_id, "challenge": challenge_id, "offset": Page(page, limit).offset}
    found = read(lines, {**here, "size": limit}).all()
    # Every passer on every date, a few more than wanted: SQLite cannot look up pairs in an index.
    wanted = {"passers": {line.passer_id for line in found}, "dates": {line.local_date for line in found}}
    passed: defaultdict[tuple[int, date], list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for one in read(_named(has_breaks), {"group": group_id, **wanted}) if found else ():
        if one.consent is not None:
            passed[one.passer_id, one.local_date].append(one)
    counted = read(count, {**here, "size": COUNTED + limit}).scalar_one()
    return _Found(found, passed, counted - len(found))


def _passing(viewer: Viewer, found: _Found, line: Row[*tuple[Any, ...]]) -> Passing:
    entry, day, count, runner, consent = line
    level, photo, name = consent.split("/", 2)
    link = shown_link(viewer.slug, runner, ConsentLevel(level), photo)
    passer = FeedRunner(name, runner, runner == viewer.runner_id, entry, link)
    named = [_named_runner(viewer, one.id, one.runner_id, one.consent) for one in found.passed_by(line)]
    return Passing(f"{entry}-{day}", day, passer, [one for one in named if one], count)


def _named_runner(viewer: Viewer, entry: int, runner: int, consent: str) -> FeedRunner | None:
    level, name = consent.split("/", 1)
    is_me = runner == viewer.runner_id
    return FeedRunner(name, runner, is_me, entry) if may_see(ConsentLevel(level), "overtakes", is_self=is_me) else None


@cache
def _overtakes(_capped: bool, has_breaks: bool) -> tuple[Select[*tuple[Any, ...]], Select[int]]:
    """Select (entry, date, how many it passed, runner, consent) of those who show their totals, the latest date first.

    The second statement counts them. Building them takes longer than running them, and the cap of the installation is
    part of them. Most challenges have nobody who was on a break, and need not look for it at each overtake.
    """
    count = OVERTAKE.c.passed_count
    passed = (count - _passed_on_a_break() if has_breaks else count).label("passed")
    consented = (CONSENT.c.runner_id == ENTRY.c.runner_id) & (CONSENT.c.group_id == bindparam("group"))
    lines = (
        select(OVERTAKE.c.passer_id, OVERTAKE.c.local_date, count, passed, ENTRY.c.runner_id)
        .join(ENTRY, ENTRY.c.id == OVERTAKE.c.passer_id)
        .join(CONSENT, consented)
        .where(OVERTAKE.c.challenge_id == bindparam("challenge"), consent_holds(CONSENT.c), shares_totals(CONSENT.c))
    )
    if has_breaks:
        lines = lines.where(passed.element > 0, ~is_on_break(ENTRY.c.runner_id, OVERTAKE.c.local_date))
    ordered = lines.order_by(OVERTAKE.c.local_date.desc(), count.desc(), OVERTAKE.c.passer_id)
    found = ordered.limit(bindparam("size")).offset(bindparam("offset")).subquery()
    # Photos are looked up for the few of the page alone.
    page = select(*found.c["passer_id", "local_date", "passed", "runner_id"], _consent_of(found, CONSENTED))
    counted = lines.with_only_columns(OVERTAKE.c.passer_id).limit(bindparam("size")).offset(bindparam("offset"))
    return (
        page.order_by(found.c.local_date.desc(), found.c.passed_count.desc(), found.c.passer_id),
        select(func.count()).select_from(counted.subquery()),
    )


def _consent_of(found: Any, said: ColumnElement[str]) -> Any:
    """Select what the consent of a runner says. With a join, a database may prefer to read all members of the group."""
    mine = (CONSENT.c.group_id == bindparam("group"), CONSENT.c.runner_id == found.c.runner_id)
    return select(said).where(*mine, consent_holds(CONSENT.c)).scalar_subquery()


def _passed_on_a_break() -> Any:
    """Select how many of the nearest whom an overtake names were on a break on its date."""
    return (
        select(func.count())
        .select_from(PASSED.join(ENTRY, ENTRY.c.id == PASSED.c.passed_id))
        .join(BREAK, (BREAK.c.runner_id == ENTRY.c.runner_id) & covers(OVERTAKE.c.local_date, BREAK.c))
        .where(PASSED.c.passer_id == OVERTAKE.c.passer_id, PASSED.c.local_date == OVERTAKE.c.local_date)
        .correlate(OVERTAKE)
        .scalar_subquery()
    )


@cache
def _named(has_breaks: bool) -> Select[*tuple[Any, ...]]:
    """Select (passer, date, entry, runner, level and name) of those who were passed, the nearest first."""
    named = (
        select(*PASSED.c["passer_id", "local_date"], *ENTRY.c["id", "runner_id"])
        .add_columns(_consent_of(ENTRY, CONSENT.c.level + "/" + CONSENT.c.shown_name).label("consent"))
        .join(ENTRY, ENTRY.c.id == PASSED.c.passed_id)
        .where(PASSED.c.passer_id.in_(bindparam("passers", expanding=True)))
        .where(PASSED.c.local_date.in_(bindparam("dates", expanding=True)))
        .order_by(PASSED.c.place)
    )
    return named.where(~is_on_break(ENTRY.c.runner_id, PASSED.c.local_date)) if has_breaks else named
