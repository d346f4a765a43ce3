"""The page of those who run the installation."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.home.test_views import make_connected
from tests.support.browser import Browser, words
from tests.support.builders import make_runner
from tests.support.worker import work_off
from webapp import queue
from webapp.accounts.models import Runner


@pytest.fixture
def operator(app: Flask) -> Iterator[Runner]:
    """A runner whose athlete is in OPERATORS."""
    runner = make_runner("Ana Ruiz")
    make_connected(runner)
    plain = app.extensions["settings"]
    athlete_id = str(1000 + runner.id)
    app.extensions["settings"] = plain.model_copy(update={"operators": ("7", athlete_id), "seats": 10})
    yield runner
    app.extensions["settings"] = plain


def browser_of(app: Flask, runner: Runner) -> Browser:
    browser = Browser(app)
    browser.sign_in_as(runner)
    return browser


def test_an_operator_sees_how_the_installation_is(app: Flask, operator: Runner) -> None:
    browser = browser_of(app, operator)
    assert 'href="/operator"' in browser.get("/account").text
    page = words(browser.get("/operator"))
    assert "no worker is running" in page
    assert "1 of 10" in page
    assert "no subscription" in page


def test_a_job_that_is_tried_no_more_is_seen_with_its_error(app: Flask, operator: Runner) -> None:
    queue.ask("jobs.sync.nothing_of_the_kind", 7)
    assert work_off(app, keep_failed=True)
    (failed,) = queue.failed(20)
    assert (failed.job, failed.args) == ("jobs.sync.nothing_of_the_kind", (7,))
    page = words(browser_of(app, operator).get("/operator"))
    assert "jobs.sync.nothing_of_the_kind(7)" in page
    assert failed.error in page


def test_nothing_is_here_for_others(app: Flask, operator: Runner) -> None:
    other = make_runner("Kim Lee")
    make_connected(other)
    browser = browser_of(app, other)
    assert browser.get("/operator").status_code == 404
    assert "/operator" not in browser.get("/account").text
    unconnected = browser_of(app, make_runner("Bo Ek"))
    assert unconnected.get("/operator").status_code == 404
    assert Browser(app).get("/operator").status_code == 302
