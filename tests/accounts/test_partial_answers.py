"""Token answers with a missing part: nothing that was there before is lost, and nothing is revoked."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.strava.errors import Unavailable
from tests.support.browser import Browser, words
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from tests.support.wrong_strava import wrong_strava
from webapp.auth.rules import FAILURES
from webapp.db import begin_write, db
from webapp.extensions import clock, sealer
from webapp.models.accounts import Runner
from webapp.models.sync import Connection
from webapp.sync.service import end_connection
from webapp.sync.token_service import access_token


def connection() -> Connection:
    db.session.rollback()
    return db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()


def columns(row: Connection) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in Connection.__table__.c}


def test_a_newcomer_whose_token_answer_names_no_athlete_is_asked_for_by_the_token(
    browser: Browser, simulator: Simulator, athlete: int
) -> None:
    simulator.faults(no_athlete=1.0)
    assert browser.connect(simulator, athlete).status_code == 302
    assert connection().athlete_id == athlete
    assert requests_of(simulator)["api GET api.logged_in_athlete"] == 1


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_runner_who_connects_again_is_known_by_the_token_if_the_answer_names_no_athlete(
    browser: Browser, simulator: Simulator, athlete: int, seed: int
) -> None:
    browser.connect(simulator, athlete)
    begin_write()
    end_connection(connection().runner_id, clock().now())
    db.session.commit()
    simulator.faults(no_athlete=1.0, seed=seed)
    assert browser.connect(simulator, athlete).headers["Location"] == "/home"
    assert (connection().state, connection().ended_at) == ("connected", None)
    assert len(db.session.scalars(select(Runner.id)).all()) == 1


@pytest.mark.parametrize("trouble", [{"error_500": 1.0}, {"error_401": 1.0}, {"rate_429": 1.0}])
def test_tokens_of_an_unknown_athlete_change_nothing_and_are_not_revoked(
    browser: Browser, simulator: Simulator, athlete: int, trouble: dict[str, float]
) -> None:
    browser.connect(simulator, athlete)
    before = columns(connection())
    simulator.faults(no_athlete=1.0, **trouble)
    answer = browser.connect(simulator, athlete)
    told = FAILURES["busy" if "rate_429" in trouble else "odd"]
    assert answer.status_code == told.status and told.message in words(answer)
    assert columns(connection()) == before
    assert simulator.scope_of(athlete) is not None


def test_a_callback_that_says_nothing_of_scopes_changes_nothing_and_takes_nothing_back(
    browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    before = columns(connection())
    back = urlsplit(simulator.answer(browser.start_oauth(), athlete))
    query = {name: value for name, value in parse_qsl(back.query) if name != "scope"}
    answer = browser.get(f"{back.path}?{urlencode(query)}")
    assert answer.status_code == FAILURES["odd"].status
    assert columns(connection()) == before
    assert simulator.scope_of(athlete) is not None


def test_a_runner_who_connects_a_different_strava_account_is_told_so(
    browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    other = int(simulator.athletes()[1]["id"])
    browser.connect(simulator, other)
    assert "a different Strava account" in words(browser.get("/home"))


def test_one_who_connects_another_account_without_a_name_reads_a_name(
    browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    browser.connect(simulator, simulator.new_athlete("", ""))
    assert "You are now signed in as A runner." in words(browser.get("/home"))


# Renewing ------------------------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"access_token": "new", "refresh_token": "newer", "expires_at": 1_900_000_000}


def renewed(app: Flask, answer: dict[str, Any]) -> tuple[str, str]:
    """Renew the token at a Strava that answers so; return both tokens as they are stored then."""
    connection().expires_at = clock().now()
    db.session.commit()
    with wrong_strava() as strava, with_settings(app, strava_oauth_base=strava.base):
        strava.answer(200, answer)
        try:
            assert access_token(connection().runner_id, clock()) == answer["access_token"]
        finally:
            connected = connection()
            tokens = sealer().open(connected.access_token), sealer().open(connected.refresh_token)
    return tokens


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name not in names}


def test_a_renewal_without_a_refresh_token_keeps_the_older_one(
    app: Flask, browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    older = sealer().open(connection().refresh_token)
    assert renewed(app, without("refresh_token")) == ("new", older)


def test_a_renewal_without_an_end_is_used_for_an_hour(
    app: Flask, browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    assert renewed(app, without("expires_at")) == ("new", "newer")
    assert (connection().expires_at - clock().now()).total_seconds() == pytest.approx(3600, abs=60)


def test_a_renewal_that_brings_a_refresh_token_alone_keeps_it_for_the_next_try(
    app: Flask, browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    with pytest.raises(Unavailable):
        renewed(app, without("access_token"))
    assert sealer().open(connection().refresh_token) == "newer"
    assert connection().state == "connected"
    assert renewed(app, GOOD) == ("new", "newer")


@pytest.mark.parametrize("athlete_id", [5, "5"])
def test_a_renewal_that_names_another_athlete_is_not_taken(
    app: Flask, browser: Browser, simulator: Simulator, athlete: int, athlete_id: object
) -> None:
    browser.connect(simulator, athlete)
    older = connection().refresh_token
    with pytest.raises(Unavailable):
        renewed(app, GOOD | {"athlete": {"id": athlete_id}})
    assert (connection().refresh_token, connection().state) == (older, "connected")


def test_a_renewal_that_names_the_runners_own_athlete_is_taken(
    app: Flask, browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    assert renewed(app, GOOD | {"athlete": {"id": athlete}}) == ("new", "newer")
