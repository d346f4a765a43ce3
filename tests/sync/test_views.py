"""The page on which a runner watches the initial import."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.browser import Browser, signed_in, words
from tests.support.builders import make_runner
from tests.sync.conftest import connection_of, progress_of
from webapp.clock import Clock
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.sync import Connection, InitialImport
from webapp.sync import rules
from webapp.sync.runner_sync_service import sync_runner

PAGE, PART, LOOK = "/connect/progress", "/connect/progress/part", "/connect/look"


@pytest.fixture
def browser(app: Flask, runner_id: int) -> Browser:
    return signed_in(app, db.session.get_one(Runner, runner_id))


def set_import(**values: object) -> None:
    db.session.execute(update(InitialImport).values(**values))
    db.session.commit()


def test_the_page_moves_from_waiting_to_done(browser: Browser, clock: Clock, runner_id: int) -> None:
    page = words(browser.get(PAGE))
    assert "You are connected" in page
    assert 'data-refresh-url="/connect/progress/part"' in page
    set_import(state="reading", pages_read=1, runs_ingested=120)
    part = browser.get(PART)
    assert "120 runs so far" in words(part)
    assert "X-Refresh" not in part.headers
    sync_runner(runner_id, clock)
    part = browser.get(PART)
    assert part.headers["X-Refresh"] == "done"
    assert f"{progress_of(runner_id).runs_ingested} runs came in" in words(part)
    assert "Continue" in words(part)


def test_the_part_costs_nothing_while_nothing_has_moved(browser: Browser) -> None:
    first = browser.get(PART)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = browser.get(PART, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    set_import(state="reading", runs_ingested=3)
    assert browser.get(PART, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_way_on_leads_to_where_the_runner_was_heading_and_nowhere_else(browser: Browser) -> None:
    set_import(state="done")
    assert 'href="/join/abc"' in browser.get(PAGE, query_string={"next": "/join/abc"}).text
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        page = browser.get(PAGE, query_string={"next": evil}).text
        assert "evil" not in page
        assert "alert" not in page
        assert 'href="/home"' in page


def test_a_sync_that_waits_for_strava_says_so(browser: Browser) -> None:
    set_import(problem="Strava limits how much we may read at a time.")
    assert "limits how much we may read" in words(browser.get(PART))


def test_a_refused_connection_offers_to_connect_again(browser: Browser) -> None:
    set_import(state="failed", problem="Leave the box ticked.")
    db.session.execute(update(Connection).values(state="needs_reconnect"))
    db.session.commit()
    part = browser.get(PART)
    assert part.headers["X-Refresh"] == "done"
    assert "Leave the box ticked." in words(part)
    assert "Connect again" in words(part)


def test_a_stuck_initial_import_can_be_tried_again(browser: Browser, clock: Clock, runner_id: int) -> None:
    set_import(state="failed", problem="That did not work.")
    assert "Try again" in words(browser.get(PAGE))
    answer = browser.post(LOOK)
    assert answer.headers["Location"].startswith(PAGE)
    assert progress_of(runner_id).state == "waiting"
    sync_runner(runner_id, clock)
    assert progress_of(runner_id).state == "done"


def test_a_full_resync_can_be_asked_for_once_in_a_while(browser: Browser, clock: Clock, runner_id: int) -> None:
    sync_runner(runner_id, clock)
    looked = connection_of(runner_id).last_full_resync_at
    assert browser.post(LOOK).headers["Location"] == "/home"
    asked = connection_of(runner_id).full_resync_asked_at
    assert asked
    browser.post(LOOK)
    assert connection_of(runner_id).full_resync_asked_at == asked
    sync_runner(runner_id, clock)
    fresh = connection_of(runner_id).last_full_resync_at
    assert looked and fresh and fresh > looked
    clock.set(now=asked + timedelta(minutes=6))
    browser.post(LOOK)
    assert connection_of(runner_id).full_resync_asked_at != asked


def test_someone_who_has_to_connect_again_is_told_so_and_not_of_a_full_resync(
    browser: Browser, clock: Clock, runner_id: int
) -> None:
    sync_runner(runner_id, clock)
    db.session.execute(update(Connection).values(state="needs_reconnect", problem="Strava no longer accepts it."))
    db.session.commit()
    assert browser.post(LOOK).headers["Location"] == "/account"
    page = words(browser.get("/account"))
    assert "Nothing can be read until you connect again" in page
    assert "We looked" not in page
    assert connection_of(runner_id).full_resync_asked_at is None


def test_someone_who_waits_for_their_read_quota_is_told_until_when_and_offered_no_full_resync(
    browser: Browser, clock: Clock, runner_id: int
) -> None:
    sync_runner(runner_id, clock)
    rest = clock.now() + timedelta(minutes=20)
    db.session.execute(update(Connection).values(rest_until=rest, problem=rules.QUOTA_WORDS))
    db.session.commit()
    assert LOOK not in browser.get("/account").text
    browser.post(LOOK)
    page = words(browser.get("/account"))
    assert "Others come first for a while" in page
    assert "We are having a look" not in page
    assert connection_of(runner_id).full_resync_asked_at is None


def test_strangers_are_sent_to_the_way_in_and_others_find_nothing(app: Flask, runner_id: int) -> None:
    visitor = Browser(app)
    for path in (PAGE, PART):
        assert "/connect?" in visitor.get(path).headers["Location"]
    other = signed_in(app, make_runner("Ben"))
    assert other.get(PAGE).status_code == 404
    assert other.get(PART).status_code == 404
