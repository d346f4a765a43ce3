"""Reading group runs, their pace groups, and who offers to lead."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from webapp.db import MAX_ID, db
from webapp.errors import not_found
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup
from webapp.models.groups import Group, Membership


def run_for(
    slug: str, run_id: int, runner_id: int, permission: Permission = Permission.SEE_GROUP
) -> tuple[Group, Membership, GroupRun]:
    """Return a run with its group and the membership of a runner who has a permission there.

    Raises NotFound for everybody else, and GroupArchived or GroupClosed as `groups.queries.group_for`.
    """
    group, member = group_for(slug, runner_id, permission)
    run = run_of(group.id, run_id)
    if run is None:
        raise not_found()
    return group, member, run


def run_of(group_id: int, run_id: int) -> GroupRun | None:
    """Return one run of a group."""
    if run_id > MAX_ID:
        return None
    return db.session.scalar(_RUN, {"run": run_id, "group": group_id})


_RUN = select(GroupRun).where(GroupRun.id == bindparam("run"), GroupRun.group_id == bindparam("group"))


def run_by_id(run_id: int, runner_id: int) -> tuple[Group, GroupRun] | None:
    """Return a run with its group, for a member of it; None for everybody else."""
    if run_id > MAX_ID:
        return None
    mine = select(Group, GroupRun).join(GroupRun, GroupRun.group_id == Group.id)
    joined = mine.join(Membership, Membership.group_id == Group.id)
    found = db.session.execute(joined.where(GroupRun.id == run_id, Membership.runner_id == runner_id)).one_or_none()
    return None if found is None else (found[0], found[1])


def locked_run(run_id: int) -> GroupRun | None:
    """Return a run, fresh, and lock it against other changes, of its answers too, until the commit."""
    # Key share: who only refers to the run, such as a tap or a notification, need not wait.
    locked = select(GroupRun).where(GroupRun.id == run_id).with_for_update(key_share=True)
    return db.session.scalar(locked.execution_options(populate_existing=True))


def runs_between(group_id: int, begin: datetime, end: datetime) -> Sequence[GroupRun]:
    """Return the runs of a group that start from `begin` on and before `end`, the first one first."""
    return db.session.scalars(_RUNS_BETWEEN, {"group": group_id, "begin": begin, "end": end}).all()


def runs_of_runner(runner_id: int, begin: datetime, end: datetime) -> Sequence[GroupRun]:
    """Return the runs of all groups of a runner that start within these moments, cancelled ones included."""
    return db.session.scalars(_RUNS_OF_RUNNER, {"runner": runner_id, "begin": begin, "end": end}).all()


_WITHIN = (
    select(GroupRun)
    .where(GroupRun.starts_at >= bindparam("begin"), GroupRun.starts_at < bindparam("end"))
    .order_by(GroupRun.starts_at, GroupRun.id)
)
_RUNS_BETWEEN = _WITHIN.where(GroupRun.group_id == bindparam("group"))
_RUNS_OF_RUNNER = _WITHIN.join(Membership, Membership.group_id == GroupRun.group_id).where(
    Membership.runner_id == bindparam("runner")
)


def planned_count(group_id: int, now: datetime) -> int:
    """Return how many runs of a group are to come, cancelled ones included."""
    mine = (GroupRun.group_id == group_id, GroupRun.starts_at >= now)
    return db.session.scalar(select(func.count()).select_from(GroupRun).where(*mine)) or 0


def pace_groups_of(run_ids: Collection[int]) -> Mapping[int, Sequence[PaceGroup]]:
    """Return the pace groups of runs, in their order, by run. A run without any has an empty one."""
    found: defaultdict[int, list[PaceGroup]] = defaultdict(list, {run_id: [] for run_id in run_ids})
    for one in db.session.scalars(_PACE_GROUPS, {"runs": list(run_ids)}) if run_ids else ():
        found[one.run_id].append(one)
    return found


_PACE_GROUPS = (
    select(PaceGroup)
    .where(PaceGroup.run_id.in_(bindparam("runs", expanding=True)))
    .order_by(PaceGroup.position, PaceGroup.id)
)


def pace_group_of(run_id: int, pace_group_id: int) -> PaceGroup | None:
    """Return one pace group of a run."""
    if pace_group_id > MAX_ID:
        return None
    mine = (PaceGroup.id == pace_group_id, PaceGroup.run_id == run_id)
    return db.session.scalar(select(PaceGroup).where(*mine))


def leads(run_id: int, runner_id: int) -> bool:
    """Return whether a runner leads, or closes, one of the pace groups of a run."""
    theirs = or_(PaceGroup.leader_id == runner_id, PaceGroup.back_marker_id == runner_id)
    return bool(db.session.scalar(select(PaceGroup.id).where(PaceGroup.run_id == run_id, theirs).limit(1)))


def offers_of(pace_group_ids: Collection[int]) -> Mapping[int, Sequence[int]]:
    """Return the runners who offer to lead, the first one first, by pace group."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    offers = db.session.execute(_OFFERS, {"pace_groups": list(pace_group_ids)}) if pace_group_ids else ()
    for pace_group_id, runner_id in offers:
        found[pace_group_id].append(runner_id)
    return found


_OFFERS = (
    select(LeaderOffer.pace_group_id, LeaderOffer.runner_id)
    .where(LeaderOffer.pace_group_id.in_(bindparam("pace_groups", expanding=True)))
    .order_by(LeaderOffer.id)
)
