"""Facts, their notifications, and a sender that notes what it is asked to send."""

from collections.abc import Collection, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import select

from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact
from webapp.models.facts import Fact
from webapp.models.groups import Group
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, FactKind
from webapp.notifications import channel_service
from webapp.notifications.sender_service import ChannelSender, Outgoing, SendOutcome, SendResult


@dataclass
class Postman:
    """A channel that reaches everybody but `away`, answers `answer`, and keeps the ids of what it took."""

    answer: SendOutcome = field(default_factory=lambda: SendOutcome(SendResult.SENT))
    took: list[int] = field(default_factory=list)
    away: set[int] = field(default_factory=set)
    wait_s: float = 0.0

    def reachable(self, runner_ids: Collection[int]) -> set[int]:
        return set(runner_ids) - self.away

    def send(self, outgoing: Outgoing, _now: datetime) -> SendOutcome:
        self.took.append(outgoing.delivery_id)
        return self.answer

    @property
    def sender(self) -> ChannelSender:
        return ChannelSender(self.reachable, lambda: self.wait_s, self.send)


@contextmanager
def sending_by(**postmen: Postman) -> Iterator[None]:
    """Have these channels sent by postmen, and no others. The names are those of the channels."""
    table = cast(MutableMapping[Channel, ChannelSender], channel_service.SENDERS)
    usual = dict(table)
    table.clear()
    table.update({Channel(name): one.sender for name, one in postmen.items()})
    try:
        yield
    finally:
        table.clear()
        table.update(usual)


def announce(group: Group, key: int | str = 1, by_id: int | None = None) -> Fact:
    """Record that an organiser announced something."""
    with write_transaction():
        record_fact(FactKind.ANNOUNCEMENT, key, clock().now(), group_id=group.id, by_id=by_id)
    return db.session.scalars(select(Fact).where(Fact.key == str(key))).one()


def told() -> list[tuple[int, int]]:
    """Return who was told which fact: (fact, runner)."""
    db.session.rollback()
    pairs = select(Notification.fact_id, Notification.runner_id).order_by(Notification.fact_id, Notification.runner_id)
    return [(fact_id, runner_id) for fact_id, runner_id in db.session.execute(pairs)]


def states() -> list[str]:
    """Return how the deliveries stand, by id."""
    db.session.rollback()
    return [str(state) for state in db.session.scalars(select(Delivery.state).order_by(Delivery.id))]
