"""What runners read in their inbox."""

from datetime import datetime

from sqlalchemy import select

from jobs.notifications import fan_out_facts
from tests.support.boards import NOON
from webapp.db import db
from webapp.models.notifications import Notification
from webapp.models.words import FactKind
from webapp.notifications.message_queries import messages_of
from webapp.notifications.message_rules import Message


def messages_to(runner_id: int, now: datetime = NOON, kind: FactKind | None = None) -> list[Message]:
    """Return what a runner is told, the first first, in words as of `now`; of one kind only, if one is named."""
    fan_out_facts()
    db.session.rollback()
    mine = select(Notification.id).where(Notification.runner_id == runner_id).order_by(Notification.id)
    numbers = db.session.scalars(mine).all()
    found = messages_of(numbers, now)
    db.session.rollback()
    return [found[number] for number in numbers if number in found and kind in (None, found[number].kind)]


def said_to(runner_id: int, now: datetime = NOON, kind: FactKind | None = None) -> list[str]:
    """Return the same, each as one line: subject and text."""
    return [" | ".join((one.subject, *one.text_lines)) for one in messages_to(runner_id, now, kind)]
