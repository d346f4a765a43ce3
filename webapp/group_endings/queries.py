"""Reading which groups are to be deleted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.db import db
from webapp.models.groups import Group


def due_groups(now: datetime) -> Sequence[int]:
    """Return the groups whose week of notice is over."""
    return db.session.scalars(select(Group.id).where(Group.deletes_at <= now).order_by(Group.id)).all()
