"""A visitor of the application, as far as a test without a real browser needs one."""

from collections.abc import Sequence
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.simulator import Simulator
from webapp.auth.rules import PLATFORM_CONSENT_VERSION, SCOPES
from webapp.config import Settings
from webapp.models.accounts import Runner


class Browser:
    """Cookies of its own, at the application's own address."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.extensions["settings"]
        self.address = settings.address
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=self.address, **options)

    def post(self, path: str, form: dict[str, str] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data=form or {}, base_url=self.address, **options)

    def start_oauth(self, after: str | None = None, **form: str) -> str:
        """Agree to the consent text and return the address of Strava's page."""
        self.get("/connect", query_string={"next": after} if after else {})
        answer = self.post("/connect", {"version": PLATFORM_CONSENT_VERSION, **form})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def come_back(self, location: str) -> TestResponse:
        """Follow the redirect from Strava's page."""
        assert location.startswith(self.address)
        return self.get(location.removeprefix(self.address))

    def connect(
        self, simulator: Simulator, athlete_id: int, scopes: Sequence[str] = SCOPES, after: str | None = None
    ) -> TestResponse:
        """Go the whole way and return the answer of the callback."""
        return self.come_back(simulator.answer(self.start_oauth(after), athlete_id, scopes))

    def sign_in_as(self, runner: Runner) -> None:
        """Carry the cookie of a session of `runner`, without the way through Strava."""
        with self.client.session_transaction(base_url=self.address) as session:
            session["runner"], session["epoch"] = runner.id, runner.session_epoch


def signed_in(app: Flask, runner: Runner) -> Browser:
    """Return a browser in which a runner has signed in."""
    browser = Browser(app)
    browser.sign_in_as(runner)
    return browser


def words(answer: TestResponse) -> str:
    """Return the page as text, entities resolved, white space collapsed."""
    return " ".join(unescape(answer.text).split())
