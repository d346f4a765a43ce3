"""Events that Strava signs, from its post to what the operator reads: none, a right, a wrong and a stale signature."""

from collections.abc import Iterator

import pytest
import requests
from flask import Flask

from integrations.strava_simulator.signing import SIGNATURES, signature_headers
from tests.fault_injection.conftest import wait_until
from tests.support.browser import Browser, words
from tests.support.builders import make_connection, make_runner
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.sync.acts import events_stored, pass_by
from tests.sync.conftest import Connect
from webapp.clock import Clock
from webapp.config import TRIAL_OPERATOR
from webapp.db import db
from webapp.extensions import budget, settings
from webapp.redis import redis_client

# The key with which the simulator of the tests signs.
KEY = "simulator"
UNMATCHED = "No Strava signature matches STRAVA_WEBHOOK_KEY"
ACCEPTED, TO_BE_SENT_AGAIN = "answered", "pending"
EVENT_PAUSE_S = 61


class Post:
    """Strava on the one side, our door on the other, and the operator who reads what came of it."""

    def __init__(self, app: Flask, simulator: Simulator, athlete_id: int) -> None:
        self._simulator, self._athlete_id = simulator, athlete_id
        self._operator = Browser(app)
        runs_it = make_runner("Olga Orlova")
        make_connection(runs_it, athlete_id=int(TRIAL_OPERATOR))
        self._operator.sign_in_as(runs_it)

    def signs(self, kind: str) -> None:
        """From now on Strava signs in this way."""
        self._simulator.faults(signature=kind)

    def send(self, kind: str) -> str:
        """Have Strava tell of a run with a signature of this kind; return what became of the event."""
        self.signs(kind)
        self._simulator.control("POST", f"athletes/{self._athlete_id}/activities")
        return self.last()

    def last(self) -> str:
        self._simulator.wait_until_delivered()
        return str(self._simulator.control("GET", "events")["events"][0]["state"])

    def page(self) -> str:
        db.session.rollback()  # what other threads wrote since is not in the snapshot of ours
        return words(self._operator.get("/operator"))


@pytest.fixture
def post(served_app: Flask, simulator: Simulator, connect: Connect, athlete_id: int) -> Iterator[Post]:
    cli = served_app.test_cli_runner()
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    connect(athlete_id)
    yield Post(served_app, simulator, athlete_id)
    simulator.faults(signature="none")
    cli.invoke(args=["strava", "unsubscribe"])


def assert_counted(**expected: int) -> None:
    """Wait for the counts, which are made after Strava has its answer."""

    def counted() -> dict[str, int]:
        counts = budget().counts()
        return {name.removeprefix("signature:"): n for name, n in counts.items() if name.startswith("signature:")}

    wait_until(lambda: counted() == expected, f"{expected}", 20)


def test_without_a_key_every_signature_is_accepted_and_only_counted(post: Post) -> None:
    assert [post.send(kind) for kind in SIGNATURES] == [ACCEPTED] * 4
    assert_counted(missing=1, unchecked=3)
    page = post.page()
    assert "not checked: STRAVA_WEBHOOK_KEY is not set</dt><dd>3" in page and "none</dt><dd>1" in page
    assert UNMATCHED not in page
    assert events_stored() == 4


def test_with_a_key_nothing_is_refused_before_an_event_has_verified(served_app: Flask, post: Post) -> None:
    with with_settings(served_app, strava_webhook_key=KEY):
        assert [post.send(kind) for kind in ("none", "wrong", "stale")] == [ACCEPTED] * 3
        assert_counted(missing=1, wrong=1, stale=1)
        page = post.page()
        assert UNMATCHED in page and "Events are still accepted" in page
        for line in ("none</dt><dd>1", "wrong</dt><dd>1", "right, but more than five minutes old</dt><dd>1"):
            assert line in page
    assert events_stored() == 3


def test_once_an_event_has_verified_a_failing_signature_is_refused_and_a_missing_one_is_not(
    served_app: Flask, post: Post, clock: Clock
) -> None:
    with with_settings(served_app, strava_webhook_key=KEY):
        assert post.send("right") == ACCEPTED
        assert post.send("wrong") == TO_BE_SENT_AGAIN
        # Signed rightly, the same event is accepted when Strava posts it once more.
        post.signs("right")
        pass_by(clock, seconds=EVENT_PAUSE_S)
        assert post.last() == ACCEPTED
        assert [post.send(kind) for kind in ("none", "right")] == [ACCEPTED] * 2
        assert post.send("stale") == TO_BE_SENT_AGAIN
        assert_counted(right=3, wrong=1, stale=1, missing=1)
        page = post.page()
        assert "with a wrong signature</dt><dd>2" in page and UNMATCHED not in page
        assert events_stored() == 4
        for kind, status in (("wrong", 403), ("stale", 403), ("none", 400), ("right", 400)):
            headers = signature_headers(kind, KEY, b"{}", int(clock.now().timestamp()))
            assert requests.post(settings().callback_url, data=b"{}", headers=headers, timeout=20).status_code == status


def test_a_key_proves_itself_and_no_other(served_app: Flask, post: Post) -> None:
    with with_settings(served_app, strava_webhook_key=KEY):
        assert post.send("right") == ACCEPTED
    with with_settings(served_app, strava_webhook_key="a key that Strava does not have"):
        assert post.send("right") == ACCEPTED, "this key has yet to prove itself"
        assert_counted(right=1, wrong=1)
        assert UNMATCHED in post.page()
    with with_settings(served_app, strava_webhook_key=""):
        assert UNMATCHED not in post.page(), "there is no key to match"
    with with_settings(served_app, strava_webhook_key=KEY):
        redis_client().flushall()
        assert post.send("wrong") == TO_BE_SENT_AGAIN, "the database knows that the key is right"
        assert_counted(wrong=1)
        assert UNMATCHED not in post.page()


@pytest.mark.parametrize(("kind", "verdict"), [("none", "missing"), ("wrong", "wrong"), ("stale", "stale")])
def test_strava_may_sign_a_share_of_its_posts_in_another_way(
    served_app: Flask, post: Post, simulator: Simulator, kind: str, verdict: str
) -> None:
    simulator.control("DELETE", "counters")
    simulator.faults(**{f"signatures_{kind}": 1.0})
    with with_settings(served_app, strava_webhook_key=KEY):
        assert post.send("right") == ACCEPTED
        assert_counted(**{verdict: 1})
    assert simulator.control("GET", "counters")["faults"] == {f"signatures_{kind}": 1}
