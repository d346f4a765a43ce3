"""Sending a delivery to all browsers of its runner."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from integrations.outbound.session import OutboundSession
from integrations.push.sending import PushMessage, PushOutcome, PushResult, Signer, send_push
from webapp.db import db, write_transaction
from webapp.extensions import settings
from webapp.notifications.push_queries import OpenSubscription, subscriptions_of, with_a_browser
from webapp.notifications.push_rules import MAX_BODY, MAX_TITLE, TTL, URGENT_TTL, whole_outcome
from webapp.notifications.push_service import note_results
from webapp.notifications.sender_service import ChannelSender, Outgoing, SendOutcome, SendResult

# After this time no further browser is tried. The outbox gives up on a sender after five minutes.
MAX_SENDING_S = 120.0
OUTCOMES = {
    PushOutcome.SENT: SendOutcome(SendResult.SENT),
    PushOutcome.UNKNOWN: SendOutcome(SendResult.UNKNOWN, "no_answer"),
    PushOutcome.LATER: SendOutcome(SendResult.RETRY, "push_service_busy"),
    PushOutcome.REFUSED: SendOutcome(SendResult.REFUSED, "push_service_refused"),
    PushOutcome.GONE: SendOutcome(SendResult.REFUSED, "no_browser"),
}


def send_to_browsers(outgoing: Outgoing, now: datetime) -> SendOutcome:
    """Send a message to every browser of its runner, and forget those that push services no longer know."""
    browsers = subscriptions_of(outgoing.runner_id)
    db.session.rollback()
    sent = _send_each(browsers, message_of(outgoing), now) if settings().vapid_key else {}
    with write_transaction():
        note_results(
            _those(sent, PushOutcome.SENT), _those(sent, PushOutcome.REFUSED), _those(sent, PushOutcome.GONE), now
        )
    outcome = OUTCOMES[whole_outcome({result.outcome for result in sent.values()})]
    wait_s = max((result.retry_after or 0 for result in sent.values()), default=0)
    return replace(outcome, retry_after=timedelta(seconds=wait_s)) if outcome.result is SendResult.RETRY else outcome


def _those(sent: Mapping[int, PushResult], outcome: PushOutcome) -> list[int]:
    return [id for id, result in sent.items() if result.outcome is outcome]


def message_of(outgoing: Outgoing) -> PushMessage:
    """Return a message as a browser shows it. Each attempt has the same topic, so no browser shows it twice."""
    said = outgoing.message
    return PushMessage(
        title=said.subject[:MAX_TITLE],
        body=" ".join(said.text_lines)[:MAX_BODY],
        link=said.link,
        topic=f"delivery-{outgoing.delivery_id}",
        ttl=int((URGENT_TTL if outgoing.is_urgent else TTL).total_seconds()),
        is_urgent=outgoing.is_urgent,
    )


def _send_each(browsers: list[OpenSubscription], message: PushMessage, now: datetime) -> dict[int, PushResult]:
    signer = Signer(settings().vapid_key, settings().push_subject)
    begun, results = time.monotonic(), dict[int, PushResult]()
    session = _session(settings().outbound_exceptions)
    for one in browsers:
        if time.monotonic() - begun > MAX_SENDING_S:
            break
        results[one.id] = send_push(one.subscription, message, signer, session, now)
    return results


@lru_cache(maxsize=1)
def _session(exceptions: tuple[tuple[str, int], ...]) -> OutboundSession:
    """Return the session of this process: the deliveries of a job share connections. Only jobs send, in one thread."""
    return OutboundSession(exceptions)


def _at_once() -> float:
    return 0.0


PUSH_SENDER = ChannelSender(reachable=with_a_browser, wait_s=_at_once, send=send_to_browsers)
