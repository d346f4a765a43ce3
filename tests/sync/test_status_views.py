"""How the reading of my runs stands, on my account and on my start page."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import update

from integrations.strava.errors import Inactive
from tests.support.browser import Browser, signed_in, words
from tests.support.builders import make_connected, make_runner
from webapp.db import db
from webapp.extensions import budget, clock, settings
from webapp.models.accounts import Runner
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.sync.rules import WORDS

PART = "/account/reading"


@pytest.fixture
def runner(app: Flask) -> Runner:
    runner = make_runner("Ana Ruiz")
    make_connected(runner)
    now = clock().now()
    change(runner, last_full_resync_at=now - timedelta(hours=3), next_full_resync_at=now + timedelta(hours=20))
    return runner


@pytest.fixture
def browser(app: Flask, runner: Runner) -> Browser:
    return signed_in(app, runner)


def change(runner: Runner, **values: object) -> None:
    db.session.execute(update(Connection).where(Connection.runner_id == runner.id).values(**values))
    db.session.commit()


def event(runner: Runner) -> None:
    now = clock().now()
    about = {"object_type": "activity", "object_id": 5, "aspect": "create", "updates": {}}
    db.session.add(StoredEvent(runner_id=runner.id, received_at=now, event_time=now, **about))
    db.session.commit()


def test_the_account_says_when_the_last_full_resync_was_and_when_the_next_will_be(browser: Browser) -> None:
    page = words(browser.get("/account"))
    assert "Last checked</dt><dd>3 hours ago" in page and "Next check</dt><dd>within the next 20 hours" in page
    assert "Why may a run take a while?" in page and f"{settings().resync_hours} hours after the last one" in page
    assert "Check now" in page and "data-refresh-url" not in page and "Not read yet" not in page
    assert "3 hours ago, next check: within the next 20 hours" in words(browser.get("/home"))


def test_what_waits_is_told_and_the_page_asks_again_until_it_is_read(browser: Browser, runner: Runner) -> None:
    event(runner)
    page = browser.get("/account").text
    assert f'data-refresh-url="{PART}"' in page and "one message from Strava" in page
    part = browser.get(PART)
    assert "Strava has told us about a change" in words(part) and "X-Refresh" not in part.headers
    db.session.execute(update(StoredEvent).values(done_at=clock().now()))
    db.session.commit()
    part = browser.get(PART)
    assert part.headers["X-Refresh"] == "done" and "new runs come in by themselves" in words(part)


def test_the_live_part_costs_no_page_while_nothing_moves(app: Flask, browser: Browser, runner: Runner) -> None:
    event(runner)
    app.config["WTF_CSRF_ENABLED"] = True  # a token in a form is another one each time
    try:
        first = browser.get(PART)
        again = browser.get(PART, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        change(runner, syncing_until=clock().now() + timedelta(seconds=45))
        moved = browser.get(PART, headers={"If-None-Match": first.headers["ETag"]})
        assert moved.status_code == 200 and "Reading your runs" in words(moved)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_asked_for_a_full_resync_one_is_told_when_the_next_may_be_asked_for(browser: Browser) -> None:
    answer = browser.post("/connect/look", query_string={"next": "/account"})
    assert answer.headers["Location"] == "/account"
    page = words(browser.get("/account"))
    assert "Checking Strava" in page and "You can ask again in 5 minutes" in page
    assert 'action="/connect/look' not in page


def test_a_runner_whom_stravas_limit_holds_up_is_told_until_when(browser: Browser, runner: Runner) -> None:
    event(runner)
    budget().learn({}, clock().now(), Inactive("Strava has switched this application off"))
    assert "Waiting until Strava lets us read again" in words(browser.get("/account"))


def test_a_failing_runner_is_told_why_and_when_the_next_try_is(browser: Browser, runner: Runner) -> None:
    rest = clock().now() + timedelta(minutes=4)
    change(runner, failures=3, rest_until=rest, problem=WORDS["Unavailable"])
    page = words(browser.get("/account"))
    assert "could not be read just now" in page and WORDS["Unavailable"] in page
    assert "It failed 3 times in a row; the next try is in 4 minutes" in page


def test_a_runner_who_was_given_up_is_told_on_the_start_page_too(browser: Browser, runner: Runner) -> None:
    change(runner, failures=10, gave_up_at=clock().now(), problem=WORDS["Unavailable"])
    for path in ("/account", "/home"):
        assert "could not be read for a while" in words(browser.get(path))
    assert "Check now" in words(browser.get("/account"))


@pytest.mark.parametrize("state", ["needs_reconnect", "deauthorised"])
def test_a_broken_connection_offers_to_connect_and_no_full_resync(browser: Browser, runner: Runner, state: str) -> None:
    change(runner, state=state, problem="Strava says no.", ended_at=clock().now())
    page = browser.get("/account").text
    assert "Connect with Strava" in page and "Check now</button>" not in page and "Strava says no." in page
    assert browser.get(PART).headers["X-Refresh"] == "done"


def test_a_first_reading_can_be_watched(browser: Browser, runner: Runner) -> None:
    db.session.add(InitialImport(runner_id=runner.id, state="waiting", asked_at=clock().now()))
    db.session.commit()
    assert 'href="/connect/progress"' in browser.get("/account").text


def test_what_a_problem_says_is_escaped(browser: Browser, runner: Runner) -> None:
    change(runner, state="needs_reconnect", problem="<script>alert(1)</script>")
    for path in ("/account", "/home", PART):
        assert "<script>alert" not in browser.get(path).text


def test_without_redis_the_account_is_shown_all_the_same(
    app: Flask, browser: Browser, runner: Runner, tmp_path: Path
) -> None:
    event(runner)
    real = app.extensions["redis"]
    app.extensions["redis"] = Redis.from_url(f"unix://{tmp_path}/none.sock", retry=None)
    try:
        assert "Strava has told us about a change" in words(browser.get("/account"))
    finally:
        app.extensions["redis"] = real


def test_each_sees_their_own_and_visitors_the_way_in(app: Flask, browser: Browser, runner: Runner) -> None:
    change(runner, problem="Of Ana alone.", failures=1, rest_until=clock().now() + timedelta(hours=1))
    other = signed_in(app, make_runner("Ben"))
    assert "Of Ana alone." in browser.get(PART).text and "Of Ana alone." not in other.get(PART).text
    assert "Not connected" in words(other.get(PART))
    assert "/connect?" in Browser(app).get(PART).headers["Location"]
