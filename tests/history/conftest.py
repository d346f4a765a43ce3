"""Fixtures of the history pages: noon of 12 November 2026, and a browser for any runner."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.boards import NOON
from tests.support.browser import words
from webapp.extensions import clock

Read = Callable[..., str]


@pytest.fixture(autouse=True)
def noon(request: pytest.FixtureRequest) -> None:
    if "app" in request.fixturenames:
        request.getfixturevalue("app")
        clock().set(now=NOON)


@pytest.fixture
def read(app: Flask, client: FlaskClient) -> Read:
    """Return a function that opens a page as a runner and returns its words."""

    def opened(path: str, runner_id: int, status: int = 200) -> str:
        with client.session_transaction() as session:
            session["runner"], session["epoch"] = runner_id, 0
        answer = client.get(path)
        assert answer.status_code == status, answer.text
        return words(answer)

    return opened
