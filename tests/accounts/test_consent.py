"""The text before Strava's page says how long things are kept; who agreed to an older one is asked again."""

import pytest
from flask import Flask

from tests.support.browser import Browser, words
from tests.support.builders import NOON, make_connection, make_runner
from webapp.auth.rules import PLATFORM_CONSENT_VERSION
from webapp.db import db
from webapp.formatting import version_day
from webapp.models.accounts import PlatformConsent


def test_the_text_says_how_long_each_thing_is_kept(app: Flask) -> None:
    page = words(Browser(app).get("/connect"))
    assert f"Version of {version_day(PLATFORM_CONSENT_VERSION)}." in page
    assert "Titles and devices: 6 days" in page
    assert "Single runs: 6 days at least, then until every challenge they count in is closed" in page
    assert "Your daily totals, and your results in closed challenges: until you have them erased" in page


def test_the_text_says_that_accounts_are_for_adults(app: Flask) -> None:
    assert "Accounts are for adults" in words(Browser(app).get("/connect"))


@pytest.mark.parametrize(("version", "asked"), [("2026-11-22", True), (PLATFORM_CONSENT_VERSION, False)])
def test_whoever_agreed_to_an_older_text_is_asked_again(app: Flask, version: str, asked: bool) -> None:
    runner, browser = make_runner(), Browser(app)
    make_connection(runner)
    db.session.add(PlatformConsent(runner_id=runner.id, version=version, given_at=NOON))
    db.session.commit()
    browser.sign_in_as(runner)
    assert ("read the new text" in words(browser.get("/home"))) is asked
