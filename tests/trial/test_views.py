"""The guide to a trial: be anybody with one tap, through the real sign-in; in a live installation it does not exist."""

from collections.abc import Iterator

import pytest
import requests
from flask import Flask

from tests.support.boards import make_board, publish, set_total
from tests.support.browser import Browser, words
from tests.support.builders import NOON, make_connection, make_member, make_runner
from tests.support.simulator import Simulator
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner


@pytest.fixture
def browser(app: Flask) -> Browser:
    clock().set(now=NOON)
    return Browser(app)


@pytest.fixture
def live(app: Flask) -> Iterator[None]:
    trial = app.extensions["settings"]
    app.extensions["settings"] = trial.model_copy(
        update={"chasepack_strava_client_id": "7", "chasepack_strava_client_secret": "s"}
    )
    yield
    app.extensions["settings"] = trial


def test_the_front_door_of_a_trial_names_whom_one_can_be(browser: Browser) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    set_total(made, dict(zip(made.entries, (9000, 4000, 2000), strict=True)))
    publish(made)
    olga = make_runner("Olga Orlova")
    make_member(made.group, olga, role="organiser")
    for runner_id in [*made.runners, olga.id]:
        make_connection(db.session.get_one(Runner, runner_id))
    page = words(browser.get("/"))
    assert page.index("Ana Ruiz</b>") < page.index("Ben Ode</b>") < page.index("Olga Orlova</b>")
    assert "Leads the board" in page and "Mid-pack" in page and "Has an invite" in page


def test_before_anybody_is_there_the_guide_says_that_the_trial_is_being_filled(browser: Browser) -> None:
    assert "The trial is being filled" in words(browser.get("/trial"))
    assert browser.post("/trial/newcomer").status_code == 404


def test_one_tap_signs_in_whoever_allows_the_application_already(browser: Browser, simulator: Simulator) -> None:
    athlete = simulator.athletes()[0]["id"]
    browser.connect(simulator, athlete)
    other = Browser(browser.client.application)
    away = other.post("/trial/be", {"athlete": str(athlete)}).headers["Location"]
    back = requests.get(away, allow_redirects=False, timeout=10)
    assert back.status_code == 302
    other.come_back(back.headers["Location"])
    assert "Account" in words(other.get("/account"))


def test_an_athlete_who_allows_nothing_yet_is_asked(browser: Browser, simulator: Simulator) -> None:
    athlete = simulator.athletes()[0]["id"]
    away = browser.post("/trial/be", {"athlete": str(athlete)}).headers["Location"]
    page = requests.get(away, allow_redirects=False, timeout=10)
    assert page.status_code == 200 and f'value="{athlete}" required checked' in page.text


@pytest.mark.parametrize("athlete", ["", "x", "-1", "9" * 30])
def test_nonsense_is_nobody(browser: Browser, athlete: str) -> None:
    assert browser.post("/trial/be", {"athlete": athlete}).status_code == 404


@pytest.mark.usefixtures("live")
def test_in_a_live_installation_there_is_no_guide(browser: Browser) -> None:
    assert browser.get("/trial").status_code == 404
    assert browser.post("/trial/be", {"athlete": "1"}).status_code == 404
    assert "Try it as one of them" not in words(browser.get("/"))
