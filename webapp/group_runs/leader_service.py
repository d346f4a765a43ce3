"""Leading a pace group, and being at its back. Nothing here commits."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update

from webapp.db import db, insert_on_conflict
from webapp.errors import Problem
from webapp.facts.service import record_fact
from webapp.group_runs.queries import locked_run, pace_group_of
from webapp.group_runs.rules import LEADER_SOUGHT, is_open_for_answers
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group, membership_of
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup, RunSeries, RunSeriesPaceGroup
from webapp.models.groups import Group
from webapp.models.words import FactKind


class AlreadyLed(Problem):
    """Somebody else was faster."""

    title = "Somebody does that already"
    message = "Another member took it just before you. Thank you all the same!"
    status = 409


class NothingToLead(Problem):
    """The run has begun or is cancelled, or its pace group is gone."""

    title = "There is nothing to lead any more"
    message = "This run has begun or is cancelled, or the pace group is no longer there."
    status = 409


def take_lead(run_id: int, pace_group_id: int, runner_id: int, now: datetime, *, at_back: bool = False) -> None:
    """Let a runner lead a pace group, or run at its back, which nobody does yet. Harmless if they already do.

    Locks the run. Raises AlreadyLed or NothingToLead.
    """
    run, pace_group = _open(run_id, pace_group_id, runner_id, now)
    has_it = pace_group.back_marker_id if at_back else pace_group.leader_id
    if has_it == runner_id:
        return
    if has_it is not None:
        raise AlreadyLed
    if at_back:
        pace_group.back_marker_id = runner_id
    else:
        _lead(pace_group, runner_id)
    run.updated_at = now


def offer_to_lead(run_id: int, pace_group_id: int, runner_id: int, now: datetime) -> None:
    """Note that a member would lead a pace group. Locks the run. Raises AlreadyLed or NothingToLead."""
    _, pace_group = _open(run_id, pace_group_id, runner_id, now)
    if pace_group.leader_id == runner_id:
        return
    if pace_group.leader_id is not None:
        raise AlreadyLed
    offer = insert_on_conflict(LeaderOffer).values(pace_group_id=pace_group_id, runner_id=runner_id, offered_at=now)
    db.session.execute(offer.on_conflict_do_nothing())


def accept_offer(run_id: int, pace_group_id: int, runner_id: int, actor_id: int, now: datetime) -> None:
    """Let a member lead who offered it; the other offers end. Harmless if they already lead.

    Locks the run. Raises AlreadyLed; NothingToLead where the offer, or the member, is gone.
    """
    run, pace_group = _open(run_id, pace_group_id, runner_id, now)
    if pace_group.leader_id == runner_id:
        return
    if pace_group.leader_id is not None:
        raise AlreadyLed
    mine = (LeaderOffer.pace_group_id == pace_group_id, LeaderOffer.runner_id == runner_id)
    if db.session.scalar(select(LeaderOffer.id).where(*mine)) is None:
        raise NothingToLead
    _lead(pace_group, runner_id)
    run.updated_at = now
    record_audit(run.group_id, "run_leader_named", actor_id, now, subject_id=runner_id)


def step_down(run_id: int, pace_group_id: int, runner_id: int, now: datetime) -> bool:
    """End what a runner does, or offered to do, in a pace group; return whether there was anything. Locks the run."""
    run = locked_run(run_id)
    pace_group = pace_group_of(run_id, pace_group_id)
    if run is None or pace_group is None:
        return False
    mine = (LeaderOffer.pace_group_id == pace_group_id, LeaderOffer.runner_id == runner_id)
    had = db.session.execute(delete(LeaderOffer).where(*mine).returning(LeaderOffer.id)).first() is not None
    if pace_group.back_marker_id == runner_id:
        pace_group.back_marker_id, had = None, True
    if pace_group.leader_id == runner_id:
        pace_group.leader_id, had = None, True
        _seek_leaders([(run, pace_group.id)], runner_id, now)
        record_audit(run.group_id, "run_leader_left", runner_id, now, subject_id=runner_id)
    if had:
        run.updated_at = now
    return had


def leave_group(group_id: int, runner_id: int, now: datetime) -> None:
    """End what a runner does or offers in a group that they leave. Pace groups that they led then need a leader."""
    in_group = select(PaceGroup.id).join(GroupRun, GroupRun.id == PaceGroup.run_id).where(GroupRun.group_id == group_id)
    offers = LeaderOffer.pace_group_id.in_(in_group)
    db.session.execute(delete(LeaderOffer).where(LeaderOffer.runner_id == runner_id, offers))
    led = select(GroupRun, PaceGroup.id).join(PaceGroup, PaceGroup.run_id == GroupRun.id)
    theirs = led.where(GroupRun.group_id == group_id, PaceGroup.leader_id == runner_id)
    lost = [(run, pace_group_id) for run, pace_group_id in db.session.execute(theirs)]
    of_series = RunSeriesPaceGroup.series_id.in_(select(RunSeries.id).where(RunSeries.group_id == group_id))
    for model, here in ((PaceGroup, PaceGroup.id.in_(in_group)), (RunSeriesPaceGroup, of_series)):
        for name in ("leader_id", "back_marker_id"):
            column = getattr(model, name)
            db.session.execute(update(model).where(column == runner_id, here).values({name: None}))
    _seek_leaders(lost, runner_id, now)


def _open(run_id: int, pace_group_id: int, runner_id: int, now: datetime) -> tuple[GroupRun, PaceGroup]:
    """Return a run to come with one of its pace groups, fresh. Locks the group and the run.

    The lock on the group keeps the runner in it. Raises NothingToLead.
    """
    locked_group(Group.id == select(GroupRun.group_id).where(GroupRun.id == run_id).scalar_subquery())
    run = locked_run(run_id)
    pace_group = pace_group_of(run_id, pace_group_id)
    if run is None or pace_group is None or not is_open_for_answers(run, now):
        raise NothingToLead
    if membership_of(run.group_id, runner_id) is None:
        raise NothingToLead
    db.session.refresh(pace_group)
    return run, pace_group


def _lead(pace_group: PaceGroup, runner_id: int) -> None:
    pace_group.leader_id = runner_id
    db.session.execute(delete(LeaderOffer).where(LeaderOffer.pace_group_id == pace_group.id))


def _seek_leaders(lost: Iterable[tuple[GroupRun, int]], runner_id: int, now: datetime) -> None:
    """Record that pace groups of runs to come lost their leader, if they start soon."""
    for run, pace_group_id in lost:
        if is_open_for_answers(run, now) and run.starts_at - now <= LEADER_SOUGHT:
            ids = {"group_id": run.group_id, "group_run_id": run.id, "by_id": runner_id}
            key = f"{run.uid}:{pace_group_id}:{now.timestamp():.0f}"
            record_fact(FactKind.LEADER_NEEDED, key, now, **ids, data={"pace_group_id": pace_group_id})
