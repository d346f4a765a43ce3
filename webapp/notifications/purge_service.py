"""Purging what was told long ago. Nothing here commits."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from webapp.db import db
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery, Notification

READ_KEPT = timedelta(days=90)
UNREAD_KEPT = timedelta(days=180)
DELIVERIES_KEPT = timedelta(days=30)


def purge_some(now: datetime, limit: int) -> int:
    """Delete old deliveries, notifications and facts; return how many, `limit` of each at most.

    A fact goes with its notifications once an unread one would. By then nothing records it again.
    """
    read = Notification.created_at < now - READ_KEPT, Notification.read_at < now - READ_KEPT
    return (
        _purge(Delivery, Delivery.finished_at < now - DELIVERIES_KEPT, limit)
        + _purge(Notification, read[0] & read[1], limit)
        + _purge(Fact, Fact.happened_at < now - UNREAD_KEPT, limit)
    )


def _purge(model: type[Delivery | Notification | Fact], is_old: ColumnElement[bool], limit: int) -> int:
    old = select(model.id).where(is_old).limit(limit)
    return len(db.session.scalars(delete(model).where(model.id.in_(old)).returning(model.id)).all())
