"""Group runs that repeat: planning a series, making its runs ahead, changing and ending it. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from webapp.db import db
from webapp.errors import Problem
from webapp.group_runs.queries import pace_groups_of
from webapp.group_runs.rules import DETAILS, PACE_DETAILS, PEOPLE, PacePlan, RunPlan, in_words, starts_at
from webapp.group_runs.service import add_run, cancel_run, rewrite_run
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group
from webapp.groups.rules import change_of
from webapp.models.group_runs import GroupRun, PaceGroup, RunSeries, RunSeriesPaceGroup
from webapp.models.groups import Group
from webapp.models.words import RunStatus
from webapp.run_series.queries import (
    dates_to_make,
    going_series,
    locked_series,
    pace_groups_of_series,
    plan_of,
    runs_from,
    was_answered,
)
from webapp.run_series.rules import (
    AHEAD,
    MAX_SERIES,
    RECURRENCE,
    Recurrence,
    dates_of,
    in_step,
    moved_dates,
    period_start,
    recurrence_of,
    repeats_in_words,
)

# What members read who answered a run that its series no longer has.
NO_LONGER = "It no longer takes place on this date."


class TooManyRunSeries(Problem):
    """The group has as many series as it may."""

    title = "That is a lot of repeating runs"
    message = f"A group has at most {MAX_SERIES} runs that repeat. End one of them first."
    status = 409


def plan_series(group_id: int, plan: RunPlan, repeats: Recurrence, actor_id: int, now: datetime) -> RunSeries:
    """Plan a run that repeats, and make its runs ahead. The same plan sent twice in a row is one series.

    Locks the group. Raises TooManyRunSeries.
    """
    locked_group(Group.id == group_id)
    mine = select(RunSeries).where(RunSeries.group_id == group_id, RunSeries.created_by_id == actor_id)
    latest = db.session.scalar(mine.order_by(RunSeries.id.desc()).limit(1))
    if latest is not None and recurrence_of(latest) == repeats and _without_ids(plan_of(latest)) == _without_ids(plan):
        return latest
    if len(going_series(group_id, now.astimezone(ZoneInfo(plan.tz)).date())) >= MAX_SERIES:
        raise TooManyRunSeries
    series = RunSeries(group_id=group_id, created_by_id=actor_id, created_at=now, updated_at=now)
    _write(series, plan, repeats)
    db.session.add(series)
    db.session.flush()
    _write_pace_groups(series, plan.pace_groups)
    record_audit(group_id, "run_series_planned", actor_id, now, words=f"{series.title}, {repeats_in_words(repeats)}")
    make_runs(series, now)
    return series


def make_runs(series: RunSeries, now: datetime) -> int:
    """Make the runs of a series for eight weeks ahead; return how many there were to make.

    Locks the series. Harmless if they are there, and for a series that is gone.
    """
    fresh = locked_series(series.id)
    if fresh is None:
        return 0
    plan = plan_of(fresh)
    new = replace(plan, pace_groups=tuple(replace(one, id=None) for one in plan.pace_groups))
    days = dates_to_make(fresh, now)
    for day in days:
        add_run(fresh.group_id, new, day, fresh.created_by_id, now, series_id=fresh.id)
    return len(days)


def change_series(series_id: int, plan: RunPlan, repeats: Recurrence, actor_id: int, now: datetime) -> bool:
    """Change a series and the runs of it to come that nobody changed by hand; return whether anything is different.

    Answers are kept. Where the day or the time of a run moves, they are asked for again. A run whose week or month has
    none any more is cancelled if somebody answered, and deleted otherwise. Locks the series and its runs.
    """
    series = locked_series(series_id)
    if series is None:
        return False
    today = now.astimezone(ZoneInfo(series.tz)).date()
    former, former_plan = recurrence_of(series), plan_of(series)
    repeats, plan = in_step(repeats, former, today), _with_people(plan, former_plan)
    if (former, former_plan) == (repeats, plan):
        return False
    _write(series, plan, repeats)
    series.updated_at = now
    _write_pace_groups(series, plan.pace_groups)
    _follow(series, former_plan, actor_id, now)
    make_runs(series, now)
    before = in_words({name: getattr(former_plan, name) for name in DETAILS}) | {"repeats": repeats_in_words(former)}
    after = in_words({name: getattr(plan, name) for name in DETAILS}) | {"repeats": repeats_in_words(repeats)}
    change = change_of(before, after)
    record_audit(series.group_id, "run_series_changed", actor_id, now, words=series.title, change=change)
    return True


def end_series(series_id: int, last_day: date, actor_id: int, now: datetime, *, reason: str = "") -> bool:
    """End a series after a date; return whether it had not ended yet.

    Its runs after that date are cancelled if somebody answered, and deleted otherwise. Locks the series and its runs.
    """
    series = locked_series(series_id)
    if series is None or (series.ends_on is not None and series.ends_on <= last_day):
        return False
    series.ends_on, series.updated_at = last_day, now
    for run in runs_from(series.id, last_day + timedelta(days=1)):
        if run.starts_at > now:
            _drop(run, reason or NO_LONGER, actor_id, now)
    record_audit(series.group_id, "run_series_ended", actor_id, now, words=series.title)
    return True


def _follow(series: RunSeries, former: RunPlan, actor_id: int, now: datetime) -> None:
    """Let the runs to come follow their changed series.

    What began already, or was changed by hand, only keeps the place of its week or month.
    """
    repeats, today = recurrence_of(series), now.astimezone(ZoneInfo(series.tz)).date()
    begin = period_start(repeats.frequency, today)
    runs = {run.occurs_on: run for run in runs_from(series.id, begin) if run.occurs_on is not None}
    wanted = dates_of(repeats, begin, max([today + AHEAD, *runs]))
    moves = moved_dates(list(runs), wanted, repeats.frequency)
    for run in runs.values():
        run.occurs_on = None
    db.session.flush()
    plan, there = plan_of(series), pace_groups_of([run.id for run in runs.values()])
    for day, run in runs.items():
        slot, stays = moves[day], run.is_edited or run.starts_at <= now
        run.occurs_on = slot
        if slot is not None and not stays:
            own = replace(plan, pace_groups=_for_run(plan, former, there[run.id]))
            _move(run, own, slot, actor_id, now)
        elif not stays:
            _drop(run, NO_LONGER, actor_id, now)


def _move(run: GroupRun, plan: RunPlan, on_date: date, actor_id: int, now: datetime) -> None:
    if starts_at(on_date, plan.local_minutes, plan.tz) <= now:
        # The new day or hour of this week has passed, so this run stays when it was.
        on_date, plan = run.on_date, replace(plan, local_minutes=run.local_minutes, tz=run.tz)
    rewrite_run(run, plan, on_date, actor_id, now)


def _drop(run: GroupRun, reason: str, actor_id: int, now: datetime) -> None:
    """Take a run to come out of its series: it is cancelled if somebody answered, and gone otherwise."""
    run.series_id = run.occurs_on = None
    if run.status == RunStatus.CANCELLED:
        return
    if was_answered(run.id):
        cancel_run(run.id, reason, actor_id, now)
    else:
        db.session.delete(run)
        db.session.flush()


def _for_run(plan: RunPlan, former: RunPlan, there: Sequence[PaceGroup]) -> tuple[PacePlan, ...]:
    """Return the pace groups of a run that follows its series: those that it has, by name, and with their people."""
    before, by_name = {one.id: one for one in former.pace_groups}, {one.name.casefold(): one for one in there}
    wanted = []
    for one in plan.pace_groups:
        old = before.get(one.id)
        mine = by_name.pop((old or one).name.casefold(), None)
        kept = one if mine is None else _with_people_of(mine, old, one)
        wanted.append(replace(kept, id=mine.id if mine else None))
    return tuple(wanted)


def _with_people_of(mine: PaceGroup, old: PacePlan | None, new: PacePlan) -> PacePlan:
    """Return the plan of a pace group with those who lead and close it by now, unless the series named others."""

    def person(name: str) -> int | None:
        by_now, was, wanted = getattr(mine, name), getattr(old, name, None), getattr(new, name)
        person_id: int | None = wanted if wanted != was and by_now in (was, None) else by_now
        return person_id

    return replace(new, leader_id=person("leader_id"), back_marker_id=person("back_marker_id"))


def _with_people(plan: RunPlan, former: RunPlan) -> RunPlan:
    """Return the plan with the people of each pace group that keeps those it has."""
    before = {one.id: one for one in former.pace_groups}
    kept = [
        replace(
            one,
            keeps_people=False,
            leader_id=before[one.id].leader_id,
            back_marker_id=before[one.id].back_marker_id,
        )
        if one.keeps_people and one.id in before
        else replace(one, keeps_people=False)
        for one in plan.pace_groups
    ]
    return replace(plan, pace_groups=tuple(kept))


def _write(series: RunSeries, plan: RunPlan, repeats: Recurrence) -> None:
    for name in DETAILS:
        setattr(series, name, getattr(plan, name))
    for name in RECURRENCE:
        setattr(series, name, getattr(repeats, name))


def _write_pace_groups(series: RunSeries, wanted: tuple[PacePlan, ...]) -> None:
    there = {one.id: one for one in pace_groups_of_series(series.id)}
    for position, plan in enumerate(wanted):
        row = there.pop(plan.id, None) if plan.id is not None else None
        if row is None:
            row = RunSeriesPaceGroup(series_id=series.id)
            db.session.add(row)
        for name in (*PACE_DETAILS, *PEOPLE):
            setattr(row, name, getattr(plan, name))
        row.position = position
    for gone in there.values():
        db.session.delete(gone)
    db.session.flush()


def _without_ids(plan: RunPlan) -> RunPlan:
    return replace(plan, pace_groups=tuple(replace(one, id=None, keeps_people=False) for one in plan.pace_groups))
