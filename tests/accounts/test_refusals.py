"""Each way a sign-in can come to nothing: a page that says so, the right status, no half-made account."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from integrations.strava.types import AthleteSummary, TokenGrant
from tests.support.browser import Browser, words
from tests.support.builders import NOON
from tests.support.forms import form_with
from tests.support.simulator import Simulator
from tests.support.wrong_strava import WrongStrava, wrong_strava
from webapp.accounts.service import connect
from webapp.auth.rules import FAILURES, PLATFORM_CONSENT_VERSION
from webapp.auth.strava_oauth import init_app
from webapp.db import begin_write, db
from webapp.extensions import limiter
from webapp.models.accounts import PlatformConsent, Runner
from webapp.models.sync import Connection, InitialImport


@pytest.fixture
def seats(app: Flask) -> Iterator[Callable[[int], None]]:
    """Set the number of seats of the installation."""
    plain = app.extensions["settings"]

    def put(number: int) -> None:
        app.extensions["settings"] = plain.model_copy(update={"seats": number})

    yield put
    app.extensions["settings"] = plain


def assert_told(answer: TestResponse, reason: str) -> None:
    """The page of this failure, with a way on, and nothing of an account."""
    failure = FAILURES[reason]
    assert answer.status_code == failure.status
    page = words(answer)
    assert failure.title in page and failure.message in page and failure.what_to_do in page
    assert "Connect again" in page and "/connect" in answer.text


def assert_offered_to_wait(answer: TestResponse, reason: str) -> None:
    """The page of this failure, with a form to wait for a seat."""
    failure = FAILURES[reason]
    assert answer.status_code == failure.status
    page = words(answer)
    assert failure.title in page and failure.message in page and failure.what_to_do in page
    assert form_with(answer.text, "name", "contact").action == "/waiting"


def assert_no_account() -> None:
    db.session.rollback()
    for model in (Runner, Connection, InitialImport, PlatformConsent):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_denied(browser: Browser, simulator: Simulator, athlete: int) -> None:
    page = browser.start_oauth()
    answer = browser.come_back(simulator.answer(page, athlete, decision="deny"))
    assert_told(answer, "denied")
    assert_no_account()


def test_the_scope_unticked_gives_the_permission_back(browser: Browser, simulator: Simulator, athlete: int) -> None:
    assert_told(browser.connect(simulator, athlete, scopes=("read",)), "scope")
    assert simulator.scope_of(athlete) is None
    assert_no_account()


def test_the_scope_unticked_by_a_runner_keeps_the_account(browser: Browser, simulator: Simulator, athlete: int) -> None:
    browser.connect(simulator, athlete)
    assert_told(browser.connect(simulator, athlete, scopes=("read",)), "scope_lost")
    db.session.expire_all()
    assert db.session.scalars(select(Connection)).one().state == "needs_reconnect"
    assert "please connect again" in words(browser.get("/account"))


def test_our_seats_used_up_are_told_before_anybody_leaves(
    browser: Browser, simulator: Simulator, athlete: int, app: Flask, seats: Callable[[int], None]
) -> None:
    browser.connect(simulator, athlete)
    seats(1)
    visitor = Browser(app)
    assert "All seats are taken" in words(visitor.get("/connect"))
    assert_offered_to_wait(visitor.post("/connect", {"version": PLATFORM_CONSENT_VERSION}), "seats")


def test_someone_who_holds_a_seat_still_signs_in_when_all_are_taken(
    browser: Browser, simulator: Simulator, app: Flask, athlete: int, seats: Callable[[int], None]
) -> None:
    browser.connect(simulator, athlete)
    seats(1)
    again = Browser(app)
    page = again.start_oauth(returning="1")
    assert again.come_back(simulator.answer(page, athlete)).headers["Location"] == "/home"


def test_someone_who_only_says_that_they_hold_a_seat_is_found_out_after_the_callback(
    browser: Browser, simulator: Simulator, app: Flask, seats: Callable[[int], None]
) -> None:
    first, second = (int(who["id"]) for who in simulator.athletes()[:2])
    browser.connect(simulator, first)
    seats(1)
    visitor = Browser(app)
    page = visitor.start_oauth(returning="1")
    assert_offered_to_wait(visitor.come_back(simulator.answer(page, second)), "seats")
    assert simulator.scope_of(second) is None and simulator.scope_of(first) is not None
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 1


def test_stravas_own_seats_used_up_at_the_exchange(browser: Browser, simulator: Simulator, athlete: int) -> None:
    simulator.faults(seat_cap=0, seat_cap_on_exchange=True)
    assert_offered_to_wait(browser.connect(simulator, athlete), "strava_seats")
    assert_no_account()


def test_the_inactive_application(browser: Browser, simulator: Simulator, athlete: int) -> None:
    back = simulator.answer(browser.start_oauth(), athlete)
    simulator.faults(inactive=True)
    assert_told(browser.come_back(back), "inactive")
    assert_no_account()


def test_a_code_used_twice(browser: Browser, app: Flask, simulator: Simulator, athlete: int) -> None:
    page = browser.start_oauth()
    with browser.client.session_transaction(base_url=browser.address) as session:
        begun = dict(session)
    back = simulator.answer(page, athlete)
    assert browser.come_back(back).status_code == 302
    # A cookie from before the callback still holds the state; Strava alone knows that the code is spent.
    replay = Browser(app)
    with replay.client.session_transaction(base_url=replay.address) as session:
        session.update(begun)
    assert_told(replay.come_back(back), "code")
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 1


def test_the_callback_reloaded(browser: Browser, simulator: Simulator, athlete: int) -> None:
    back = simulator.answer(browser.start_oauth(), athlete)
    browser.come_back(back)
    assert_told(browser.come_back(back), "state")


@pytest.mark.parametrize("state", ["", "wrong", None])
def test_a_state_that_is_wrong_or_missing(
    browser: Browser, simulator: Simulator, athlete: int, state: str | None
) -> None:
    back = urlsplit(simulator.answer(browser.start_oauth(), athlete))
    query = {"code": "abc", "scope": "read,activity:read"} | ({} if state is None else {"state": state})
    assert_told(browser.get(f"{back.path}?{urlencode(query)}"), "state")
    assert_no_account()


def test_somebody_elses_callback_link_is_not_followed(app: Flask, simulator: Simulator, athlete: int) -> None:
    link = simulator.answer(Browser(app).start_oauth(), athlete)
    victim = Browser(app)
    victim.start_oauth()
    assert_told(victim.come_back(link), "state")
    assert_no_account()


def test_a_forged_refusal_without_state_is_not_believed(browser: Browser) -> None:
    browser.start_oauth()
    assert_told(browser.get("/connect/callback?error=access_denied"), "state")


def test_an_unknown_error_from_strava_is_told_without_repeating_it(browser: Browser) -> None:
    state = dict(part.split("=") for part in urlsplit(browser.start_oauth()).query.split("&"))["state"]
    answer = browser.get("/connect/callback", query_string={"error": "<b>pay here</b>", "state": state})
    assert_told(answer, "refused")
    assert "pay here" not in answer.text


def test_a_callback_without_a_code(browser: Browser) -> None:
    state = dict(part.split("=") for part in urlsplit(browser.start_oauth()).query.split("&"))["state"]
    assert_told(browser.get("/connect/callback", query_string={"state": state}), "odd")


def test_the_way_back_remembers_where_one_wanted_to_go(browser: Browser, simulator: Simulator, athlete: int) -> None:
    page = browser.start_oauth(after="/join/some-invite")
    answer = browser.come_back(simulator.answer(page, athlete, decision="deny"))
    assert 'href="/connect?next=/join/some-invite"' in answer.text


# Strava down ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def strava(app: Flask) -> Iterator[WrongStrava]:
    """A Strava whose token endpoint answers what a test says; Authlib is aimed at it meanwhile."""
    with wrong_strava() as server:
        ours = app.extensions["settings"]
        _aim_at(app, server)
        yield server
        init_app(app, ours)


def _aim_at(app: Flask, server: WrongStrava, **changes: Any) -> None:
    init_app(app, app.extensions["settings"].model_copy(update={"strava_oauth_base": server.base} | changes))


GOOD: dict[str, Any] = {
    "access_token": "opensesame-access",
    "refresh_token": "opensesame-refresh",
    "expires_at": 1_900_000_000,
    "athlete": {"id": 5, "firstname": "Ana", "lastname": "Ruiz"},
}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"oops", "down"),
        (503, b'{"message": "Service Unavailable"}', "down"),
        (429, b'{"message": "Rate Limit Exceeded"}', "busy"),
        (401, b'{"errors": [{"resource": "Application", "field": "", "code": "invalid"}]}', "refused"),
        (403, b"<html>no</html>", "refused"),
        (200, b"", "odd"),
        (200, b"<html>maintenance</html>", "odd"),
        (200, b"[1, 2]", "odd"),
        (200, b'"text"', "odd"),
        (200, {"message": "fine"}, "odd"),
        (200, {**GOOD, "access_token": None}, "odd"),
        (200, {**GOOD, "refresh_token": 7}, "odd"),
        (200, {**GOOD, "athlete": None}, "odd"),
        (200, {**GOOD, "athlete": {"firstname": "Ana"}}, "odd"),
        (200, {"error": "invalid_grant"}, "refused"),
    ],
)
def test_an_answer_that_is_no_token(
    browser: Browser, strava: WrongStrava, status: int, body: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    strava.answer(status, body)
    with caplog.at_level(logging.DEBUG):
        answer = _callback(browser)
    assert_told(answer, reason)
    assert_no_account()
    assert "opensesame" not in caplog.text and "opensesame" not in answer.text


def test_strava_that_does_not_answer_in_time(app: Flask, browser: Browser, strava: WrongStrava) -> None:
    _aim_at(app, strava, strava_timeout=0.3)
    strava.hang()
    assert_told(_callback(browser), "down")
    assert_no_account()


def test_strava_that_refuses_connections(browser: Browser, strava: WrongStrava) -> None:
    strava.close()
    assert_told(_callback(browser), "down")
    assert_no_account()


def _callback(browser: Browser) -> TestResponse:
    state = dict(part.split("=") for part in urlsplit(browser.start_oauth()).query.split("&"))["state"]
    query = {"code": "abc", "state": state, "scope": "read,activity:read,activity:read_all"}
    return browser.get("/connect/callback", query_string=query)


# Forged, flooded, at once --------------------------------------------------------------------------------------------


def test_forms_without_their_token_are_refused(
    app: Flask, browser: Browser, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for path in ("/connect", "/sign-out", "/sign-out-everywhere", "/account", "/account/disconnect", "/login/abc"):
            assert browser.post(path, {"version": PLATFORM_CONSENT_VERSION}).status_code == 400, path
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert browser.get("/account").status_code == 200
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 1


def test_the_sixty_first_sign_in_within_a_minute_is_asked_to_wait(browser: Browser) -> None:
    limiter.enabled = True
    try:
        answers = [browser.post("/connect", {"version": PLATFORM_CONSENT_VERSION}) for _ in range(61)]
    finally:
        limiter.enabled = False
    assert {answer.status_code for answer in answers[:60]} == {302}
    last = answers[-1]
    assert last.status_code == 429 and "wait a minute" in words(last)


def test_nor_is_strava_asked_about_more_codes_than_that(browser: Browser) -> None:
    # The state lies in the cookie, which can be sent again and again, each time with another code.
    limiter.enabled = True
    try:
        answers = [browser.get("/connect/callback?state=s&code=c") for _ in range(61)]
    finally:
        limiter.enabled = False
    assert [answer.status_code for answer in answers] == [*[400] * 60, 429]


def test_an_old_text_is_not_a_consent(browser: Browser) -> None:
    answer = browser.post("/connect", {"version": "2020-01-01"})
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/connect?")
    assert "read it once more" in words(browser.get("/connect"))


def _grant(athlete_id: int) -> TokenGrant:
    return TokenGrant("access", "refresh", NOON, AthleteSummary(athlete_id, "Ana Ruiz"))


def _connect_in_thread(app: Flask, athlete_id: int, seats: int | None) -> str:
    with app.app_context():
        try:
            begin_write()
            connect(AthleteSummary(athlete_id, "Ana Ruiz"), _grant(athlete_id), {"read"}, seats, NOON)
            db.session.commit()
        except Exception as error:  # the test looks at how each of the eight ended
            db.session.rollback()
            return type(error).__name__
        return "in"


def test_racing_callbacks_of_one_athlete_make_one_runner(app: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(lambda _: _connect_in_thread(app, 5, None), range(8)))
    assert ended == ["in"] * 8
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 1


def test_two_never_share_the_last_seat(app: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(lambda athlete_id: _connect_in_thread(app, athlete_id, 3), range(1, 9)))
    assert sorted(ended) == ["NoSeat"] * 5 + ["in"] * 3
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 3
