"""Reading who is next to whom on a board, except those who are on a break. The statements are built once."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, func, null, select, union_all

from webapp.circles.queries import ChosenCircle
from webapp.circles.rules import is_close
from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import ENTRY, PLACEMENT, read
from webapp.models.circles import CircleKind
from webapp.privacy.break_queries import is_on_break
from webapp.rulebook.ranking import BUCKET_WIDTHS, bucket_of

TOTAL, BUCKET = PLACEMENT.c.total, PLACEMENT.c.bucket
_Select = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Chaser:
    """An entry, the total of the next ahead, and how far that is."""

    entry_id: int
    lead_total: int
    gap: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The entries of the next ahead of the viewer and of the next behind, and how many have the viewer's total.

    Those that show their rank alone are not counted.
    """

    ahead: int | None
    behind: int | None
    beside_count: int


@dataclass(frozen=True, slots=True)
class _Statements:
    nearest: _Select | CompoundSelect[*tuple[Any, ...]]
    first_with: _Select
    beside: _Select
    count_beside: _Select
    chasers: _Select


def neighbours(context: BoardContext, circle: ChosenCircle) -> Neighbours:
    """Return those around the viewer: the next ahead and behind in their circle, and all who are level with them."""
    if circle.kind is CircleKind.PEOPLE:
        ahead, behind = _nearest_of(context, circle.runner_ids)
        beside = read(_statements(bool(context.breaks)).count_beside, _beside(context))
        return Neighbours(ahead, behind, beside.scalar_one())
    # Where no figures are shown, nothing may say how close a total is either.
    kind = CircleKind.NEAREST if context.hides_figures and circle.kind is CircleKind.CLOSE else circle.kind
    viewer = context.viewer
    rows = read(_statements(bool(context.breaks), kind).nearest, _beside(context)).all()
    (beside,) = (row.total for row in rows if row.entry_id is None)
    rows = [row for row in rows if row.entry_id is not None]
    if kind is CircleKind.CLOSE:
        rows = [row for row in rows if is_close(row.total, viewer.total)]
    ahead = next((row.entry_id for row in rows if row.total > viewer.total), None)
    behind = next((row.entry_id for row in rows if row.total < viewer.total), None)
    return Neighbours(ahead, behind, beside)


def _nearest_of(context: BoardContext, runner_ids: Collection[int]) -> tuple[int | None, int | None]:
    """Return the nearest of these runners who show their totals, are on no break and have a score."""
    rows = read(_OF_RUNNERS, {"challenge": context.viewer.challenge_id, "runners": runner_ids}) if runner_ids else ()
    own = context.viewer.total
    found = sorted((total, entry) for entry, runner, total in rows if runner not in context.breaks)
    ahead = next((entry for total, entry in found if total > own), None)
    behind = next((entry for total, entry in reversed(found) if total < own), None)
    return ahead, behind


def first_with(context: BoardContext, totals: Collection[int]) -> dict[int, int]:
    """Return for each total, all above zero, the first entry that has it, one that shows it if any does."""
    if not totals:
        return {}
    width = BUCKET_WIDTHS[context.rules.unit]
    buckets = {bucket_of(total, 0, width) for total in totals}
    values = {**_here(context), "buckets": buckets, "totals": set(totals)}
    rows = read(_statements(bool(context.breaks)).first_with, values)
    return {total: entry for total, entry in rows}  # noqa: C416  # a Result is not the dict it looks like


def entries_beside(context: BoardContext, size: int) -> list[int]:
    """Return some entries with the viewer's total, `size` at most, of those that show it."""
    return list(read(_statements(bool(context.breaks)).beside, {**_beside(context), "size": size}).scalars())


def chasers(context: BoardContext, offset: int, size: int) -> list[Chaser]:
    """Return chasers in the order of the board's gaps, `size` at most; those of a page by the gaps that they have."""
    values = {**_here(context), "offset": offset, "size": size}
    rows = read(_statements(bool(context.breaks)).chasers, values)
    found = [Chaser(entry, lead, lead - own) for entry, lead, own in rows if lead is not None]
    return sorted(found, key=lambda chaser: (chaser.gap, chaser.entry_id))


def _here(context: BoardContext) -> dict[str, Any]:
    viewer = context.viewer
    return {"challenge": viewer.challenge_id, "team": viewer.team_id, "day": context.day}


def _beside(context: BoardContext) -> dict[str, Any]:
    """Return the values of statements about the viewer's place. An entry at zero follows nobody."""
    viewer = context.viewer
    own = {"entry": viewer.entry_id, "own": viewer.bucket if viewer.total else 0, "total": viewer.total}
    return {**_here(context), **own}


