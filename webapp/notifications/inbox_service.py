"""Marking notifications as read. Nothing here commits."""

from datetime import datetime

from sqlalchemy import exists, select, update

from webapp.db import db
from webapp.models.notifications import Notification


def mark_read(runner_id: int, notification_id: int, now: datetime) -> bool:
    """Mark a notification of a runner's as read; return whether it is theirs. Reading it twice is harmless."""
    mine = (Notification.id == notification_id, Notification.runner_id == runner_id)
    db.session.execute(update(Notification).where(*mine, Notification.read_at.is_(None)).values(read_at=now))
    return bool(db.session.scalar(select(exists().where(*mine))))


def mark_all_read(runner_id: int, until_id: int, now: datetime) -> None:
    """Mark all notifications of a runner's as read up to one, the latest that they have seen."""
    unread = (Notification.runner_id == runner_id, Notification.read_at.is_(None), Notification.id <= until_id)
    db.session.execute(update(Notification).where(*unread).values(read_at=now))
