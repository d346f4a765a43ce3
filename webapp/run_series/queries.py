"""Reading run series, and which of them still have runs to make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from webapp.clock import latest_date
from webapp.db import MAX_ID, db
from webapp.group_runs.rules import DETAILS, RunPlan, pace_plan_of, starts_at
from webapp.models.group_runs import GroupRun, RunSeries, RunSeriesPaceGroup
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer, RunStatus
from webapp.run_series.rules import AHEAD, dates_of, recurrence_of, repeats_in_words


@dataclass(frozen=True, slots=True)
class ShownRunSeries:
    """A series on the page of them, with its next run, if one is planned."""

    series: RunSeries
    repeats: str
    next_run: GroupRun | None

    @property
    def at(self) -> str:
        """Return the time of its start, "18:30"."""
        hour, minute = divmod(self.series.local_minutes, 60)
        return f"{hour:02}:{minute:02}"


def series_of(group_id: int, series_id: int) -> RunSeries | None:
    """Return one series of a group."""
    if series_id > MAX_ID:
        return None
    return db.session.scalar(select(RunSeries).where(RunSeries.id == series_id, RunSeries.group_id == group_id))


def locked_series(series_id: int) -> RunSeries | None:
    """Return a series, fresh, and lock it, so that its runs are made and changed by one at a time."""
    locked = select(RunSeries).where(RunSeries.id == series_id).with_for_update(key_share=True)
    return db.session.scalar(locked.execution_options(populate_existing=True))


def active_series(now: datetime) -> Sequence[int]:
    """Return the series that have not ended anywhere on earth, of groups that are not read-only."""
    going = or_(RunSeries.ends_on.is_(None), RunSeries.ends_on >= latest_date(now).replace(day=1))
    found = select(RunSeries.id).join(Group, Group.id == RunSeries.group_id).where(going)
    is_open = (Group.archived_at.is_(None), Group.closed_at.is_(None))
    return db.session.scalars(found.where(*is_open).order_by(RunSeries.id)).all()


def going_series(group_id: int, today: date) -> Sequence[RunSeries]:
    """Return the series of a group that have not ended, in the order of the week."""
    going = or_(RunSeries.ends_on.is_(None), RunSeries.ends_on >= today)
    found = select(RunSeries).where(RunSeries.group_id == group_id, going)
    return db.session.scalars(found.order_by(RunSeries.weekday, RunSeries.local_minutes, RunSeries.id)).all()


def shown_series(group_id: int, today: date, now: datetime) -> list[ShownRunSeries]:
    """Return the series of a group that have not ended, each with its next run."""
    going = going_series(group_id, today)
    runs = select(GroupRun).where(GroupRun.series_id.in_([one.id for one in going]), GroupRun.starts_at >= now)
    coming = runs.where(GroupRun.status != RunStatus.CANCELLED).order_by(GroupRun.starts_at.desc())
    following = {run.series_id: run for run in db.session.scalars(coming)}
    return [ShownRunSeries(one, repeats_in_words(recurrence_of(one)), following.get(one.id)) for one in going]


def plan_of(series: RunSeries) -> RunPlan:
    """Return what each run of a series begins with."""
    pace_groups = tuple(pace_plan_of(one) for one in pace_groups_of_series(series.id))
    return RunPlan(**{name: getattr(series, name) for name in DETAILS}, pace_groups=pace_groups)


def pace_groups_of_series(series_id: int) -> Sequence[RunSeriesPaceGroup]:
    """Return the pace groups of a series, in their order."""
    mine = select(RunSeriesPaceGroup).where(RunSeriesPaceGroup.series_id == series_id)
    return db.session.scalars(mine.order_by(RunSeriesPaceGroup.position, RunSeriesPaceGroup.id)).all()


def dates_to_make(series: RunSeries, now: datetime) -> list[date]:
    """Return the dates ahead that have no run yet, without those whose start has passed."""
    today = now.astimezone(ZoneInfo(series.tz)).date()
    wanted = dates_of(recurrence_of(series), max(today, series.starts_on), today + AHEAD)
    there = set(db.session.scalars(select(GroupRun.occurs_on).where(GroupRun.series_id == series.id)))
    return [day for day in wanted if day not in there and starts_at(day, series.local_minutes, series.tz) > now]


def runs_from(series_id: int, begin: date) -> Sequence[GroupRun]:
    """Return the runs of a series that it planned for `begin` or later, whenever they are now, fresh."""
    mine = select(GroupRun).where(GroupRun.series_id == series_id, GroupRun.occurs_on >= begin)
    # Locked in the order of their ids, as whoever locks several runs does.
    locked = mine.order_by(GroupRun.id).with_for_update(key_share=True)
    return db.session.scalars(locked.execution_options(populate_existing=True)).all()


def was_answered(run_id: int) -> bool:
    """Return whether somebody means to come to a run, or may."""
    coming = (Rsvp.run_id == run_id, Rsvp.answer != RsvpAnswer.OUT)
    return db.session.scalar(select(Rsvp.id).where(*coming).limit(1)) is not None
