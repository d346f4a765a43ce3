"""Waiting for a seat, as a visitor sees it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count

import pytest
import requests as requests_http
from flask import Flask
from redis import Redis
from sqlalchemy import func, select, update

from tests.support.browser import Browser, signed_in, words
from tests.support.builders import NOON, make_runner
from tests.support.cast import run_jobs
from tests.support.forms import form_with
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from webapp.auth.rules import PLATFORM_CONSENT_VERSION, digest_of
from webapp.db import db
from webapp.extensions import clock, limiter
from webapp.models.accounts import Runner, SeatRequest
from webapp.models.sync import Connection
from webapp.seats import queries
from webapp.seats.rules import HELD_FOR
from webapp.seats.ticket import COOKIE, OFFERED

Seats = Callable[[int], None]


@pytest.fixture
def seats(app: Flask) -> Iterator[Seats]:
    """Set the number of seats of the installation."""
    with ExitStack() as stack:
        yield lambda number: stack.enter_context(with_settings(app, seats=number))


def make_connected(runner: Runner, **values: object) -> None:
    tokens = {"access_token": "sealed", "refresh_token": "sealed", "expires_at": NOON, "scopes": "activity:read"}
    ids = {"runner_id": runner.id, "athlete_id": 1000 + runner.id}
    db.session.add(Connection(**{**ids, **tokens, "connected_at": NOON, **values}))
    db.session.commit()


_networks = count(1)


def from_elsewhere() -> dict[str, dict[str, str]]:
    """Return what makes a request come from a network that no other one came from."""
    return {"environ_base": {"REMOTE_ADDR": f"10.1.{next(_networks) % 250}.1"}}


def waiting(app: Flask, name: str = "Ana Ruiz", **more: str) -> Browser:
    """Return a browser that waits for a seat, from a network of its own."""
    browser = Browser(app)
    answer = browser.post("/waiting", {"name": name, **more}, **from_elsewhere())
    assert answer.headers["Location"] == "/waiting"
    return browser


def requests() -> list[SeatRequest]:
    db.session.rollback()
    return list(db.session.scalars(select(SeatRequest).order_by(SeatRequest.id)))


def test_someone_who_finds_no_seat_is_told_so_and_waits_with_one_form(app: Flask, seats: Seats) -> None:
    make_connected(make_runner())
    seats(1)
    browser = Browser(app)
    browser.get("/connect?next=/join/abc")
    assert 'href="/waiting"' in browser.get("/connect?next=/join/abc").text
    refused = browser.post("/connect", {"version": PLATFORM_CONSENT_VERSION})
    assert refused.status_code == 403 and "No seat is free" in words(refused)
    assert "you would be first" in words(refused)
    form = form_with(refused.text, "name", "contact")
    answer = browser.post(form.action, {**form.filled, "name": " Ana   Ruiz ", "contact": "ana@example.org"})
    assert answer.status_code == 302
    page = words(browser.get("/waiting"))
    assert "You are in the queue" in page and "of 1 waiting" in page and "ana@example.org" in page
    (kept,) = requests()
    assert (kept.name, kept.after) == ("Ana Ruiz", "/join/abc")
    assert "in the queue for a seat, place 1" in words(browser.get("/connect"))


def test_each_sees_their_own_place_and_nobody_elses_name(app: Flask, seats: Seats) -> None:
    seats(1)
    make_connected(make_runner())
    ana, bo = waiting(app, "Ana Ruiz", contact="ana@example.org"), waiting(app, "Bo Ek")
    page = words(bo.get("/waiting"))
    assert "Your place</dt>" in page and ">2<" in page and "of 2 waiting" in page
    assert "Ana" not in page and ">1<" in words(ana.get("/waiting/part"))


def test_the_ticket_is_a_cookie_of_its_own_that_scripts_cannot_read(app: Flask) -> None:
    answer = Browser(app).post("/waiting", {"name": "Ana"})
    (cookie,) = (one for one in answer.headers.getlist("Set-Cookie") if one.startswith(COOKIE))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=7776000" in cookie
    secret = cookie.split(";")[0].removeprefix(f"{COOKIE}=")
    assert len(secret) >= 40 and secret not in requests()[0].digest


def test_a_form_sent_several_times_before_the_first_answer_takes_one_place(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/waiting")
    for name in ("Ana", "Ana Ruiz", "Ana R."):
        browser.post("/waiting", {"name": name})
        assert browser.client.get_cookie(COOKIE, "127.0.0.1")
        browser.client.delete_cookie(COOKIE, domain="127.0.0.1")
    assert [one.name for one in requests()] == ["Ana R."]
    browser.post("/waiting", {"name": "Ana R."})
    assert "Leave the queue" in words(browser.get("/waiting"))
    browser.post("/waiting/leave")
    with browser.client.session_transaction(base_url=browser.address) as session:
        assert requests() == [] and OFFERED not in session
    with_ticket = Browser(app)
    with_ticket.client.set_cookie(COOKIE, "x" * 43, domain="127.0.0.1")
    with_ticket.post("/waiting", {"name": "Bo"}, **from_elsewhere())
    assert requests()[0].digest != digest_of("x" * 43), "a ticket that we did not make opens no place"


def test_sending_the_form_again_changes_it_and_keeps_the_place(app: Flask) -> None:
    ana = waiting(app, "Ana")
    waiting(app, "Bo")
    ana.post("/waiting", {"name": "Ana Ruiz", "contact": "+44 20 7946 0000"})
    assert [(one.name, one.contact) for one in requests()] == [("Ana Ruiz", "+44 20 7946 0000"), ("Bo", None)]
    held = form_with(ana.get("/waiting").text, "name", "contact").filled
    assert (held["name"], held["contact"]) == ("Ana Ruiz", "+44 20 7946 0000")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "\u202egnp", "a\x07b"])
def test_a_name_is_needed_that_can_stand_on_a_page(app: Flask, name: str) -> None:
    answer = Browser(app).post("/waiting", {"name": name})
    assert answer.status_code == 200 and "field__error" in answer.text
    assert requests() == []


def test_what_people_write_is_escaped(app: Flask) -> None:
    evil = "<script>alert(1)</script>"
    page = waiting(app, evil, contact="<b>bold</b>").get("/waiting").text
    assert evil not in page and "&lt;script&gt;alert(1)" in page and "<b>bold" not in page


def test_leaving_the_line_erases_the_row_and_the_ticket(app: Flask) -> None:
    browser = waiting(app)
    answer = browser.post("/waiting/leave")
    assert requests() == []
    assert any(f"{COOKIE}=;" in one for one in answer.headers.getlist("Set-Cookie"))
    assert "is erased" in words(browser.get("/"))
    assert browser.get("/waiting/part").status_code == 404
    assert browser.post("/waiting/leave").status_code == 302


def test_a_strangers_ticket_opens_nothing(app: Flask) -> None:
    waiting(app)
    stranger = Browser(app)
    stranger.client.set_cookie(COOKIE, "x" * 43, domain="127.0.0.1")
    assert stranger.get("/waiting/part").status_code == 404
    stranger.post("/waiting/leave")
    assert len(requests()) == 1


def test_the_live_part_is_asked_for_and_costs_nothing_while_nothing_moves(app: Flask) -> None:
    browser = waiting(app)
    assert 'data-refresh-url="/waiting/part"' in browser.get("/waiting").text
    first = browser.get("/waiting/part")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = browser.get("/waiting/part", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.both_databases
def test_when_somebody_leaves_the_first_is_told_and_gets_in(app: Flask, seats: Seats, simulator: Simulator) -> None:
    first, second = (int(who["id"]) for who in simulator.athletes()[:2])
    seated = Browser(app)
    seated.connect(simulator, first)
    seats(1)
    ana, bo = waiting(app, "Ana"), waiting(app, "Bo")
    seated.post("/account/disconnect")
    run_jobs(app)
    page = words(ana.get("/waiting"))
    assert "A seat is free for you" in page and "Hold it for me" in page
    visitor = Browser(app)
    refused = visitor.post("/waiting", {"name": "Cy"})
    assert refused.status_code == 302 and "You need not wait" in words(visitor.get("/waiting"))
    ana.post("/waiting/open")
    assert "It is yours until" in words(ana.get("/waiting"))
    assert "You are in the queue" in words(bo.get("/waiting"))
    assert "it is your turn" in words(ana.get("/connect"))
    assert bo.post("/connect", {"version": PLATFORM_CONSENT_VERSION}).status_code == 403
    assert "held for others" in words(visitor.get("/connect"))
    answer = ana.connect(simulator, second)
    assert answer.headers["Location"] == "/connect/progress"
    assert any(f"{COOKIE}=;" in one for one in answer.headers.getlist("Set-Cookie"))
    assert [one.name for one in requests()] == ["Bo"]
    assert ana.get("/waiting").headers["Location"] == "/home"


def test_a_newcomer_who_claims_to_hold_a_seat_is_sent_to_the_end_of_the_line(
    app: Flask, seats: Seats, simulator: Simulator
) -> None:
    newcomer = int(simulator.athletes()[0]["id"])
    make_connected(make_runner())
    seats(1)
    waiting(app, "Ana")
    browser = Browser(app)
    back = simulator.answer(browser.start_oauth(returning="1"), newcomer)
    answer = browser.come_back(back)
    assert answer.status_code == 403 and "One is waiting already" in words(answer)
    assert simulator.scope_of(newcomer) is None
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 1


def test_with_no_number_of_seats_set_everybody_may_try_and_nothing_is_held(app: Flask) -> None:
    ana, bo = waiting(app, "Ana"), waiting(app, "Bo")
    ana.post("/waiting/open")
    assert "You may try now" in words(ana.get("/waiting")) and "You may try now" in words(bo.get("/waiting"))
    assert Browser(app).post("/connect", {"version": PLATFORM_CONSENT_VERSION}).status_code == 302


def test_strava_being_full_at_the_exchange_is_remembered_for_everybody(app: Flask, simulator: Simulator) -> None:
    athlete = int(simulator.athletes()[0]["id"])
    ana = waiting(app, "Ana")
    simulator.faults(seat_cap=0, seat_cap_on_exchange=True)
    refused = ana.connect(simulator, athlete)
    assert refused.status_code == 403
    assert "Strava accepts no more runners" in words(refused) and "You keep your place" in words(refused)
    assert "You are in the queue" in words(ana.get("/waiting"))
    assert "All seats are taken" in words(Browser(app).get("/connect"))
    simulator.reset()
    redis: Redis = app.extensions["redis"]
    redis.delete(queries.FULL_KEY)
    assert ana.connect(simulator, athlete).headers["Location"] == "/connect/progress"


def test_someone_whom_strava_refuses_on_its_own_page_finds_the_line_on_coming_back(
    app: Flask, simulator: Simulator
) -> None:
    browser = Browser(app)
    simulator.faults(seat_cap=0)
    page = browser.start_oauth(after="/join/abc")
    assert requests_http.get(page, timeout=20).status_code == 403, "there is no way back from here but the browser's"
    back = browser.get("/connect")
    assert "its limit of connected athletes is exceeded" in words(back) and 'href="/waiting"' in back.text
    browser.post("/waiting", {"name": "Ana"})
    assert "You may try now" in words(browser.get("/waiting"))
    assert [one.name for one in requests()] == ["Ana"]


def test_what_stands_in_the_callbacks_address_is_no_word_of_stravas(app: Flask) -> None:
    browser = Browser(app)
    state = browser.start_oauth().split("state=")[1].split("&")[0]
    answer = browser.get("/connect/callback", query_string={"state": state, "error": "limit exceeded"})
    assert answer.status_code == 403 and "Strava accepts no more runners" in words(answer)
    assert queries.last_full() is None
    assert Browser(app).post("/connect", {"version": PLATFORM_CONSENT_VERSION}).status_code == 302


def test_leaving_for_strava_holds_the_seat_of_somebody_who_waited(app: Flask, seats: Seats) -> None:
    make_connected(make_runner())
    seats(1)
    ana, bo = waiting(app, "Ana"), waiting(app, "Bo")
    seats(2)
    ana.start_oauth()
    assert bo.post("/connect", {"version": PLATFORM_CONSENT_VERSION}).status_code == 403
    assert Browser(app).post("/connect", {"version": PLATFORM_CONSENT_VERSION}).status_code == 403


def test_an_offer_that_nobody_opens_holds_up_nobody(app: Flask, seats: Seats) -> None:
    make_connected(make_runner())
    seats(1)
    ana, bo = waiting(app, "Ana"), waiting(app, "Bo")
    seats(2)
    run_jobs(app)
    for browser in (ana, bo):
        assert "A seat is free for you" in words(browser.get("/waiting"))
    assert Browser(app).post("/connect", {"version": PLATFORM_CONSENT_VERSION}).status_code == 302
    ana.post("/waiting/open")
    long_ago = clock().now() - HELD_FOR - timedelta(minutes=1)
    db.session.execute(update(SeatRequest).where(SeatRequest.name == "Ana").values(opened_at=long_ago))
    db.session.commit()
    assert "A seat is free for you" in words(bo.get("/waiting"))


def test_one_network_gets_two_places_and_no_address_is_kept(app: Flask, seats: Seats) -> None:
    make_connected(make_runner())
    seats(1)
    for last in range(1, 5):
        Browser(app).post("/waiting", {"name": "Ana"}, environ_base={"REMOTE_ADDR": f"192.0.2.{last}"})
    assert len(requests()) == 2
    (network,) = {one.network for one in requests()}
    assert len(network) == 64 and "192" not in {one.contact for one in requests()}


def test_someone_who_ended_the_connection_and_lost_the_seat_may_wait(app: Flask) -> None:
    runner = make_runner()
    make_connected(runner, state="deauthorised", ended_at=NOON)
    browser = signed_in(app, runner)
    assert browser.get("/waiting").status_code == 200
    assert browser.post("/waiting", {"name": "Ana"}).status_code == 302


def test_forms_of_the_line_need_their_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for path in ("/waiting", "/waiting/leave"):
            assert Browser(app).post(path, {"name": "Ana"}).status_code == 400, path
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_one_address_cannot_fill_the_line(app: Flask) -> None:
    limiter.enabled = True
    try:
        answers = [Browser(app).post("/waiting", {"name": "Ana"}) for _ in range(31)]
    finally:
        limiter.enabled = False
    assert [answer.status_code for answer in answers] == [*[302] * 30, 429]
    assert len(requests()) == 2
