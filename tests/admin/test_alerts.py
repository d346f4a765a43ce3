"""Troubles as they are found in the database."""

from tests.support.browser import Browser, words
from tests.support.builders import make_connected, make_runner
from tests.support.operator_page import PAGE, give_up


def test_a_strava_that_answers_nobody_is_seen_before_anybody_is_given_up(browser: Browser) -> None:
    runner = make_runner("Kim Lee")
    make_connected(runner)
    give_up(runner, failures=1, gave_up_at=None)
    page = words(browser.get(PAGE))
    assert "several times in a row" not in page and "Resting after a failure</dt><dd>1" in page
    give_up(runner, failures=2, gave_up_at=None)
    assert "A runner could not be read several times in a row" in words(browser.get(PAGE))
    give_up(runner, failures=0, gave_up_at=None)
    page = words(browser.get(PAGE))
    assert "Resting after a failure</dt><dd>0" in page, "who waits for a limit has not failed"
