"""A push reaches a browser: the real service worker shows it, and it leads to a page of ours.

Subscribing needs a push service on the internet, so the test supplies the subscription. What arrives at our own push
service is decrypted and handed to the browser as its push service would.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Error, Page, expect

from ops.browser import run_whole_chromium
from tests.journeys.conftest import PATIENCE_MS, OpenAs
from tests.support.cast import make_cast, run_jobs
from tests.support.push_service import PushService, push_service
from tests.support.settings import with_settings
from webapp.announcements.rules import Draft
from webapp.announcements.service import post_announcement
from webapp.db import write_transaction
from webapp.extensions import clock

SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, ...data }));
}"""
# What a push service on the internet would answer the browser.
SUPPLY = """
  const supplied = %s;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  PushManager.prototype.getSubscription = async () => {
    const key = localStorage.getItem("key");
    return key && { ...supplied, options: { applicationServerKey: bytes(key).buffer }, toJSON: () => supplied };
  };
  PushManager.prototype.subscribe = async function ({ applicationServerKey }) {
    localStorage.setItem("key", applicationServerKey);
    return this.getSubscription();
  };
"""


@pytest.fixture
def chromium(chromium: Browser) -> Iterator[Browser]:
    """A browser that shows notifications."""
    try:
        with run_whole_chromium(chromium) as browser:
            yield browser
    except Error:
        pytest.skip("only a Chromium without windows is here, which shows no notifications")


@pytest.fixture
def service(app: Flask) -> Iterator[PushService]:
    with push_service() as service, with_settings(app, outbound_exceptions=(service.place,)):
        yield service


def registration_of(page: Page, session: CDPSession) -> str:
    """Return the id of the service worker's registration, as the browser knows it."""
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    for _ in range(PATIENCE_MS // 20):
        if found:
            break
        page.wait_for_timeout(20)
    return str(found[-1]["registrationId"])


def deliver(page: Page, text: str) -> None:
    """Hand a push to the browser, and wait until it is shown."""
    session = page.context.new_cdp_session(page)
    push = {"registrationId": registration_of(page, session), "origin": page.evaluate("location.origin"), "data": text}
    session.send("ServiceWorker.deliverPushMessage", push)
    page.wait_for_function(f"async () => (await ({SHOWN})()).length > 0")


def test_the_service_worker_shows_a_push_that_leads_to_a_page_of_ours(
    app: Flask, open_as: OpenAs, service: PushService
) -> None:
    cast, browser = make_cast(app), service.browser()
    keys = {"p256dh": browser.subscription.p256dh, "auth": browser.subscription.auth}
    page = open_as(cast.runners["member"])
    page.context.grant_permissions(["notifications"])
    page.add_init_script(SUPPLY % json.dumps({"endpoint": browser.address, "keys": keys}))

    page.goto("/notifications/settings")
    origin, button = page.evaluate("location.origin"), page.get_by_role("button", name="Switch on in this browser")
    button.click()
    expect(page.get_by_text("Pushes are on in this browser.")).to_be_visible()
    expect(page.locator("[data-push-browser]")).to_contain_text("This browser · since")
    expect(button).to_be_hidden()

    organiser = cast.runners["organiser"]
    with write_transaction():
        post_announcement(cast.group.id, Draft("Cake", "Bring a fork.", False, None), organiser.id, clock().now())
    run_jobs(app)
    (push,) = service.taken
    deliver(page, json.dumps(browser.read(push.body)))
    (shown,) = page.evaluate(SHOWN)
    assert shown["title"] == f"{cast.group.name}: Cake" and shown["body"].startswith("Bring a fork.")
    assert shown["link"].startswith(f"{origin}{cast.home}")

    (worker,) = page.context.service_workers
    for link in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "http://[", None):
        assert worker.evaluate("addressOf", link) == f"{origin}/notifications"

    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Pushes are off in that browser.")).to_be_visible()
    expect(button).to_be_visible()