_OF_RUNNERS = (
    select(*PLACEMENT.c["entry_id", "runner_id", "total"])
    .join(ENTRY, ENTRY.c.id == PLACEMENT.c.entry_id)
    .where(ENTRY.c.challenge_id == bindparam("challenge"), ENTRY.c.runner_id.in_(bindparam("runners", expanding=True)))
    .where(TOTAL > 0, ~PLACEMENT.c.rank_only)
)


@cache
def _statements(has_breaks: bool, kind: CircleKind = CircleKind.NEAREST) -> _Statements:
    """Build the statements. Most boards have nobody on a break, and need not look for it."""
    here, takes_part = PLACEMENT.c.challenge_id == bindparam("challenge"), _takes_part(has_breaks)
    same = select(PLACEMENT.c.entry_id).where(
        *(here, *takes_part, PLACEMENT.c.entry_id != bindparam("entry"), bindparam("own") == BUCKET),
        *(bindparam("total") == TOTAL, ~PLACEMENT.c.rank_only),
    )
    count_beside = select(func.count()).select_from(same.subquery())
    if kind is CircleKind.TEAM:
        takes_part.append(PLACEMENT.c.team_id == bindparam("team"))
    elif kind is CircleKind.CLOSE:
        # Whether a runner is named here says how large their total is about: so only those who show it.
        takes_part.append(~PLACEMENT.c.rank_only)
    return _Statements(
        _nearest(count_beside, here, *takes_part),
        # A total is in only one bucket, and SQLite cannot look up pairs in an index.
        select(TOTAL, func.min(PLACEMENT.c.entry_id))
        .where(here, *takes_part)
        .where(BUCKET.in_(bindparam("buckets", expanding=True)), TOTAL.in_(bindparam("totals", expanding=True)))
        .group_by(TOTAL, PLACEMENT.c.rank_only)
        .order_by(PLACEMENT.c.rank_only.desc()),
        same.order_by(BUCKET, PLACEMENT.c.entry_id).limit(bindparam("size")),
        count_beside,
        _chasers(has_breaks),
    )


def _nearest(count_beside: _Select, *which: ColumnElement[bool]) -> CompoundSelect[*tuple[Any, ...]]:
    """Select (entry, total) of the next ahead and of the next behind: of equal ones the first that shows its total.

    One more row has no entry, and how many are level in the place of a total.
    """
    entries, first = select(PLACEMENT.c.entry_id, TOTAL).where(*which), (PLACEMENT.c.rank_only, PLACEMENT.c.entry_id)
    ahead = entries.where(bindparam("own") >= BUCKET, bindparam("total") < TOTAL).order_by(BUCKET.desc(), TOTAL, *first)
    behind = entries.where(bindparam("own") <= BUCKET, BUCKET < 0, bindparam("total") > TOTAL)
    behind = behind.order_by(BUCKET, TOTAL.desc(), *first)
    level = select(null(), count_beside.scalar_subquery())
    return union_all(*(select(each.limit(1).subquery()) for each in (ahead, behind)), level)


def _chasers(has_breaks: bool) -> _Select:
    """Select (entry, total of the next ahead, own total). The gap of the board may be one to somebody on a break."""
    mine = select(*PLACEMENT.c["challenge_id", "entry_id", "bucket", "total", "gap"]).where(
        *(PLACEMENT.c.challenge_id == bindparam("challenge"), PLACEMENT.c.gap.is_not(None)),
        *(~PLACEMENT.c.rank_only, *_takes_part(has_breaks)),
    )
    mine = mine.order_by(PLACEMENT.c.gap, PLACEMENT.c.entry_id)
    found = mine.limit(bindparam("size")).offset(bindparam("offset")).subquery()
    if not has_breaks:
        return select(found.c.entry_id, found.c.total + found.c.gap, found.c.total)
    ahead = PLACEMENT.alias("ahead")
    lead = select(ahead.c.total).where(
        *(ahead.c.challenge_id == found.c.challenge_id, ahead.c.bucket <= found.c.bucket),
        *(ahead.c.total > found.c.total, *_takes_part(has_breaks, ahead)),
    )
    lead_total = lead.order_by(ahead.c.bucket.desc(), ahead.c.total).limit(1).scalar_subquery()
    return select(found.c.entry_id, lead_total, found.c.total)


def _takes_part(has_breaks: bool, placement: Any = PLACEMENT) -> list[ColumnElement[bool]]:
    return [~is_on_break(placement.c.runner_id, bindparam("day"))] if has_breaks else []
