"""Conditions for queries on which runners are on a break: they chase nobody, and nobody chases them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from webapp.db import reading
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import Entry


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
