"""Jobs of groups' channels in chat services."""

from datetime import timedelta

from integrations.chat.links import LinkRefused, read_link
from integrations.chat.messenger import ChatOutcome, ChatReason, ChatResult, send_message
from integrations.outbound.session import OutboundSession
from webapp.crypto import CannotOpen
from webapp.db import write_transaction
from webapp.extensions import clock, sealer, settings
from webapp.group_channels import post_service
from webapp.group_channels.post_service import BATCH, ClaimedPost
from webapp.group_channels.queries import channels_with_due_posts, due_posts
from webapp.job_names import Job
from webapp.queue import enqueue

# Messages of one channel that one job sends.
AT_ONCE = 10
KEPT_FOR = timedelta(days=30)


def channel_sweep() -> None:
    """Plan the messages of new facts, give up those that a dead worker left, purge old ones, enqueue those due."""
    now = clock().now()
    with write_transaction():
        post_service.give_up_stuck(now, clock().speed)
        post_service.purge_posts(now - KEPT_FOR)
        planned = post_service.plan_posts(now)
    for channel_id in channels_with_due_posts(now):
        enqueue(Job.SEND_CHANNEL_POSTS, channel_id)
    if planned == BATCH:
        enqueue(Job.CHANNEL_SWEEP)


def send_channel_posts(channel_id: int) -> None:
    """Send the messages of a channel that are due, in their order, until one does not arrive."""
    for post_id in due_posts(channel_id, clock().now(), AT_ONCE):
        with write_transaction():
            claimed = post_service.claim_post(post_id, clock().now(), settings().address)
        if claimed is None:
            continue
        outcome = _sent(claimed)
        with write_transaction():
            post_service.settle_post(post_id, outcome, clock().now())
        if outcome.result is not ChatResult.SENT:
            return


def _sent(claimed: ClaimedPost) -> ChatOutcome:
    """Send a message, outside of any transaction."""
    try:
        link = read_link(sealer().open(claimed.sealed_link), settings().channel_hosts, settings().outbound_exceptions)
    except CannotOpen:
        return ChatOutcome(ChatResult.STOP, ChatReason.GONE)
    except LinkRefused:  # the operator no longer allows its host
        return ChatOutcome(ChatResult.FAILED, ChatReason.ADDRESS)
    return send_message(link, claimed.text, OutboundSession(settings().outbound_exceptions))
