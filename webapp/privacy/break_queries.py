"""Conditions for queries on which runners are on a break.

They chase nobody and nobody chases them; they are excused from group runs, nobody misses them, nothing nudges or
reminds them, and their streak and pledges wait. Why they are on it is not read here: only its runner sees that.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from webapp.db import batches, reading
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import Entry
from webapp.rulebook.breaks import BreakSpan


@dataclass(frozen=True, slots=True)
class Break:
    """A break as of a date: the last day of it, None if that is open, and whether boards say so at the row."""

    ends_on: date | None
    is_marked: bool


def covers(day: Any, table: Any = RunnerBreak) -> ColumnElement[bool]:
    """Return the condition that a break includes a date, which may be a column. A day belongs to a group's zone."""
    return and_(table.starts_on <= day, or_(table.ends_on.is_(None), table.ends_on >= day))


def is_on_break(runner_id: Any, day: Any) -> ColumnElement[bool]:
    """Return the condition that a runner (a column) is on a break on a date."""
    return exists().where(RunnerBreak.runner_id == runner_id, covers(day))


def excused(runner_ids: Collection[int], day: date) -> frozenset[int]:
    """Return those of some runners who are on a break on a date."""
    found: set[int] = set()
    for some in batches(sorted(runner_ids)):
        here = select(RunnerBreak.runner_id).where(RunnerBreak.runner_id.in_(some), covers(day))
        found.update(reading().execute(here).scalars())
    return frozenset(found)


def break_spans(runner_ids: Collection[int], first: date, last: date) -> Mapping[int, Sequence[BreakSpan]]:
    """Return the breaks of some runners that touch the dates from `first` to `last`, cut to these, by runner."""
    touches = RunnerBreak.starts_on <= last, or_(RunnerBreak.ends_on.is_(None), RunnerBreak.ends_on >= first)
    found: defaultdict[int, list[BreakSpan]] = defaultdict(list)
    for some in batches(sorted(runner_ids)):
        here = select(RunnerBreak.runner_id, RunnerBreak.starts_on, RunnerBreak.ends_on)
        rows = reading().execute(here.where(RunnerBreak.runner_id.in_(some), *touches).order_by(RunnerBreak.starts_on))
        for runner_id, starts_on, ends_on in rows:
            found[runner_id].append(BreakSpan(max(starts_on, first), min(ends_on or last, last)))
    return found


def break_of(runner_id: int, day: date) -> Break | None:
    """Return the break that a runner is on."""
    mine = select(RunnerBreak.ends_on, RunnerBreak.is_marked).where(RunnerBreak.runner_id == runner_id, covers(day))
    row = reading().execute(mine).first()
    return Break(*row) if row else None


def breaks_in(challenge_id: int, day: date) -> Mapping[int, Break]:
    """Return the breaks of those who are in a challenge, by runner."""
    here = select(RunnerBreak.runner_id, RunnerBreak.ends_on, RunnerBreak.is_marked).join(
        Entry, Entry.runner_id == RunnerBreak.runner_id
    )
    rows = reading().execute(here.where(Entry.challenge_id == challenge_id, covers(day)))
    return {runner_id: Break(ends_on, is_marked) for runner_id, ends_on, is_marked in rows}


def had_breaks(challenge_id: int) -> bool:
    """Return whether anybody in a challenge ever was on a break, or has planned one."""
    here = exists().where(RunnerBreak.runner_id == Entry.runner_id, Entry.challenge_id == challenge_id)
    return bool(reading().execute(select(here)).scalar())
