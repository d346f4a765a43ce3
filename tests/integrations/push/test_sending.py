"""What arrives at a push service is signed by us, and only the browser opens it; each of its answers has a meaning."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from werkzeug.wrappers import Response

from integrations.outbound.session import OutboundSession
from integrations.push.keys import make_vapid_key, public_key_of
from integrations.push.sending import (
    MAX_PAYLOAD_BYTES,
    MAX_RETRY_AFTER_S,
    PushMessage,
    PushOutcome,
    PushResult,
    Signer,
    payload_of,
    result_of,
    send_push,
)
from integrations.push.subscriptions import BrowserSubscription, NotASubscription, check_keys
from tests.support.push_service import PushService, push_service

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)
SIGNER = Signer(make_vapid_key(), "mailto:ops@run.example.org")
MESSAGE = PushMessage("Mia went past you", "400 m, in November.", "/notifications", "delivery-7", ttl=3600)


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as service:
        yield service


def sent(service: PushService, subscription: BrowserSubscription, message: PushMessage = MESSAGE) -> PushResult:
    with OutboundSession({service.place}) as session:
        return send_push(subscription, message, SIGNER, session, NOW)


def test_only_the_browser_reads_a_push_and_the_service_knows_who_sent_it(service: PushService) -> None:
    browser = service.browser()
    assert sent(service, browser.subscription) == PushResult(PushOutcome.SENT, 201)
    (push,) = service.taken
    assert browser.read(push.body) == {
        "title": "Mia went past you", "body": "400 m, in November.", "link": "/notifications", "tag": "delivery-7",
    }  # fmt: skip
    assert b"Mia" not in push.body
    assert push.signed_by == public_key_of(SIGNER.vapid_key)
    assert push.claims["aud"] == service.base
    assert push.claims["sub"] == SIGNER.contact
    # Push services accept no signature that is valid for longer than a day.
    left = datetime.fromtimestamp(push.claims["exp"], UTC) - datetime.now(UTC)
    assert timedelta(hours=1) < left < timedelta(hours=24)
    headers = {name: push.headers[name] for name in ("Ttl", "Urgency", "Topic", "Content-Encoding")}
    assert headers == {"Ttl": "3600", "Urgency": "normal", "Topic": "delivery-7", "Content-Encoding": "aes128gcm"}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Response(status=202), PushResult(PushOutcome.SENT, 202)),
        (Response(status=404), PushResult(PushOutcome.GONE, 404)),
        (Response(status=410), PushResult(PushOutcome.GONE, 410)),
        (Response(status=429, headers={"Retry-After": "90"}), PushResult(PushOutcome.LATER, 429, 90)),
        (Response(status=503), PushResult(PushOutcome.LATER, 503)),
        (Response(status=403), PushResult(PushOutcome.REFUSED, 403)),
        (Response(status=307, headers={"Location": "/send/2"}), PushResult(PushOutcome.REFUSED, 307)),
    ],
)
def test_what_a_push_service_answers(service: PushService, answer: Response, result: PushResult) -> None:
    browser = service.browser()
    service.answers["/send/1"] = answer
    assert sent(service, browser.subscription) == result
    assert [push.path for push in service.taken] == ["/send/1"]


def test_a_push_that_is_too_large_is_sent_without_its_body(service: PushService) -> None:
    browser = service.browser()
    service.answers["/send/1"] = Response(status=413)
    assert sent(service, browser.subscription) == PushResult(PushOutcome.REFUSED, 413)
    assert [browser.read(push.body)["body"] for push in service.taken] == ["400 m, in November.", ""]


def test_a_service_that_is_away_is_tried_again_later(service: PushService) -> None:
    browser = service.browser()
    nowhere = BrowserSubscription("https://nowhere.invalid/", browser.subscription.p256dh, browser.subscription.auth)
    assert sent(service, nowhere) == PushResult(PushOutcome.LATER)
    private = BrowserSubscription("https://127.0.0.1:1/", browser.subscription.p256dh, browser.subscription.auth)
    assert sent(service, private) == PushResult(PushOutcome.REFUSED)


def test_a_long_body_is_cut_to_what_push_services_take() -> None:
    for sign in ("x", "é", "💥", '"', "\n"):
        message = PushMessage("Title", sign * 4000, "/", "t", ttl=0)
        text = payload_of(message)
        assert len(text.encode()) <= MAX_PAYLOAD_BYTES
        assert json.loads(text)["body"].rstrip("…") in message.body
    assert json.loads(payload_of(MESSAGE))["body"] == MESSAGE.body


def test_a_pause_is_a_number_of_seconds_or_a_date() -> None:
    def pause(text: str | None) -> float | None:
        return result_of(429, text, NOW).retry_after

    assert [pause(text) for text in ("0", " 12 ", "999999999999")] == [0, 12, MAX_RETRY_AFTER_S]
    assert pause(format_datetime(NOW + timedelta(minutes=2), usegmt=True)) == 120
    assert pause(format_datetime(NOW - timedelta(days=2), usegmt=True)) == 0
    assert [pause(text) for text in (None, "", "soon", "-1", "1.5", "٣")] == [None] * 6
    assert pause(f"Mon, 2 Nov 2026 00:00:00 +{'9' * 20}") is None


@pytest.mark.parametrize(("p256dh", "auth"), [("", ""), ("AAAA", "AAAA"), ("ä", "ä"), ("B" + "A" * 86, "A" * 22)])
def test_keys_that_are_none_are_refused(service: PushService, p256dh: str, auth: str) -> None:
    with pytest.raises(NotASubscription):
        check_keys(BrowserSubscription("https://push.example.org/", p256dh, auth))
    assert sent(service, BrowserSubscription(service.base, p256dh, auth)).outcome is PushOutcome.REFUSED
    assert service.taken == []


def test_the_keys_of_a_browser_are_accepted_with_and_without_padding(service: PushService) -> None:
    found = service.browser().subscription
    check_keys(found)
    check_keys(BrowserSubscription(found.endpoint, found.p256dh + "=", found.auth + "=="))


def test_what_sends_is_loaded_by_those_who_send() -> None:
    """The library brings 40 MB."""
    loaded = "import sys, webapp.factory, jobs.notifications; print({'pywebpush', 'aiohttp'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", loaded], text=True).strip() == "set()"


def test_each_key_is_another_and_has_one_public_half() -> None:
    first, second = make_vapid_key(), make_vapid_key()
    assert public_key_of(first) == public_key_of(first) != public_key_of(second)
    for wrong in ("", "AAAA", "A" * 43, "ä", first + "AAAA"):
        with pytest.raises(ValueError):
            public_key_of(wrong)
