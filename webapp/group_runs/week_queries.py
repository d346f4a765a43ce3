"""Reading the runs of a group for the page of its week."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from webapp.db import db
from webapp.models.group_runs import GroupRun
from webapp.models.words import RunStatus


def next_runs(group_id: int, begin: datetime, limit: int) -> Sequence[GroupRun]:
    """Return the first runs of a group that start from `begin` on, cancelled ones included, the first one first."""
    return db.session.scalars(_NEXT, {"group": group_id, "begin": begin, "most": limit}).all()


_NEXT = (
    select(GroupRun)
    .where(GroupRun.group_id == bindparam("group"), GroupRun.starts_at >= bindparam("begin"))
    .order_by(GroupRun.starts_at, GroupRun.id)
    .limit(bindparam("most"))
)


def past_runs(group_id: int, end: datetime, limit: int) -> Sequence[GroupRun]:
    """Return the last runs of a group that started before `end` and took place, the latest one first."""
    mine = (GroupRun.group_id == group_id, GroupRun.starts_at < end, GroupRun.status != RunStatus.CANCELLED)
    latest = select(GroupRun).where(*mine).order_by(GroupRun.starts_at.desc(), GroupRun.id.desc())
    return db.session.scalars(latest.limit(limit)).all()
