"""Switching pushes on and off in a browser."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.browser import Browser, words
from tests.support.builders import make_runner
from tests.support.push_service import PushBrowser, PushService, push_service
from tests.support.settings import with_settings
from webapp.db import db
from webapp.extensions import sealer
from webapp.models.accounts import Runner
from webapp.models.push import PushSubscription
from webapp.notifications.push_queries import subscriptions_of
from webapp.notifications.push_rules import MAX_BROWSERS


@pytest.fixture
def service(app: Flask) -> Iterator[PushService]:
    with push_service() as service, with_settings(app, outbound_exceptions=(service.place,)):
        yield service


@pytest.fixture
def mia(app: Flask) -> Runner:
    runner = make_runner("Mia Moss")
    db.session.commit()
    return runner


@pytest.fixture
def page(app: Flask, mia: Runner) -> Browser:
    browser = Browser(app)
    browser.sign_in_as(mia)
    return browser


def switch_on(page: Browser, browser: PushBrowser, **other: str) -> TestResponse:
    """Send what the script sends, and follow to the page that says what became of it."""
    subscription = browser.subscription
    form = {"endpoint": subscription.endpoint, "p256dh": subscription.p256dh, "auth": subscription.auth}
    answer = page.post("/notifications/push", {**form, **other})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notifications/settings#push")
    return page.get("/notifications/settings")


def rows() -> list[PushSubscription]:
    db.session.rollback()
    return list(db.session.scalars(select(PushSubscription).order_by(PushSubscription.id)))


def test_a_browser_is_added_sealed_and_removed(service: PushService, page: Browser, mia: Runner) -> None:
    browser = service.browser()
    shown = words(switch_on(page, browser))
    assert "Pushes are on in this browser." in shown and "A browser" in shown
    (row,) = rows()
    assert row.runner_id == mia.id
    assert service.base not in row.sealed and browser.subscription.auth in sealer().open(row.sealed)
    assert [one.subscription for one in subscriptions_of(mia.id)] == [browser.subscription]
    assert page.post(f"/notifications/push/{row.id}/remove").status_code == 303
    assert "Pushes are off in that browser." in words(page.get("/notifications/settings"))
    assert rows() == []


def test_the_same_browser_is_added_once_and_belongs_to_who_added_it_latest(
    app: Flask, service: PushService, page: Browser, mia: Runner
) -> None:
    browser, other = service.browser(), make_runner("Olga Orlova")
    db.session.commit()
    for _ in range(2):
        switch_on(page, browser)
    assert [row.runner_id for row in rows()] == [mia.id]
    second = Browser(app)
    second.sign_in_as(other)
    switch_on(second, browser)
    assert [row.runner_id for row in rows()] == [other.id]
    assert second.post(f"/notifications/push/{rows()[0].id}/remove").status_code == 303


def test_nobody_removes_the_browser_of_another_runner(app: Flask, service: PushService, page: Browser) -> None:
    switch_on(page, service.browser())
    other = make_runner("Olga Orlova")
    db.session.commit()
    second = Browser(app)
    second.sign_in_as(other)
    (row,) = rows()
    assert second.post(f"/notifications/push/{row.id}/remove").status_code == 404
    assert len(rows()) == 1


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"endpoint": "https://127.0.0.1/send"}, "an address that we do not call"),
        ({"endpoint": "https://169.254.169.254/latest"}, "an address that we do not call"),
        ({"endpoint": "http://push.example.org/send"}, "an address that we do not call"),
        ({"endpoint": "https://user:pass@push.example.org/"}, "an address that we do not call"),
        ({"endpoint": "not an address"}, "an address that we do not call"),
        ({"endpoint": "https://nowhere.invalid/send"}, "cannot be found at the moment"),
        ({"endpoint": ""}, "did not say how to reach it"),
        ({"endpoint": "https://push.example.org/" + "x" * 2000}, "did not say how to reach it"),
        ({"p256dh": "AAAA"}, "did not say how to reach it"),
        ({"auth": "ä"}, "did not say how to reach it"),
    ],
)
def test_a_browser_that_cannot_be_reached_is_refused_in_words(
    service: PushService, page: Browser, other: dict[str, str], said: str
) -> None:
    assert said in words(switch_on(page, service.browser(), **other))
    assert rows() == []


@pytest.mark.both_databases
def test_a_runner_has_ten_browsers_at_most(service: PushService, page: Browser) -> None:
    for number in range(MAX_BROWSERS):
        switch_on(page, service.browser(f"/send/{number}"))
    assert "which is the most" in words(switch_on(page, service.browser("/send/more")))
    assert len(rows()) == MAX_BROWSERS
    switch_on(page, service.browser("/send/3"))  # it is one of them
    assert len(rows()) == MAX_BROWSERS


def test_signing_out_ends_the_pushes_of_this_browser(app: Flask, service: PushService, mia: Runner) -> None:
    here, there = Browser(app), Browser(app)
    for number, browser in enumerate((here, there)):
        browser.sign_in_as(mia)
        switch_on(browser, service.browser(f"/send/{number}"))
    here.post("/sign-out")
    assert [one.subscription.endpoint for one in subscriptions_of(mia.id)] == [f"{service.base}/send/1"]


def test_signing_out_everywhere_ends_all_pushes(service: PushService, page: Browser) -> None:
    switch_on(page, service.browser())
    page.post("/sign-out-everywhere")
    assert rows() == []


def test_the_service_worker_is_at_the_root_and_checked_for_changes(page: Browser) -> None:
    answer = page.get("/service-worker.js")
    assert answer.status_code == 200 and answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]


def test_without_a_key_no_browser_is_asked_for(app: Flask, page: Browser) -> None:
    with with_settings(app, vapid_key=""):
        shown = page.get("/notifications/settings")
    assert shown.status_code == 200 and "data-push-form" not in shown.text
