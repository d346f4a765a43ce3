"""The session's cookie."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.support.browser import Browser
from tests.support.builders import NOON, make_runner
from tests.support.simulator import Simulator
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner


def test_the_cookie_gets_its_full_time_again_once_a_day(app: Flask) -> None:
    clock().set(now=NOON, speed=0)
    client = app.test_client()
    with client.session_transaction() as session:
        session.permanent = True
        session["runner"], session["epoch"] = make_runner().id, 0
    assert "Set-Cookie" in client.get("/account").headers
    assert "Set-Cookie" not in client.get("/account").headers
    clock().set(now=NOON + timedelta(days=1), speed=0)
    assert "Expires" in client.get("/account").headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get("/account").headers


def test_the_cookie_of_an_erased_runner_opens_nobody_elses_account(app: Flask, simulator: Simulator) -> None:
    first, second = (int(who["id"]) for who in simulator.athletes()[:2])
    at_home, at_work, other = Browser(app), Browser(app), Browser(app)
    for browser, athlete in ((at_home, first), (at_work, first)):
        browser.connect(simulator, athlete)
    assert at_home.post("/account/disconnect").status_code == 302
    other.connect(simulator, second)
    # As on SQLite, which gives the highest number out again once it is free, and after a restore.
    runner = db.session.scalars(select(Runner)).one()
    with at_work.client.session_transaction(base_url=at_work.address) as session:
        session["runner"] = runner.id
    assert other.get("/account").status_code == 200
    assert at_work.get("/account").headers["Location"].startswith("/connect?")
