"""Old notifications, deliveries and facts go, unread ones after twice the time."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from jobs.notifications import fan_out_facts, purge_notifications
from tests.support.builders import make_group, make_member
from tests.support.facts import Postman, announce, sending_by
from webapp.clock import Clock
from webapp.db import db, write_transaction
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import DeliveryState

pytestmark = pytest.mark.both_databases


def left_after(clock: Clock, begin: datetime, days: int) -> list[int]:
    """Return how many facts, notifications and deliveries are left after so many days."""
    clock.set(now=begin + timedelta(days=days))
    purge_notifications()
    counts = (select(func.count()).select_from(model) for model in (Fact, Notification, Delivery))
    return [db.session.scalar(count) or 0 for count in counts]


def test_what_was_told_long_ago_is_deleted(app: Flask, clock: Clock) -> None:
    group, begin = make_group(), clock.now()
    for _ in range(2):
        make_member(group)
    with sending_by(mail=Postman()):
        announce(group)
        fan_out_facts()
    with write_transaction():
        db.session.execute(update(Delivery).values(state=DeliveryState.SENT, finished_at=begin))
        one = select(func.min(Notification.id)).scalar_subquery()
        db.session.execute(update(Notification).where(Notification.id == one).values(read_at=begin))
    assert [left_after(clock, begin, days) for days in (29, 31, 91, 179, 181)] == [
        [1, 2, 2],
        [1, 2, 0],
        [1, 1, 0],
        [1, 1, 0],
        [0, 0, 0],
    ]
