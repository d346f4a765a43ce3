"""Boards over any dates, from the ledger: one grouped read that all viewers share, and the names of one page."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from webapp.cache import cached
from webapp.db import db
from webapp.formatting import score
from webapp.models.groups import Consent, Group, Membership
from webapp.models.scoring import LedgerDay
from webapp.paging import Page, page_with
from webapp.privacy.gate import NOBODY, may_see, shared
from webapp.privacy.queries import consent_holds, is_hidden_runner, shares_totals, shows, switched_on
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.date_ranges import ALONE_TELLS, MEASURES, RangeMeasure, WantedRange
from webapp.rulebook.ranking import PAGE


@dataclass(frozen=True, slots=True)
class RangeViewer:
    """A runner for whom the board is rendered (perhaps `privacy.gate.NOBODY`), and their units."""

    id: int
    units: str


@dataclass(frozen=True, slots=True)
class RangeRow:
    runner_id: int
    name: str
    rank: int
    text: str
    is_me: bool


@dataclass(frozen=True, slots=True)
class Mine:
    """The viewer's own place: `row` and its page, or their own total if the group does not see it."""

    row: RangeRow | None
    page: int
    text: str
    # Why there is no row: "level", "longest", "hidden" or "nothing"; None if there is one.
    why: str | None


@dataclass(frozen=True, slots=True)
class RangeBoard:
    rows: list[RangeRow]
    mine: Mine
    page: Page
    size: int


class _Order:
    """Everybody's total, the largest first, equal ones by runner: numbers packed, since a group may be large."""

    def __init__(self, found: Sequence[tuple[int, int]]) -> None:
        self.runners = array("q", (runner_id for runner_id, _ in found))
        self.totals = array("q", (total for _, total in found))
        self._falling = array("q", (-total for total in self.totals))

    def rank(self, place: int) -> int:
        """Return the rank of the runner at `place` (from 0): one more than the number of greater totals."""
        return 1 + bisect_left(self._falling, self._falling[place])

    def place_of(self, runner_id: int) -> int | None:
        return self.runners.index(runner_id) if runner_id in self.runners else None


def range_board(group: Group, viewer: RangeViewer, wanted: WantedRange, number: int, now: datetime) -> RangeBoard:
    """Return a page of the board, from 1, and the viewer's own row. The order is kept for the minute."""
    key = ("range", group.id, group.created_at, wanted.first, wanted.last, wanted.measure, int(now.timestamp()) // 60)
    order: _Order = cached(key, partial(_order, group.id, wanted))
    size = len(order.runners)
    page = Page.of(size, PAGE, number)
    places = list(range(page.offset, min(page.offset + PAGE, size)))
    own = order.place_of(viewer.id)
    seen = _rows(group.id, viewer, wanted, order, [*places, *([own] if own is not None else [])])
    mine = _mine(group.id, viewer, wanted, own, seen)
    return RangeBoard([seen[place] for place in places if place in seen], mine, page, size)


def _order(group_id: int, wanted: WantedRange) -> _Order:
    measure = MEASURES[wanted.measure]
    members = select(Membership.runner_id).where(Membership.group_id == group_id)
    sums = _sums(measure, wanted, LedgerDay.runner_id.in_(members)).subquery()
    found = (
        select(sums.c.runner_id, sums.c.total)
        .join(Consent, and_(Consent.runner_id == sums.c.runner_id, Consent.group_id == group_id))
        # A total over any dates is no score in a challenge, so only runners who share totals are in it.
        .where(shares_totals(), sums.c.total > 0)
        .where(~is_hidden_runner(Consent.runner_id))
        .order_by(sums.c.total.desc(), sums.c.runner_id)
    )
    if measure.needs_own_consent:
        found = found.where(shows(LONGEST))
    return _Order([(runner_id, int(value)) for runner_id, value in db.session.execute(found)])


def _sums(measure: RangeMeasure, wanted: WantedRange, of_whom: ColumnElement[bool]) -> Select[tuple[int, int]]:
    """Select `runner_id` and `total` by the measure; a week that would reveal a single day is left out."""
    column = getattr(LedgerDay, measure.column)
    total = {"sum": func.sum(column), "count": func.count(), "greatest": func.max(column)}[measure.how]
    days = select(LedgerDay.runner_id, total.label("total")).where(of_whom, _within(wanted))
    if measure.column not in ALONE_TELLS:
        return days.group_by(LedgerDay.runner_id)
    weeks = days.group_by(LedgerDay.runner_id, _monday()).having(func.count() > 1).subquery()
    return select(weeks.c.runner_id, func.sum(weeks.c.total).label("total")).group_by(weeks.c.runner_id)


def _monday() -> ColumnElement[Any]:
    """Return the Monday of a ledger day's week."""
    if db.engine.dialect.name == "postgresql":
        return func.date_trunc("week", LedgerDay.local_date)
    return func.date(LedgerDay.local_date, "weekday 0", "-6 days")


def _within(wanted: WantedRange) -> ColumnElement[bool]:
    days = LedgerDay.local_date.between(wanted.first, wanted.last)
    return and_(LedgerDay.sport_class == "run", LedgerDay.runs > 0, days)


def _rows(
    group_id: int, viewer: RangeViewer, wanted: WantedRange, order: _Order, places: Sequence[int]
) -> dict[int, RangeRow]:
    """Return the rows at these few places, of runners who share them at present."""
    consents = _consents(group_id, [order.runners[place] for place in places])
    found = {}
    for place in places:
        consent = consents.get(order.runners[place])
        if consent is None or (MEASURES[wanted.measure].needs_own_consent and not switched_on(LONGEST, consent)):
            continue
        if not may_see(consent.level, "range_total"):
            continue
        row = {"name": consent.shown_name, "rank": order.rank(place), "range_total": order.totals[place]}
        seen = shared(consent.level, row)
        text = score(seen["range_total"], MEASURES[wanted.measure].unit, viewer.units)
        found[place] = RangeRow(order.runners[place], seen["name"], seen["rank"], text, consent.runner_id == viewer.id)
    return found


def _consents(group_id: int, runner_ids: Sequence[int]) -> dict[int, Consent]:
    given = (
        select(Consent)
        .where(Consent.group_id == group_id, consent_holds(), Consent.runner_id.in_(runner_ids))
        .where(~is_hidden_runner(Consent.runner_id))
    )
    return {consent.runner_id: consent for consent in db.session.scalars(given)}


def _mine(group_id: int, viewer: RangeViewer, wanted: WantedRange, own: int | None, seen: dict[int, RangeRow]) -> Mine:
    if own is not None and own in seen:
        return Mine(seen[own], page_with(own, PAGE), seen[own].text, None)
    measure = MEASURES[wanted.measure]
    sums = _sums(measure, wanted, LedgerDay.runner_id == viewer.id).subquery()
    total = db.session.scalar(select(sums.c.total)) or 0
    text = score(int(total), measure.unit, viewer.units)
    consent = _consents(group_id, [viewer.id]).get(viewer.id)
    why = "nothing" if viewer.id == NOBODY else _why_not(consent, measure, int(total))
    return Mine(None, 1, text, why)


def _why_not(consent: Consent | None, measure: RangeMeasure, total: int) -> str:
    if consent is None:
        return "hidden"
    if not may_see(consent.level, "range_total"):
        return "level"
    if measure.needs_own_consent and not switched_on(LONGEST, consent):
        return "longest"
    return "nothing" if total == 0 else "soon"
