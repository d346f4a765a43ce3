"""Reading the group runs of the coming week that a digest names: those that the reader answered, or a few to choose."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, exists, select

from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer, RunStatus
from webapp.notifications.digest_rules import A_WEEK, ComingRun

MAX_ANSWERED, MAX_TO_CHOOSE = 5, 2
# Groups of which runs are named to one who answered none of them.
MAX_GROUPS = 2
_Row = Row[int, GroupRun, str, RsvpAnswer | None]
_MEANT = (RsvpAnswer.IN, RsvpAnswer.MAYBE, RsvpAnswer.WAITING)


def coming_runs(
    runner_ids: Collection[int], resting: Collection[int], now: datetime
) -> Mapping[int, Sequence[ComingRun]]:
    """Return the group runs of the next seven days to name to each runner: those that they mean to come to.

    To one who answered none, it is the first ones of each group. `resting`: those who are on a break, who are named
    only what they answered.
    """
    rows: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in db.session.execute(_COMING.where(Membership.runner_id.in_(runner_ids), *_within(now))):
        rows[row.runner_id].append(row)
    return {runner_id: _chosen(theirs, runner_id in resting) for runner_id, theirs in rows.items()}


def has_coming_runs(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a runner (`Runner`) has a group with a run in the next seven days."""
    here = Membership.runner_id == Runner.id, Membership.group_id == GroupRun.group_id, Group.id == GroupRun.group_id
    return exists().where(*here, *_within(now))


def _within(now: datetime) -> tuple[ColumnElement[bool], ...]:
    goes_on = Group.archived_at.is_(None), Group.closed_at.is_(None)
    return (
        GroupRun.starts_at > now,
        GroupRun.starts_at <= now + A_WEEK,
        GroupRun.status != RunStatus.CANCELLED,
        *goes_on,
    )


_COMING = (
    select(Membership.runner_id, GroupRun, Group.name, Rsvp.answer)
    .join(Group, Group.id == Membership.group_id)
    .join(GroupRun, GroupRun.group_id == Group.id)
    .outerjoin(Rsvp, and_(Rsvp.run_id == GroupRun.id, Rsvp.runner_id == Membership.runner_id))
    .order_by(GroupRun.starts_at, GroupRun.id)
)


def _chosen(rows: Sequence[_Row], is_resting: bool) -> Sequence[ComingRun]:
    meant = [row for row in rows if row.answer in _MEANT]
    if meant or is_resting:
        return [_one(row) for row in meant[:MAX_ANSWERED]]
    by_group: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.answer is None:
            by_group[row.GroupRun.group_id].append(row)
    some = [row for theirs in list(by_group.values())[:MAX_GROUPS] for row in theirs[:MAX_TO_CHOOSE]]
    return [_one(row) for row in sorted(some, key=lambda row: (row.GroupRun.starts_at, row.GroupRun.id))]


def _one(row: _Row) -> ComingRun:
    run = row.GroupRun
    starts = run.starts_at.astimezone(ZoneInfo(run.tz))
    return ComingRun(starts.date(), f"{starts:%H:%M}", run.title, row.name, row.answer)
