"""Reading a runner's breaks."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from webapp.db import db
from webapp.groups.queries import groups_of
from webapp.models.breaks import RunnerBreak

# Past breaks that the page lists.
LISTED = 50


def today_of(runner_id: int, now: datetime) -> date:
    """Return the date in the group of the runner where the day is earliest; in UTC for one without a group."""
    zones = {group.tz for group in groups_of(runner_id)} or {"UTC"}
    return min(now.astimezone(ZoneInfo(zone)).date() for zone in zones)


def present_break(runner_id: int, today: date) -> RunnerBreak | None:
    """Return the break that a runner is on, or the next one. There is at most one that is not over."""
    mine = select(RunnerBreak).where(
        RunnerBreak.runner_id == runner_id, or_(RunnerBreak.ends_on.is_(None), RunnerBreak.ends_on >= today)
    )
    return db.session.scalars(mine.order_by(RunnerBreak.starts_on)).first()


def break_on(runner_id: int, now: datetime) -> RunnerBreak | None:
    """Return the break that a runner is on today."""
    today = today_of(runner_id, now)
    present = present_break(runner_id, today)
    return present if present and present.starts_on <= today else None


def past_breaks(runner_id: int, today: date) -> Sequence[RunnerBreak]:
    """Return the latest breaks that are over, the latest first."""
    mine = select(RunnerBreak).where(RunnerBreak.runner_id == runner_id, RunnerBreak.ends_on < today)
    return db.session.scalars(mine.order_by(RunnerBreak.starts_on.desc()).limit(LISTED)).all()


def overlapping(runner_id: int, starts_on: date, ends_on: date | None, besides: int | None) -> RunnerBreak | None:
    """Return a break of the runner that shares a date with these, except the one with the id `besides`."""
    mine = select(RunnerBreak).where(
        RunnerBreak.runner_id == runner_id, or_(RunnerBreak.ends_on.is_(None), RunnerBreak.ends_on >= starts_on)
    )
    if ends_on is not None:
        mine = mine.where(RunnerBreak.starts_on <= ends_on)
    if besides is not None:
        mine = mine.where(RunnerBreak.id != besides)
    return db.session.scalars(mine.order_by(RunnerBreak.starts_on)).first()
