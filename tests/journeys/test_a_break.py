"""A break in a browser: a runner goes on one, and vanishes from the chase of another."""

from flask import Flask
from playwright.sync_api import expect

from tests.journeys.conftest import OpenAs
from tests.support.boards import NOON, make_board, publish, set_total
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner


def test_a_runner_goes_on_a_break_and_is_chased_no_more(app: Flask, open_as: OpenAs) -> None:
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    set_total(made, dict(zip(made.entries, (9000, 5000, 4000), strict=True)))
    publish(made)
    address = f"/g/{made.group.slug}/c/{made.challenge.id}"
    ben, caro = (open_as(db.session.get_one(Runner, made.runners[n])) for n in (1, 2))
    caro.goto(f"{address}/chase")
    expect(caro.get_by_role("heading", name="You are 3rd, chasing Ben Ode")).to_be_visible()

    ben.goto(f"{address}/chase")
    ben.get_by_role("link", name="Take a break from the chase").click()
    ben.get_by_text("Choose the dates").click()
    ben.get_by_label("Say “on a break” beside my name").check()
    ben.get_by_role("button", name="Take a break").click()
    expect(ben.get_by_text("You are on a break until you end it.")).to_be_visible()

    # The page that is open learns of it by itself.
    expect(caro.get_by_role("heading", name="You are 3rd, chasing Ana Ruiz")).to_be_visible()
    caro.goto(address)
    expect(caro.get_by_role("row", name="Ben Ode")).to_contain_text("on a break")
    expect(caro.get_by_role("row", name="Ben Ode")).to_contain_text("5.0 km")

    ben.get_by_role("button", name="I am back").click()
    expect(ben.get_by_text("Good to have you back.")).to_be_visible()
    caro.goto(f"{address}/chase")
    expect(caro.get_by_role("heading", name="You are 3rd, chasing Ben Ode")).to_be_visible()
