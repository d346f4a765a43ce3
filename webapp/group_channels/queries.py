"""Reading a group's channels, for its organisers and for the jobs that post."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, select

from integrations.chat.links import ChatService
from webapp.db import db
from webapp.group_channels.rules import CARRIED, NEWS_FOR
from webapp.models.facts import Fact
from webapp.models.group_channels import ChannelPost, GroupChannel, GroupChannelKind
from webapp.models.groups import Group
from webapp.models.words import DeliveryState, FactKind

FINISHED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN)
# A channel of a group that goes on, which is neither paused nor stopped.
OPEN = (
    GroupChannel.paused_at.is_(None),
    GroupChannel.stopped_at.is_(None),
    Group.archived_at.is_(None),
    Group.closed_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class LastPost:
    """The last message of a channel that is done with: when, whether it was a test, how it ended and why."""

    at: datetime
    is_test: bool
    state: DeliveryState
    reason: str


@dataclass(frozen=True, slots=True)
class ShownChannel:
    """A channel as organisers see it; its link is shown to nobody. `is_testing`: a test is on its way."""

    id: int
    name: str
    service: ChatService
    added_at: datetime
    kinds: frozenset[FactKind]
    is_paused: bool
    is_stopped: bool
    is_testing: bool
    last: LastPost | None


@dataclass(frozen=True, slots=True)
class UnknownPost:
    """A message of which it is not known whether it arrived: to which service, and when it was sent."""

    id: int
    service: ChatService
    at: datetime


def shown_channels(group_id: int) -> list[ShownChannel]:
    """Return the channels of a group, the oldest first."""
    found = channels_of(group_id)
    ids = [one.id for one in found]
    kinds, tests, last = kinds_of(ids), _testing(ids), _last_posts(ids)
    return [
        ShownChannel(
            one.id, one.name, one.service, one.added_at, kinds.get(one.id, frozenset()),
            one.paused_at is not None, one.stopped_at is not None, one.id in tests, last.get(one.id),
        )
        for one in found
    ]  # fmt: skip


def channels_of(group_id: int) -> Sequence[GroupChannel]:
    """Return the channels of a group, the oldest first."""
    mine = select(GroupChannel).where(GroupChannel.group_id == group_id)
    return db.session.scalars(mine.order_by(GroupChannel.id)).all()


def channel_of(group_id: int, channel_id: int) -> GroupChannel | None:
    """Return one channel of a group."""
    mine = (GroupChannel.id == channel_id, GroupChannel.group_id == group_id)
    return db.session.scalar(select(GroupChannel).where(*mine))


def stopped_count(group_id: int) -> int:
    """Return how many channels of a group its services have stopped."""
    mine = (GroupChannel.group_id == group_id, GroupChannel.stopped_at.is_not(None))
    return db.session.scalar(select(func.count()).select_from(GroupChannel).where(*mine)) or 0


def kinds_of(channel_ids: Collection[int]) -> Mapping[int, frozenset[FactKind]]:
    """Return what each of some channels carries."""
    found: dict[int, frozenset[FactKind]] = {}
    rows = select(GroupChannelKind.channel_id, GroupChannelKind.kind).where(GroupChannelKind.kind.in_(CARRIED))
    for channel_id, kind in db.session.execute(rows.where(GroupChannelKind.channel_id.in_(channel_ids))):
        found[channel_id] = found.get(channel_id, frozenset()) | {kind}
    return found


def _testing(channel_ids: Collection[int]) -> frozenset[int]:
    going = ChannelPost.state.in_((DeliveryState.WAITING, DeliveryState.SENDING))
    tests = select(ChannelPost.channel_id).where(ChannelPost.fact_id.is_(None), going)
    return frozenset(db.session.scalars(tests.where(ChannelPost.channel_id.in_(channel_ids))))


def _last_posts(channel_ids: Collection[int]) -> Mapping[int, LastPost]:
    done = ChannelPost.channel_id.in_(channel_ids), ChannelPost.state.in_(FINISHED)
    newest = select(func.max(ChannelPost.id)).where(*done).group_by(ChannelPost.channel_id)
    return {
        post.channel_id: LastPost(post.finished_at, post.fact_id is None, post.state, post.reason)
        for post in db.session.scalars(select(ChannelPost).where(ChannelPost.id.in_(newest)))
        if post.finished_at is not None
    }


# For the jobs ---------------------------------------------------------------------------------------------------------


def new_posts(now: datetime, limit: int) -> list[tuple[int, int]]:
    """Return the messages that have no row yet, as ids of channel and fact, the oldest fact first."""
    carries = and_(GroupChannelKind.channel_id == GroupChannel.id, GroupChannelKind.kind == Fact.kind)
    is_posted = exists().where(ChannelPost.channel_id == GroupChannel.id, ChannelPost.fact_id == Fact.id)
    found = (
        select(GroupChannel.id, Fact.id)
        .join(Group, Group.id == GroupChannel.group_id)
        .join(Fact, Fact.group_id == GroupChannel.group_id)
        .join(GroupChannelKind, carries)
        .where(*OPEN, Fact.happened_at > now - NEWS_FOR, Fact.happened_at >= GroupChannel.carries_since)
        .where(Fact.withdrawn_since.is_(None), Fact.kind.in_(CARRIED), ~is_posted)
        .order_by(Fact.id, GroupChannel.id)
        .limit(limit)
    )
    return [(channel_id, fact_id) for channel_id, fact_id in db.session.execute(found)]


def channels_with_due_posts(now: datetime) -> Sequence[int]:
    """Return the channels with a message that is to be sent now."""
    due = (ChannelPost.state == DeliveryState.WAITING, ChannelPost.due_at <= now)
    return db.session.scalars(select(ChannelPost.channel_id).where(*due).distinct()).all()


def due_posts(channel_id: int, now: datetime, limit: int) -> Sequence[int]:
    """Return the messages of a channel that are to be sent now, in order."""
    due = (ChannelPost.state == DeliveryState.WAITING, ChannelPost.due_at <= now)
    mine = select(ChannelPost.id).where(ChannelPost.channel_id == channel_id, *due)
    return db.session.scalars(mine.order_by(ChannelPost.id).limit(limit)).all()


def kinds_posted(channel_id: int, since: datetime) -> Sequence[FactKind]:
    """Return the kinds of what a channel was sent since then, or may have been sent."""
    sent = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)
    mine = select(Fact.kind).join(ChannelPost, ChannelPost.fact_id == Fact.id)
    lately = mine.where(ChannelPost.channel_id == channel_id, ChannelPost.claimed_at > since)
    return db.session.scalars(lately.where(ChannelPost.state.in_(sent))).all()


def unknown_posts(limit: int) -> list[UnknownPost]:
    """Return messages of which it is not known whether they arrived, the latest first."""
    unknown = select(ChannelPost.id, GroupChannel.service, ChannelPost.claimed_at).join(
        GroupChannel, GroupChannel.id == ChannelPost.channel_id
    )
    latest = unknown.where(ChannelPost.state == DeliveryState.UNKNOWN).order_by(ChannelPost.id.desc()).limit(limit)
    return [UnknownPost(post_id, service, at) for post_id, service, at in db.session.execute(latest) if at]
