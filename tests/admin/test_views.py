"""The page of those who run the installation."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import SimpleWorker
from sqlalchemy import update

from integrations.strava.errors import Inactive
from jobs.sync import check_subscription
from tests.support.browser import Browser, words
from tests.support.builders import make_connected, make_runner
from tests.support.html import addresses, definitions, rows_in, shown
from tests.support.operator_page import PAGE, PART, give_up
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.worker import process_jobs, unknown_job
from webapp import queue
from webapp.admin import service
from webapp.db import db
from webapp.extensions import budget, clock, limiter, settings
from webapp.job_names import Job
from webapp.models.accounts import Runner, SeatRequest
from webapp.models.sync import Connection, StoredEvent, Subscription
from webapp.redis import redis_client

ODD_IDS = ("x", "0", "9" * 30, "%00", "a%20b", "..", "<b>", "💥", "rq:failed:default", "x" * 3000)


def dead_job(app: Flask, *args: int) -> queue.Failed:
    """Return a job that is tried no more."""
    queue.enqueue(unknown_job("jobs.sync.nothing_of_the_kind"), *args)
    assert process_jobs(app, keep_failed=True)
    return queue.failed(1)[0]


def connection_of(runner: Runner) -> Connection:
    db.session.rollback()
    return db.session.get_one(Connection, runner.id, populate_existing=True)


def subscribed(callback_url: str) -> None:
    db.session.add(Subscription(id=77, callback_url=callback_url, subscribed_at=clock().now()))
    db.session.commit()


def figure(page: str, name: str) -> str | None:
    """Return the figure that stands under a name."""
    return definitions(page).get(name)


def at_work() -> Any:
    worker: Any = SimpleWorker([queue.job_queue(redis_client())], connection=redis_client())
    worker.register_birth()
    return worker


# What it says ----------------------------------------------------------------------------------------------------


def test_an_operator_finds_the_page_on_the_account(browser: Browser) -> None:
    assert 'href="/operator"' in browser.get("/account").text
    page = words(browser.get(PAGE))
    assert "No worker is running" in page and "Strava does not tell us about new runs" in page
    assert figure(page, "Taken") == "1" and figure(page, "Free") == "9 of 10"
    assert "100 of 100 left" in page


def test_all_is_well_where_all_is_well(browser: Browser) -> None:
    worker = at_work()
    try:
        service.sample(clock().now())
        subscribed(settings().callback_url)
        page = words(browser.get(PAGE))
        assert "All is well" in page and "number 77" in page and "Reading is on" in page
    finally:
        worker.register_death()


def test_a_subscription_of_an_older_address_is_told_apart(browser: Browser) -> None:
    subscribed("https://old.example.org/webhooks/strava/secret-of-old")
    page = browser.get(PAGE)
    assert "Strava sends its events to another address" in words(page) and "secret-of-old" not in page.text
    assert settings().webhook_secret not in page.text


@pytest.mark.parametrize(
    ("found", "said", "warned"),
    [
        (None, "At Strava</dt><dd>not checked yet<", ""),
        ("ours", "At Strava</dt><dd>there, and ours, checked 5 hours ago<", ""),
        ("gone", "At Strava</dt><dd>gone, checked 5 hours ago<", "Strava has dropped the subscription."),
        (
            "elsewhere",
            "At Strava</dt><dd>replaced by one for another address, checked 5 hours ago<",
            "Another installation subscribed for this application.",
        ),
    ],
)
def test_the_page_says_what_the_daily_check_found(browser: Browser, found: str | None, said: str, warned: str) -> None:
    subscribed(settings().callback_url)
    at = clock().now() - timedelta(hours=5) if found else None
    db.session.execute(update(Subscription).values(found=found, checked_at=at))
    db.session.commit()
    page = words(browser.get(PAGE))
    assert said in page
    assert ("Strava no longer tells us about new runs" in page) is bool(warned)
    assert warned in page and ("flask --app wsgi strava subscribe" in page) is bool(warned)


def test_a_check_that_fails_leaves_the_last_finding_with_its_age_and_is_a_trouble_after_days(
    browser: Browser, simulator: Simulator
) -> None:
    trouble = "The subscription has not been checked for three days"
    subscribed(settings().callback_url)
    begun = clock().now()
    db.session.execute(update(Subscription).values(found="ours", checked_at=begun))
    db.session.commit()
    simulator.faults(error_500=1.0)
    for days, warned in ((2, False), (4, True)):
        clock().set(now=begun + timedelta(days=days))
        check_subscription()
        page = words(browser.get(PAGE))
        assert f"there, and ours, checked {days} days ago" in page and (trouble in page) is warned
    simulator.faults(error_500=0.0)
    check_subscription()
    page = words(browser.get(PAGE))
    assert "gone, checked just now" in page and trouble not in page


def test_the_budget_is_shown_as_used_and_left_with_its_turn(browser: Browser) -> None:
    for _ in range(3):
        budget().take("event")
    budget().take("resync")
    budget().learn({"X-ReadRateLimit-Limit": "200,2000", "X-ReadRateLimit-Usage": "4,1990"}, clock().now())
    page = words(browser.get(PAGE))
    assert "196 of 200 left" in page and "10 of 2,000 left" in page
    assert "resets in" in page and "at 00:00 UTC" in page
    assert re.search(r"events 3 .*full resyncs 1 ", shown(page))
    assert "Reads of each quarter hour, the last 24 hours, hour by hour" in page


def test_a_gate_that_is_closed_says_why_and_opens_by_a_button(browser: Browser) -> None:
    budget().learn({}, clock().now(), Inactive("Strava has switched this application off"))
    page = words(browser.get(PAGE))
    assert "Reading is paused" in page and "put this application on hold" in page
    assert browser.post("/operator/gate/open").headers["Location"] == PAGE
    assert budget().state().closed_why is None
    assert "Reading is on" in words(browser.get(PAGE))


def test_events_are_counted_by_hour_and_by_what_became_of_them(browser: Browser, operator: Runner) -> None:
    now = clock().now()
    event = {"object_type": "activity", "object_id": 5, "aspect": "create", "updates": {}, "runner_id": operator.id}
    for age in (timedelta(0), timedelta(0), timedelta(hours=3), timedelta(hours=30)):
        db.session.add(StoredEvent(received_at=now - age, event_time=now - age, **event))
    db.session.commit()
    for kind in ("taken", "taken", "malformed", "of_tomorrow"):
        budget().count(f"event:{kind}")
    page = words(browser.get(PAGE))
    hour, earlier = (f"{now - timedelta(hours=age):%H}:00" for age in (0, 3))
    by_hour = [row[:2] for row in rows_in(page, "tbody tr")]
    assert [hour, "2"] in by_hour and [earlier, "1"] in by_hour
    assert (figure(page, "accepted"), figure(page, "not in the form of an event")) == ("2", "1")
    assert figure(page, "Not processed yet") == "4" and "of_tomorrow" not in page


def test_the_depth_of_the_queue_is_drawn_from_samples(browser: Browser) -> None:
    for number in range(5):
        queue.enqueue(Job.SYNC_RUNNER, number)
    service.sample(clock().now())
    page = words(browser.get(PAGE))
    assert "at most 5" in page and "nobody counted" in page and "Schedule</dt><dd>seen just now" in page


def test_connections_are_counted_by_state(browser: Browser) -> None:
    for state in ("needs_reconnect", "deauthorised", "connected"):
        runner = make_runner("Kim Lee")
        make_connected(runner)
        db.session.execute(update(Connection).where(Connection.runner_id == runner.id).values(state=state))
    db.session.commit()
    page = words(browser.get(PAGE))
    assert "Connected</dt><dd>2" in page and "Ended on Strava, erased within a week</dt><dd>1" in page
    assert figure(page, "Taken") == "3"


def test_what_the_planner_would_do_is_counted_by_reason(browser: Browser, operator: Runner) -> None:
    assert "To be read now</dt><dd>1 full resync" in words(browser.get(PAGE)), "never read"
    now = clock().now()
    looked = {"last_full_resync_at": now, "next_full_resync_at": now + timedelta(hours=20)}
    db.session.execute(update(Connection).where(Connection.runner_id == operator.id).values(**looked))
    db.session.commit()
    page = words(browser.get(PAGE))
    assert "To be read now</dt><dd>nobody" in page and "More within a day</dt><dd>1" in page
    kim = make_runner("Kim Lee")
    make_connected(kim)
    event = {"object_type": "activity", "object_id": 5, "aspect": "create", "updates": {}, "runner_id": kim.id}
    long_ago = now - timedelta(minutes=1)
    db.session.add(StoredEvent(received_at=long_ago, event_time=long_ago, **event))
    db.session.commit()
    assert "To be read now</dt><dd>1 event" in words(browser.get(PAGE))


def test_nobody_is_named_but_who_waits_for_a_seat(browser: Browser) -> None:
    runner = make_runner("Kim Lee")
    make_connected(runner)
    give_up(runner)
    db.session.add(SeatRequest(digest="x", name="<b>Bo Ek</b>", contact="bo@example.org", asked_at=clock().now()))
    db.session.commit()
    page = browser.get(PAGE).text
    assert "Kim Lee" not in page and f"Runner {runner.id}" in page and "Strava is away." in page
    assert "&lt;b&gt;Bo Ek&lt;/b&gt;" in page and "bo@example.org" in page and "a seat is free" in page


# What it does ----------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_runner_who_was_given_up_is_tried_again(app: Flask, browser: Browser) -> None:
    runner = make_runner("Kim Lee")
    make_connected(runner)
    give_up(runner)
    assert browser.post(f"/operator/runners/{runner.id}/again").headers["Location"] == PAGE
    connection = connection_of(runner)
    assert (connection.failures, connection.gave_up_at, connection.rest_until) == (0, None, None)
    assert queue.job_queue(redis_client()).count == 1
    # Once more, somebody who is not given up, and nobody at all.
    for runner_id in (runner.id, 999_999):
        assert browser.post(f"/operator/runners/{runner_id}/again").status_code == 404


def test_a_job_that_is_tried_no_more_is_seen_with_its_error(app: Flask, browser: Browser) -> None:
    failed = dead_job(app, 7)
    assert (failed.job, failed.args) == ("jobs.sync.nothing_of_the_kind", (7,))
    page = words(browser.get(PAGE))
    assert "jobs.sync.nothing_of_the_kind(7)" in page and failed.error in page and "A job has failed for good" in page


def test_a_job_that_is_tried_no_more_is_tried_again_by_a_click(app: Flask, browser: Browser) -> None:
    failed = dead_job(app, 7)
    assert browser.post(f"/operator/jobs/{failed.id}/again").headers["Location"] == PAGE
    assert queue.failed(1) == [] and queue.waiting() == 1
    assert browser.post(f"/operator/jobs/{failed.id}/again").status_code == 404, "it is in the queue"
    assert process_jobs(app, keep_failed=True)
    assert queue.failed(1)[0].id == failed.id


def test_a_job_that_is_tried_no_more_is_discarded_by_a_click(app: Flask, browser: Browser) -> None:
    failed = dead_job(app, 7)
    assert browser.post(f"/operator/jobs/{failed.id}/forget").headers["Location"] == PAGE
    assert queue.failed(1) == [] and not redis_client().exists(f"rq:job:{failed.id}")
    assert browser.post(f"/operator/jobs/{failed.id}/forget").status_code == 404


def test_a_job_that_waits_cannot_be_discarded(app: Flask, browser: Browser) -> None:
    queue.enqueue(Job.SYNC_RUNNER, 1)
    (job_id,) = queue.job_queue(redis_client()).job_ids
    for what in ("again", "forget"):
        assert browser.post(f"/operator/jobs/{job_id}/{what}").status_code == 404
    assert queue.waiting() == 1


def test_somebody_is_taken_off_the_waiting_list(browser: Browser) -> None:
    db.session.add(SeatRequest(digest="x", name="Bo Ek", asked_at=clock().now()))
    db.session.commit()
    (path,) = addresses(browser.get(PAGE).text, r"/operator/waiting/\d+/remove")
    assert browser.post(path).status_code == 302
    assert "Bo Ek" not in browser.get(PAGE).text
    assert browser.post(path).status_code == 404


@pytest.mark.parametrize("odd", ODD_IDS)
def test_no_id_is_too_odd(browser: Browser, odd: str) -> None:
    for path in (f"jobs/{odd}/again", f"jobs/{odd}/forget", f"runners/{odd}/again", f"waiting/{odd}/remove"):
        assert browser.post(f"/operator/{path}").status_code in (400, 404), path


# Who may ---------------------------------------------------------------------------------------------------------


def test_nothing_is_here_for_others(app: Flask, operator: Runner) -> None:
    failed, given_up = dead_job(app, 7), make_runner("Kim Lee")
    make_connected(given_up)
    give_up(given_up)
    db.session.add(SeatRequest(digest="x", name="Bo Ek", asked_at=clock().now()))
    db.session.commit()
    posts = (
        f"/operator/jobs/{failed.id}/again",
        f"/operator/jobs/{failed.id}/forget",
        f"/operator/runners/{given_up.id}/again",
        f"/operator/waiting/{db.session.query(SeatRequest).one().id}/remove",
        "/operator/gate/open",
    )
    other, unconnected, visitor = Browser(app), Browser(app), Browser(app)
    other.sign_in_as(given_up)
    unconnected.sign_in_as(make_runner("Bo Ek"))
    assert "/operator" not in other.get("/account").text
    for browser, status in ((other, 404), (unconnected, 404), (visitor, 302)):
        assert [browser.get(path).status_code for path in (PAGE, PART)] == [status, status]
        assert [browser.post(path).status_code for path in posts] == [status] * len(posts)
    assert connection_of(given_up).gave_up_at and queue.failed(1) and db.session.query(SeatRequest).count() == 1


def test_its_forms_need_their_token(app: Flask, browser: Browser) -> None:
    failed = dead_job(app, 7)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert browser.post(f"/operator/jobs/{failed.id}/again").status_code == 400
        assert browser.post("/operator/gate/open").status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert queue.failed(1)


# Live, and with parts missing --------------------------------------------------------------------------------------


def tagged(browser: Browser, known: str = "") -> tuple[int, str]:
    answer = browser.get(PART, headers={"If-None-Match": known} if known else {})
    return answer.status_code, answer.headers["ETag"]


def test_the_live_part_costs_no_page_while_nothing_moves(app: Flask, browser: Browser, frozen: None) -> None:
    dead_job(app, 7)
    app.config["WTF_CSRF_ENABLED"] = True  # a token in a form is another one each time
    try:
        page = browser.get(PAGE).text
        status, tag = tagged(browser)
        assert status == 200 and f'data-refresh-url="{PART}"' in page and f"&#34;{tag[3:-1]}&#34;" in page
        assert tagged(browser, tag) == (304, tag)
        budget().take("event")
        assert tagged(browser, tag)[0] == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def frozen(app: Flask) -> Any:
    """A clock that stands still, so that no minute turns within a test."""
    clock().set(speed=0.0)
    yield
    clock().path.unlink()  # type: ignore[union-attr]  # a trial's clock has one


def test_without_redis_the_page_says_so(app: Flask, browser: Browser, tmp_path: Path) -> None:
    real = app.extensions["redis"]
    app.extensions["redis"] = Redis.from_url(f"unix://{tmp_path}/none.sock", retry=None)
    try:
        answer = browser.get(PAGE)
        page = words(answer)
        assert answer.status_code == 200 and "Redis does not answer" in page and "Connected</dt><dd>1" in page
        assert "We read nothing without it" in page and browser.get(PART).status_code == 200
        assert browser.post("/operator/gate/open").status_code == 503
    finally:
        app.extensions["redis"] = real


def test_with_redis_emptied_the_page_begins_again(app: Flask, browser: Browser) -> None:
    budget().take("event")
    redis_client().flushall()
    page = words(browser.get(PAGE))
    assert "Strava has not told us its limits yet" in page and "100 of 100 left" in page and "not seen yet" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_can_be_opened_any_number_of_times(browser: Browser, method: str) -> None:
    limiter.enabled = True
    try:
        ask: Callable[[str], Any] = getattr(browser, method)
        path = PART if method == "get" else "/operator/gate/open"
        assert {ask(path).status_code for _ in range(70)} <= {200, 302}
    finally:
        limiter.enabled = False


def test_a_number_of_seats_that_is_not_set_is_asked_for(app: Flask, browser: Browser) -> None:
    with with_settings(app, seats=None):
        assert "set SEATS to see it" in words(browser.get(PAGE))
