"""Reading how notifications are doing, for operators: numbers, kinds and reasons. No runner and no address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.db import db
from webapp.group_channels.queries import UnknownPost, unknown_posts
from webapp.metrics.queries import NotificationFigures, notification_figures
from webapp.models.facts import Fact
from webapp.models.group_channels import ChannelPost, GroupChannel
from webapp.models.groups import Group
from webapp.models.mail import MailAddress
from webapp.models.notifications import Delivery, Notification
from webapp.models.push import PushSubscription
from webapp.models.words import Channel, DeliveryState, FactKind

SHOWN = 50


@dataclass(frozen=True, slots=True)
class UnknownDelivery:
    """A delivery that may or may not have arrived. `at`: when it was claimed."""

    at: datetime
    kind: FactKind
    channel: Channel


@dataclass(frozen=True, slots=True)
class StoppedChannel:
    """A channel of a group that its chat service refuses."""

    group: str
    service: str
    since: datetime


@dataclass(frozen=True, slots=True)
class NotificationState:
    """What the page shows. `failures`: by channel and reason, of the last 30 days; a group's channel is "chat"."""

    figures: NotificationFigures
    due: int
    addresses: int
    stopped_addresses: int
    browsers: int
    group_channels: int
    failures: Mapping[tuple[str, str], int]
    unknown: Sequence[UnknownDelivery]
    unknown_posts: Sequence[UnknownPost]
    stopped_channels: Sequence[StoppedChannel]


def notification_state(now: datetime) -> NotificationState:
    """Return how notifications are doing."""
    due = Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now
    is_stopped, is_used = MailAddress.stopped_at.is_not(None), MailAddress.confirmed_at.is_not(None)
    return NotificationState(
        figures=notification_figures(now),
        due=_count(Delivery.id, *due),
        addresses=_count(MailAddress.runner_id, is_used, ~is_stopped),
        stopped_addresses=_count(MailAddress.runner_id, is_stopped),
        browsers=_count(PushSubscription.id),
        group_channels=_count(GroupChannel.id),
        failures=_failures(),
        unknown=_unknown(),
        unknown_posts=unknown_posts(SHOWN),
        stopped_channels=_stopped_channels(),
    )


def _count(column: InstrumentedAttribute[int], *which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(column)).where(*which)) or 0


def _failures() -> dict[tuple[str, str], int]:
    failed = select(Delivery.channel, Delivery.reason, func.count()).where(Delivery.state == DeliveryState.FAILED)
    found = {
        (str(channel), reason): count
        for channel, reason, count in db.session.execute(failed.group_by(Delivery.channel, Delivery.reason))
    }
    posts = select(ChannelPost.reason, func.count()).where(ChannelPost.state == DeliveryState.FAILED)
    return found | {("chat", reason): count for reason, count in db.session.execute(posts.group_by(ChannelPost.reason))}


def _unknown() -> list[UnknownDelivery]:
    of_kind = (
        select(Delivery.claimed_at, Fact.kind, Delivery.channel)
        .join(Notification, Notification.id == Delivery.notification_id)
        .join(Fact, Fact.id == Notification.fact_id)
        .where(Delivery.state == DeliveryState.UNKNOWN)
    )
    latest = of_kind.order_by(Delivery.id.desc()).limit(SHOWN)
    return [UnknownDelivery(at, kind, channel) for at, kind, channel in db.session.execute(latest) if at]


def _stopped_channels() -> list[StoppedChannel]:
    stopped = select(Group.name, GroupChannel.service, GroupChannel.stopped_at).join(
        Group, Group.id == GroupChannel.group_id
    )
    latest = stopped.where(GroupChannel.stopped_at.is_not(None)).order_by(GroupChannel.stopped_at.desc()).limit(SHOWN)
    return [StoppedChannel(group, service, at) for group, service, at in db.session.execute(latest) if at]
