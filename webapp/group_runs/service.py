"""Planning, changing and cancelling group runs. Nothing here commits."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select

from webapp.db import db
from webapp.errors import Problem
from webapp.facts.service import record_fact, withdraw_facts_of_run
from webapp.group_runs.queries import locked_run, planned_count
from webapp.group_runs.rules import (
    DETAILS,
    MAX_PLANNED,
    PACE_DETAILS,
    PEOPLE,
    PacePlan,
    RunPlan,
    details_of,
    ends_at,
    has_moved,
    in_words,
    is_material,
    is_soon,
    starts_at,
)
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group
from webapp.groups.rules import change_of
from webapp.job_names import Job
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup
from webapp.models.groups import Group
from webapp.models.words import FactKind, RunStatus
from webapp.queue import after_commit


class TooManyRuns(Problem):
    """The group has as many runs ahead as it may."""

    title = "That is a lot of runs"
    message = f"A group plans at most {MAX_PLANNED} runs ahead. Cancel or end something first."
    status = 409


class RunHasBegun(Problem):
    """What has begun is no longer changed."""

    title = "This run has begun"
    message = "A run can be changed until it starts, and cancelled until it is over."
    status = 409


class RunIsCancelled(Problem):
    """A cancelled run is not changed; it can be brought back."""

    title = "This run is cancelled"
    message = "Bring it back first, then change it."
    status = 409


def plan_run(group_id: int, plan: RunPlan, on_date: date, actor_id: int, now: datetime) -> GroupRun:
    """Plan a single run. The same plan sent twice in a row is one run. Locks the group. Raises TooManyRuns."""
    locked_group(Group.id == group_id)
    mine = select(GroupRun).where(GroupRun.group_id == group_id, GroupRun.created_by_id == actor_id)
    latest = db.session.scalar(mine.order_by(GroupRun.id.desc()).limit(1))
    if latest is not None and _is_repeat(latest, plan, on_date):
        return latest
    if planned_count(group_id, now) >= MAX_PLANNED:
        raise TooManyRuns
    run = add_run(group_id, plan, on_date, actor_id, now)
    record_audit(group_id, "run_planned", actor_id, now, words=_called(run))
    return run


def _is_repeat(latest: GroupRun, plan: RunPlan, on_date: date) -> bool:
    """Return whether a plan is the one of the latest run sent twice, and not one made after cancelling it."""
    is_single = latest.series_id is None and latest.status != RunStatus.CANCELLED
    return is_single and _says(latest) == _wanted(plan, on_date)


def add_run(
    group_id: int,
    plan: RunPlan,
    on_date: date,
    actor_id: int | None,
    now: datetime,
    *,
    series_id: int | None = None,
) -> GroupRun:
    """Store a run as planned, with its pace groups. Of a series, `on_date` is the date that the series gives it."""
    made = {"uid": uuid4().hex, "sequence": 0, "created_by_id": actor_id, "created_at": now, "updated_at": now}
    slot = {"series_id": series_id, "occurs_on": on_date if series_id else None}
    run = GroupRun(group_id=group_id, status=RunStatus.PLANNED, **slot, **made)
    _write(run, plan, on_date)
    db.session.add(run)
    db.session.flush()
    write_pace_groups(run, plan.pace_groups)
    return run


def change_run(
    run_id: int, plan: RunPlan, on_date: date, actor_id: int | None, now: datetime, *, reason: str = ""
) -> bool:
    """Change one run by hand; return whether anything is different. It no longer follows its series.

    Locks the run. Raises RunHasBegun or RunIsCancelled.
    """
    run = locked_run(run_id)
    if run is None:
        return False
    check_changeable(run, now)
    before = in_words(_says(run))
    if not rewrite_run(run, plan, on_date, actor_id, now, reason=reason):
        return False
    run.is_edited = True
    change = change_of(before, in_words(_says(run)))
    record_audit(run.group_id, "run_changed", actor_id, now, words=reason or _called(run), change=change)
    return True


def rewrite_run(
    run: GroupRun, plan: RunPlan, on_date: date, actor_id: int | None, now: datetime, *, reason: str = ""
) -> bool:
    """Make a locked run what a plan says; return whether anything is different.

    Answers are kept. Where the day or the time moves, they are asked for again; those who answered are told. Enqueues
    Job.FILL_PLACES, as cancelling and restoring do: a limit may have changed.
    """
    before, after, was = _says(run), _wanted(plan, on_date), run.starts_at
    is_other = before != after
    if is_other:
        _write(run, plan, on_date)
        run.sequence += 1
    if not write_pace_groups(run, plan.pace_groups) and not is_other:
        return False
    run.updated_at = now
    if is_material(before, after):
        run.status, run.reason = RunStatus.CHANGED, reason
        moved = has_moved(before, after)
        if moved:
            run.asked_again_at = now
        _tell(run, min(was, run.starts_at), actor_id, now, {"moved": moved, "was": was.isoformat()})
    after_commit(Job.FILL_PLACES, run.id)
    return True


def cancel_run(run_id: int, reason: str, actor_id: int | None, now: datetime) -> bool:
    """Cancel a run; return whether it was not cancelled yet. Locks the run. Raises RunHasBegun once it is over."""
    run = locked_run(run_id)
    if run is None or run.status == RunStatus.CANCELLED:
        return False
    if run.closed_at is not None or now >= ends_at(run):
        raise RunHasBegun
    run.status, run.reason, run.is_edited = RunStatus.CANCELLED, reason, True
    run.sequence, run.updated_at = run.sequence + 1, now
    _tell(run, run.starts_at, actor_id, now, {"cancelled": True})
    after_commit(Job.FILL_PLACES, run.id)
    record_audit(run.group_id, "run_cancelled", actor_id, now, words=reason or _called(run))
    return True


def restore_run(run_id: int, actor_id: int, now: datetime) -> bool:
    """Bring a cancelled run back; return whether it was cancelled. Locks the run. Raises RunHasBegun.

    Answers are asked for again, since whoever read that it is cancelled made other plans.
    """
    run = locked_run(run_id)
    if run is None or run.status != RunStatus.CANCELLED:
        return False
    if now >= run.starts_at:
        raise RunHasBegun
    run.status, run.reason, run.asked_again_at = RunStatus.CHANGED, "", now
    run.sequence, run.updated_at = run.sequence + 1, now
    _tell(run, run.starts_at, actor_id, now, {"restored": True})
    after_commit(Job.FILL_PLACES, run.id)
    record_audit(run.group_id, "run_changed", actor_id, now, words=_called(run))
    return True


def write_pace_groups(run: GroupRun, wanted: tuple[PacePlan, ...]) -> bool:
    """Make the pace groups of a run what a plan says; return whether anything is different.

    Whoever chose one that goes keeps their answer without it.
    """
    theirs = select(PaceGroup).where(PaceGroup.run_id == run.id)
    there = {one.id: one for one in db.session.scalars(theirs.execution_options(populate_existing=True))}
    is_other = False
    for position, plan in enumerate(wanted):
        row = there.pop(plan.id, None) if plan.id is not None else None
        if row is None:
            row, is_other = PaceGroup(run_id=run.id), True
            db.session.add(row)
        is_other |= _write_pace_group(row, plan, position)
    for gone in there.values():
        db.session.delete(gone)
        is_other = True
    db.session.flush()
    return is_other


def _write_pace_group(row: PaceGroup, plan: PacePlan, position: int) -> bool:
    names = PACE_DETAILS if plan.keeps_people else (*PACE_DETAILS, *PEOPLE)
    values = {"position": position, **{name: getattr(plan, name) for name in names}}
    is_other = any(getattr(row, name) != value for name, value in values.items())
    if row.id is not None and values.get("leader_id") is not None and row.leader_id is None:
        db.session.execute(delete(LeaderOffer).where(LeaderOffer.pace_group_id == row.id))
    for name, value in values.items():
        setattr(row, name, value)
    return is_other


def check_changeable(run: GroupRun, now: datetime) -> None:
    """Raise RunIsCancelled or RunHasBegun for a run that is not changed any more."""
    if run.status == RunStatus.CANCELLED:
        raise RunIsCancelled
    if now >= run.starts_at:
        raise RunHasBegun


def start_of(plan: RunPlan, on_date: date) -> datetime:
    """Return when a run would start, in UTC."""
    return starts_at(on_date, plan.local_minutes, plan.tz)


def _write(run: GroupRun, plan: RunPlan, on_date: date) -> None:
    for name in DETAILS:
        setattr(run, name, getattr(plan, name))
    run.on_date, run.starts_at = on_date, start_of(plan, on_date)


def _says(run: GroupRun) -> dict[str, Any]:
    return {**details_of(run), "on_date": run.on_date}


def _wanted(plan: RunPlan, on_date: date) -> dict[str, Any]:
    return {**details_of(plan), "on_date": on_date}


def _tell(run: GroupRun, starts: datetime, actor_id: int | None, now: datetime, data: dict[str, Any]) -> None:
    """Record that a run changed, for those who answered. Nobody is told about one that has already been.

    What they were told of earlier changes is withdrawn: the latest says how things are.
    """
    if max(starts, run.starts_at) <= now and run.status != RunStatus.CANCELLED:
        return
    for earlier in (FactKind.RUN_CHANGED, FactKind.RUN_CHANGED_SOON):
        withdraw_facts_of_run(earlier, run.id, now)
    kind = FactKind.RUN_CHANGED_SOON if is_soon(starts, now) else FactKind.RUN_CHANGED
    ids = {"group_id": run.group_id, "group_run_id": run.id, "by_id": actor_id}
    record_fact(kind, f"{run.uid}:{run.sequence}", now, **ids, data=data)


def _called(run: GroupRun) -> str:
    return f"{run.title}, {run.on_date:%a} {run.on_date.day} {run.on_date:%b}"
