"""Reading the outbox: what is due, and what was sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from webapp.db import db
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState
from webapp.notifications.kind_rules import LIMITED
from webapp.notifications.rules import WEEK

# Those that were sent, or perhaps were.
_SENT = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)


def facts_are_waiting() -> bool:
    """Return whether there are facts that not all of their readers were told."""
    return bool(db.session.scalar(select(exists().where(Fact.fanned_out_at.is_(None)))))


def due_deliveries(channel: Channel, now: datetime, limit: int) -> Sequence[int]:
    """Return the deliveries of a channel that are due, those that are due for longest first."""
    waiting = Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now, Delivery.channel == channel
    due = select(Delivery.id).where(*waiting).order_by(Delivery.due_at, Delivery.id).limit(limit)
    return db.session.scalars(due).all()


def sent_lately(runner_id: int, channel: Channel, now: datetime) -> Sequence[datetime]:
    """Return when a runner was sent, or perhaps sent, something by a channel that counts towards the ceiling.

    It goes back a week and a day, since a week of a zone can begin before that of UTC.
    """
    mine = Delivery.runner_id == runner_id, Delivery.channel == channel, Delivery.state.in_(_SENT)
    lately = Delivery.claimed_at > now - WEEK - WEEK / 7
    sent = select(Delivery.claimed_at).join(Notification, Notification.id == Delivery.notification_id)
    limited = sent.join(Fact, Fact.id == Notification.fact_id).where(Fact.kind.in_(sorted(LIMITED)))
    return [at for at in db.session.scalars(limited.where(*mine, lately)) if at is not None]
