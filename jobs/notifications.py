"""Jobs of notifications: telling facts, and sending what is due."""

import logging
import time

from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.words import Channel
from webapp.notifications import fan_out_service, purge_service
from webapp.notifications.channel_service import SENDERS
from webapp.notifications.delivery_queries import due_deliveries, facts_are_waiting
from webapp.notifications.delivery_service import Claimed, claim, mark_unknown, settle
from webapp.notifications.message_queries import messages_of
from webapp.notifications.push_service import purge_failing_browsers
from webapp.notifications.sender_service import ChannelSender, Outgoing, SendOutcome, SendResult
from webapp.nudges.service import purge_nudges
from webapp.queue import enqueue
from webapp.redis import redis_client

log = logging.getLogger(__name__)

# After this many seconds a job begins nothing more, and enqueues itself for the rest.
WORKS_S = 20
# Deliveries that are looked for at once, and rows that are purged in one transaction.
BATCH = 100
PURGED = 1000
# For how many seconds a channel that does not answer is left alone.
REST_S = 30
# Results into which nobody has to look.
_AS_PLANNED = (SendResult.SENT, SendResult.UNTOLD)


def fan_out_facts() -> None:
    """Tell all facts that wait for it. Killed anywhere and started again, it goes on where it was."""
    begun = time.monotonic()
    while time.monotonic() < begun + WORKS_S:
        # Each batch is complete on its own; between two of them, others can write.
        with write_transaction():
            told = fan_out_service.tell_own_facts(clock().now())
        with write_transaction():
            has_audience = fan_out_service.tell_an_audience(clock().now())
        if not has_audience and told < fan_out_service.BATCH:
            return
    enqueue(Job.FAN_OUT_FACTS)


def send_deliveries(channel: str) -> None:
    """Send what is due by a channel, one after the other."""
    way = Channel(channel)
    sender, begun, may_send = SENDERS.get(way), time.monotonic(), False
    if sender is None or redis_client().exists(_rest_key(way)):
        return
    due = due_deliveries(way, clock().now(), BATCH)
    for delivery_id in due:
        if time.monotonic() > begun + WORKS_S:
            break
        if not may_send and (wait_s := sender.wait_s()):
            enqueue(Job.SEND_DELIVERIES, channel, delay=wait_s)
            return
        with write_transaction():
            claimed = claim(delivery_id, clock().now())
        # One that is not to be sent leaves its slot to the next one.
        may_send = claimed is None
        if claimed and _send(claimed, sender).result is SendResult.AWAY:
            redis_client().set(_rest_key(way), 1, ex=max(1, round(REST_S / max(1.0, clock().speed))))
            return
    if len(due) == BATCH or time.monotonic() > begun + WORKS_S:
        enqueue(Job.SEND_DELIVERIES, channel)


def _send(claimed: Claimed, sender: ChannelSender) -> SendOutcome:
    """Send a delivery outside of any transaction, and note what became of it."""
    outcome = _outcome(claimed, sender)
    if outcome.result not in _AS_PLANNED:
        log.warning("not sent, %s: %s", outcome.result, outcome.reason, extra={"delivery": claimed.delivery_id})
    with write_transaction():
        settle(claimed.delivery_id, outcome, clock().now())
    return outcome


def _outcome(claimed: Claimed, sender: ChannelSender) -> SendOutcome:
    try:
        message = messages_of([claimed.notification_id], clock().now()).get(claimed.notification_id)
        db.session.commit()
    except Exception:  # whatever is wrong with one message, the others must not wait for it
        db.session.rollback()
        log.exception("no words for a notification", extra={"notification": claimed.notification_id})
        return SendOutcome(SendResult.RETRY, "no_words")
    if message is None:
        return SendOutcome(SendResult.UNTOLD, "not_told")
    outgoing = Outgoing(claimed.delivery_id, claimed.runner_id, claimed.is_urgent, message)
    try:
        return sender.send(outgoing, clock().now())
    except Exception:  # as above; it may have been taken
        db.session.rollback()
        log.exception("sending failed", extra={"delivery": claimed.delivery_id})
        return SendOutcome(SendResult.UNKNOWN, "sending_failed")


def notification_sweep() -> None:
    """Find what was committed and never processed, and the deliveries whose workers died."""
    now = clock().now()
    with write_transaction():
        lost = mark_unknown(now, clock().speed)
    if lost:
        log.warning("%d deliveries may or may not have been sent, since their workers died", lost)
    if facts_are_waiting():
        enqueue(Job.FAN_OUT_FACTS)
    for channel in SENDERS:
        if due_deliveries(channel, now, 1):
            enqueue(Job.SEND_DELIVERIES, channel)


def purge_notifications() -> None:
    """Delete what was told long ago, messages of members too, and browsers whose push services refuse all pushes."""
    with write_transaction():
        purge_failing_browsers(clock().now())
    with write_transaction():
        purge_nudges(clock().now())
    while True:
        with write_transaction():
            purged = purge_service.purge_some(clock().now(), PURGED)
        if purged < PURGED:
            return


def _rest_key(channel: Channel) -> str:
    return f"chasepack:rest:{channel}"
