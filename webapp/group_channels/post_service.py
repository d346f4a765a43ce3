"""The messages to a group's channels: planned once for each fact, claimed before they are sent, then settled.

Nothing here commits, and nothing is sent in a transaction. A message whose worker died after the claim becomes
`unknown`, and is never sent again.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, update

from integrations.chat.messenger import ChatOutcome, ChatReason, ChatResult
from webapp.db import db, insert_on_conflict
from webapp.group_channels.message_queries import message_of
from webapp.group_channels.queries import kinds_of, kinds_posted, new_posts
from webapp.group_channels.rules import NEWS_FOR, SERVICE_NAMES, STUCK_AFTER, TEST_MESSAGE, may_post, settlement_of
from webapp.groups.audit_service import record_audit
from webapp.models.facts import Fact
from webapp.models.group_channels import ChannelPost, GroupChannel
from webapp.models.groups import Group
from webapp.models.words import DeliveryState

# Posts that one run of the sweep plans.
BATCH = 200


@dataclass(frozen=True, slots=True)
class ClaimedPost:
    """A message that its claimer sends now: the sealed link, and the words."""

    post_id: int
    sealed_link: str = field(repr=False)
    text: str = field(repr=False)


def plan_posts(now: datetime) -> int:
    """Make a row for each message that has none yet; return how many, BATCH at most."""
    found = new_posts(now, BATCH)
    if found:
        rows = [
            {"channel_id": channel_id, "fact_id": fact_id, "state": DeliveryState.WAITING, "due_at": now,
             "attempts": 0, "reason": ""}
            for channel_id, fact_id in found
        ]  # fmt: skip
        db.session.execute(insert_on_conflict(ChannelPost).values(rows).on_conflict_do_nothing())
    return len(found)


def claim_post(post_id: int, now: datetime, address: str) -> ClaimedPost | None:
    """Claim a message for sending, and write its words; None if another worker has it, or nothing may be sent.

    A message that may no longer be sent is withdrawn. `address`: of this installation.
    """
    waiting = (ChannelPost.id == post_id, ChannelPost.state == DeliveryState.WAITING, ChannelPost.due_at <= now)
    claimed = {"state": DeliveryState.SENDING, "claimed_at": now, "attempts": ChannelPost.attempts + 1}
    if (
        db.session.execute(update(ChannelPost).where(*waiting).values(claimed).returning(ChannelPost.id)).first()
        is None
    ):
        return None
    post = db.session.get_one(ChannelPost, post_id, populate_existing=True)
    channel = db.session.get_one(GroupChannel, post.channel_id, populate_existing=True)
    text = _text_of(post, channel, now, address)
    if text:
        return ClaimedPost(post_id, channel.sealed_link, text)
    post.state, post.finished_at = DeliveryState.WITHDRAWN, now
    return None


def settle_post(post_id: int, outcome: ChatOutcome, now: datetime) -> None:
    """Note what came of a claimed message. Where the room is gone, its channel stops, and the group's log says so."""
    post = db.session.get(ChannelPost, post_id, populate_existing=True)
    if post is None or post.state != DeliveryState.SENDING:
        return
    is_test = post.fact_id is None
    then = settlement_of(outcome.result, outcome.reason, post.attempts, is_test=is_test)
    post.state, post.reason = then.state, then.reason
    if then.pause is not None:
        post.due_at = now + then.pause
        return
    post.finished_at = now
    channel = db.session.get_one(GroupChannel, post.channel_id, populate_existing=True)
    if outcome.result is ChatResult.STOP:
        stop_channel(channel, now)
    elif outcome.result is ChatResult.SENT and is_test and channel.stopped_at is not None:
        channel.stopped_at, channel.carries_since = None, now


def stop_channel(channel: GroupChannel, now: datetime) -> None:
    """Let a channel carry nothing until a test arrives, and tell the organisers in the group's log."""
    drop_waiting(channel.id, now)
    if channel.stopped_at is None:
        channel.stopped_at = now
        words = f"{channel.name} ({SERVICE_NAMES[channel.service]})"
        record_audit(channel.group_id, "channel_stopped", None, now, words=words)


def give_up_stuck(now: datetime, speed: float) -> int:
    """Mark messages as unknown whose worker died after the claim; return how many. `speed`: of our clock."""
    longest = STUCK_AFTER * max(1.0, speed)
    stuck = (ChannelPost.state == DeliveryState.SENDING, ChannelPost.claimed_at < now - longest)
    unknown = {"state": DeliveryState.UNKNOWN, "finished_at": now, "reason": ChatReason.NO_ANSWER}
    return len(db.session.execute(update(ChannelPost).where(*stuck).values(unknown).returning(ChannelPost.id)).all())


def drop_waiting(channel_id: int, now: datetime) -> None:
    """Withdraw what waits to be sent to a channel, but for a test."""
    waiting = (ChannelPost.channel_id == channel_id, ChannelPost.state == DeliveryState.WAITING)
    about_facts = update(ChannelPost).where(*waiting, ChannelPost.fact_id.is_not(None))
    db.session.execute(about_facts.values(state=DeliveryState.WITHDRAWN, finished_at=now))


def purge_posts(before: datetime) -> None:
    """Delete messages that were done with before then."""
    db.session.execute(delete(ChannelPost).where(ChannelPost.finished_at < before))


def _text_of(post: ChannelPost, channel: GroupChannel, now: datetime, address: str) -> str:
    """Return the words of a claimed message, "" if it may not be sent any more."""
    if post.fact_id is None:
        return TEST_MESSAGE
    fact = db.session.get_one(Fact, post.fact_id, populate_existing=True)
    group = db.session.get_one(Group, channel.group_id, populate_existing=True)
    is_open = channel.paused_at is None and channel.stopped_at is None and not group.is_read_only
    is_news = fact.withdrawn_since is None and fact.happened_at > now - NEWS_FOR
    if not (is_open and is_news and fact.kind in kinds_of([channel.id]).get(channel.id, ())):
        return ""
    posted = list(kinds_posted(channel.id, now - NEWS_FOR))
    posted.remove(fact.kind)  # this one, which is claimed
    return message_of(fact, group, now, address) if may_post(fact.kind, posted) else ""
