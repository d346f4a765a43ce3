"""Strava's signatures of events: checked where a key is set, refused once one has verified, never required."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from integrations.strava.signature import HEADER, MAX_AGE_S, sign, verdict
from tests.support.browser import Browser, words
from tests.support.builders import make_connection, make_runner
from tests.support.settings import with_settings
from webapp.config import TRIAL_OPERATOR
from webapp.db import db
from webapp.extensions import budget, clock, settings
from webapp.models.sync import Subscription

KEY, NOW, BODY = "k" * 32, datetime(2026, 11, 12, 12, tzinfo=UTC), b'{"a": 1}'
EVENT = {
    "object_type": "activity", "object_id": 77, "aspect_type": "create", "updates": {}, "owner_id": 5,
    "subscription_id": 9, "event_time": 1_790_000_000,
}  # fmt: skip


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, "missing"),
        (sign(BODY, KEY, NOW), "right"),
        (sign(BODY, KEY, NOW - timedelta(seconds=MAX_AGE_S)), "right"),
        (sign(BODY, KEY, NOW - timedelta(seconds=MAX_AGE_S + 1)), "stale"),
        (sign(BODY, KEY, NOW + timedelta(seconds=MAX_AGE_S + 1)), "stale"),
        (sign(BODY, "another", NOW), "wrong"),
        (sign(BODY + b" ", KEY, NOW), "wrong"),
        (sign(BODY, KEY, NOW) + ",v1=00", "right"),
        ("", "wrong"), ("t=", "wrong"), ("t=x,v1=y", "wrong"), ("t=٣,v1=é", "wrong"), ("v1=" + "0" * 5000, "wrong"),
    ],
)  # fmt: skip
def test_a_signature_is_over_the_second_and_the_raw_body(header: str | None, found: str) -> None:
    assert verdict(header, BODY, KEY, NOW) == found


@pytest.fixture
def keyed(app: Flask) -> Iterator[FlaskClient]:
    """A client of an application that has Strava's key."""
    db.session.add(Subscription(id=9, callback_url="http://x", subscribed_at=clock().now()))
    db.session.commit()
    with with_settings(app, strava_webhook_key=KEY):
        yield app.test_client()


def post(client: FlaskClient, header: str | None) -> int:
    path, headers = f"/webhooks/strava/{settings().webhook_secret}", {HEADER: header} if header is not None else {}
    with client.post(path, data=json.dumps(EVENT), headers=headers) as answer:
        return answer.status_code


def signed(key: str = KEY, **ago: int) -> str:
    return sign(json.dumps(EVENT).encode(), key, clock().now() - timedelta(**ago))


def counted() -> dict[str, int]:
    counts = budget().counts()
    return {name.removeprefix("signature:"): n for name, n in counts.items() if name.startswith("signature:")}


def test_a_failing_signature_is_refused_only_after_one_has_verified_with_that_key(
    app: Flask, keyed: FlaskClient
) -> None:
    bad = (signed("another"), signed(minutes=10))
    assert [post(keyed, header) for header in (*bad, None)] == [200, 200, 200]
    assert post(keyed, signed()) == 200
    assert [post(keyed, header) for header in (*bad, None, signed())] == [403, 403, 200, 200]
    assert counted() == {"wrong": 2, "stale": 2, "missing": 2, "right": 2}
    with with_settings(app, strava_webhook_key="a key that nobody has signed with"):
        assert post(keyed, signed()) == 200, "only this key has to prove itself again"


def test_without_a_key_the_header_is_only_counted(app: Flask, keyed: FlaskClient) -> None:
    post(keyed, signed())
    with with_settings(app, strava_webhook_key=""):
        assert [post(keyed, header) for header in (signed("another"), None)] == [200, 200]
    assert counted() == {"right": 1, "unchecked": 1, "missing": 1}


def test_the_operator_is_told_while_signatures_fail_and_none_has_matched(keyed: FlaskClient) -> None:
    warned = "No Strava signature matches STRAVA_WEBHOOK_KEY"
    operator = Browser(keyed.application)
    runs_it = make_runner("Olga Orlova")
    make_connection(runs_it, athlete_id=int(TRIAL_OPERATOR))
    operator.sign_in_as(runs_it)
    assert warned not in words(operator.get("/operator"))
    post(keyed, signed("another"))
    assert warned in words(operator.get("/operator"))
    post(keyed, signed())
    assert warned not in words(operator.get("/operator"))
