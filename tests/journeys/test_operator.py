"""The operator's page in a real browser: it renews itself under the hands of whoever works on it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from sqlalchemy import update

from integrations.strava.errors import Inactive
from tests.journeys.conftest import listen
from tests.support.browser import signed_in
from tests.support.builders import make_connected, make_runner
from tests.support.serving import served
from tests.support.settings import with_settings
from webapp.db import db
from webapp.extensions import budget, clock
from webapp.models.accounts import Runner
from webapp.models.sync import Connection

WIDTH = 390


@pytest.fixture
def operator(app: Flask) -> Iterator[Runner]:
    """An operator, and two runners who were given up."""
    runners = [make_runner(name) for name in ("Olga Orlova", "Kim Lee", "Bo Ek")]
    now = clock().now()
    for n, runner in enumerate(runners):
        make_connected(runner)
        given_up = {"gave_up_at": now - timedelta(hours=n), "failures": 10, "problem": "Strava is away."} if n else {}
        values = {"last_full_resync_at": now, "next_full_resync_at": now + timedelta(hours=20), **given_up}
        db.session.execute(update(Connection).where(Connection.runner_id == runner.id).values(**values))
    db.session.commit()
    with with_settings(app, operators=(str(1000 + runners[0].id),)):
        yield runners[0]


@pytest.fixture
def page(app: Flask, operator: Runner, chromium: Chromium) -> Iterator[Page]:
    """The operator's page, open in a browser of theirs; what it complains of fails the test."""
    browser = signed_in(app, operator)
    cookie = browser.client.get_cookie("chasepack", domain="127.0.0.1")
    assert cookie
    context = chromium.new_context(base_url=browser.address, viewport={"width": WIDTH, "height": 844})
    context.add_cookies([{"name": "chasepack", "value": cookie.value, "url": browser.address}])
    complaints: list[str] = []
    page = context.new_page()
    listen(page, complaints)
    with served(app, app.extensions["settings"].port, to_the_end=True):
        page.goto("/operator")
        yield page
        context.close()
    assert complaints == []


def renew(page: Page) -> None:
    """Have the page ask for its live part now, as it does when the network is back."""
    with page.expect_response(lambda answer: answer.url.endswith("/operator/part")):
        page.evaluate("window.dispatchEvent(new Event('online'))")


def test_what_has_the_focus_keeps_it_while_the_page_renews_itself(page: Page) -> None:
    button = page.get_by_role("button", name="Try again").nth(1)
    button.focus()
    action = page.evaluate("document.activeElement.form.action")
    budget().learn({}, clock().now(), Inactive("Strava has switched this application off"))
    renew(page)
    # Now another button stands before all others.
    expect(page.get_by_role("button", name="Ask Strava again now")).to_be_visible()
    assert page.evaluate("document.activeElement.form.action") == action


def test_a_runner_is_tried_again_by_a_click(page: Page) -> None:
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_text("will be read again in the next round")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
