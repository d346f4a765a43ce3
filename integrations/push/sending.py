"""Sending a message to one browser, by the push service that it named (RFC 8030, 8188, 8291 and 8292)."""

import importlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import requests
from py_vapid import Vapid, VapidException

from integrations.outbound.errors import AddressRefused, NoAnswer, NotSent
from integrations.push.subscriptions import BrowserSubscription, check_keys

# Push services take 4096 bytes, encrypted; some of them less.
MAX_PAYLOAD_BYTES = 3000
MAX_RETRY_AFTER_S = 86400.0
GONE, TOO_LARGE, TOO_MANY = (404, 410), 413, 429


class PushOutcome(StrEnum):
    """What became of a push; a word that is safe to log."""

    SENT = "sent"
    GONE = "gone"  # the browser no longer wants any: forget the subscription
    LATER = "later"  # nothing arrived; try again after a while
    REFUSED = "refused"  # the same push would be refused again
    UNKNOWN = "unknown"  # it may have arrived, so it must not be sent again


@dataclass(frozen=True, slots=True)
class PushMessage:
    """What a browser shows. `link` is a path of ours; `topic`: a later push with the same takes its place."""

    title: str
    body: str
    link: str
    topic: str
    # Seconds that the push service keeps it for a browser that is off.
    ttl: int
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """The private VAPID key, and whom push services may write to about our pushes: mailto: or https:."""

    vapid_key: str
    contact: str


@dataclass(frozen=True, slots=True)
class PushResult:
    """`retry_after` in seconds, if the push service named one."""

    outcome: PushOutcome
    status: int | None = None
    retry_after: float | None = None


def send_push(
    subscription: BrowserSubscription, message: PushMessage, signer: Signer, session: requests.Session, now: datetime
) -> PushResult:
    """Send a message to one browser and return what became of it. A message that is too large is sent without its body.

    `session` is an OutboundSession: the address comes from a browser.
    """
    try:
        check_keys(subscription)
        result = _send(subscription, message, signer, session, now)
        if result.status == TOO_LARGE and message.body:
            return _send(subscription, replace(message, body=""), signer, session, now)
        return result
    except AddressRefused:
        return PushResult(PushOutcome.REFUSED)
    except NotSent:
        return PushResult(PushOutcome.LATER)
    except NoAnswer:
        return PushResult(PushOutcome.UNKNOWN)
    except (VapidException, ValueError):
        return PushResult(PushOutcome.REFUSED)


def _send(
    subscription: BrowserSubscription, message: PushMessage, signer: Signer, session: requests.Session, now: datetime
) -> PushResult:
    # It brings aiohttp, 40 MB: only a process that sends pays for it.
    library: Any = importlib.import_module("pywebpush")
    try:
        answer = library.webpush(
            {"endpoint": subscription.endpoint, "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth}},
            payload_of(message),
            vapid_private_key=Vapid.from_raw(signer.vapid_key.encode()),
            vapid_claims={"sub": signer.contact},
            ttl=message.ttl,
            headers={"Urgency": "high" if message.is_urgent else "normal", "Topic": message.topic},
            requests_session=session,
        )
    except library.WebPushException as refusal:
        if refusal.status_code is None:
            return PushResult(PushOutcome.REFUSED)
        return result_of(refusal.status_code, refusal.retry_after, now)
    return result_of(answer.status_code, None, now)


def result_of(status: int, retry_after: str | None, now: datetime) -> PushResult:
    """Return what an answer of a push service means."""
    if 200 <= status < 300:
        return PushResult(PushOutcome.SENT, status)
    if status in GONE:
        return PushResult(PushOutcome.GONE, status)
    if status == TOO_MANY or status >= 500:
        return PushResult(PushOutcome.LATER, status, _seconds(retry_after, now))
    return PushResult(PushOutcome.REFUSED, status)


def payload_of(message: PushMessage) -> str:
    """Return the JSON that our service worker reads, of MAX_PAYLOAD_BYTES at most: a long body is cut."""
    parts = {"title": message.title, "body": message.body, "link": message.link, "tag": message.topic}
    over = len(_json(parts).encode()) - MAX_PAYLOAD_BYTES
    if over > 0:
        # A sign of several bytes counts as one, so too much is cut, never too little.
        parts["body"] = parts["body"][: max(0, len(parts["body"]) - over - 3)] + "…"
    return _json(parts)


def _json(parts: dict[str, str]) -> str:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After, which is a number or a date; None for neither."""
    text = (retry_after or "").strip()
    try:
        found = float(text) if text.isascii() and text.isdigit() else _until(text, now)
    except (ValueError, OverflowError):
        return None
    return min(max(found, 0.0), MAX_RETRY_AFTER_S)


def _until(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
