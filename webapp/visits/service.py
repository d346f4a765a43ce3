"""Recording visits. Nothing here commits."""

from datetime import datetime

from sqlalchemy import case, exists, insert, literal, select, update

from webapp.db import db
from webapp.models.groups import Membership
from webapp.models.visits import Visit
from webapp.visits.rules import VISIT_GAP


def record_visit(runner_id: int, now: datetime, *, group_id: int | None = None) -> None:
    """Record that a runner has a page of a group open, or with `group_id` None the page of all their groups.

    Repeating it changes nothing but the time. Call inside a `write_transaction()`.
    """
    mine, member = Visit.runner_id == runner_id, Membership.runner_id == runner_id
    if group_id is not None:
        mine, member = mine & (Visit.group_id == group_id), member & (Membership.group_id == group_id)
    # Two pages that are opened at once would both add the first row.
    db.session.execute(select(Membership.id).where(member).order_by(Membership.id).with_for_update())
    earlier = case((Visit.latest_at <= now - VISIT_GAP, Visit.latest_at), else_=Visit.earlier_at)
    db.session.execute(update(Visit).where(mine).values(earlier_at=earlier, latest_at=now))
    known = exists().where(Visit.runner_id == Membership.runner_id, Visit.group_id == Membership.group_id)
    missing = select(Membership.runner_id, Membership.group_id, literal(now, Visit.latest_at.type))
    db.session.execute(insert(Visit).from_select(["runner_id", "group_id", "latest_at"], missing.where(member, ~known)))
