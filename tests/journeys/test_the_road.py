"""The road and its replay in a browser."""

import re
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenAs
from tests.support.boards import NOON, Made, make_board, publish, set_day
from tests.support.overtakes import derive_overtakes
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner

MINE = "svg:visible .road__dot--me"


@pytest.fixture
def made(app: Flask) -> Made:
    clock().set(now=NOON)
    made = make_board([f"Runner {n:02}" for n in range(110)])
    for place, entry in enumerate(made.entries):
        for day in (2, 5, 9):
            set_day(made, entry, date(2026, 11, day), 100 * place * day)
    db.session.commit()
    publish(made)
    derive_overtakes(made)
    return made


def test_a_runner_looks_at_their_stretch_and_plays_the_month(open_as: OpenAs, made: Made) -> None:
    page = open_as(db.session.get_one(Runner, made.runners[45]))
    page.goto(f"/g/{made.group.slug}/c/{made.challenge.id}")
    page.get_by_role("link", name="Road", exact=True).click()
    expect(page.get_by_role("heading", name="110 runners on the road")).to_be_visible()
    page.get_by_role("link", name="Neighbours").click()
    expect(page.get_by_text("59 runners further ahead")).to_be_visible()
    expect(page.locator(MINE)).to_have_count(1)
    page.get_by_role("link", name="Replay, day by day").click()
    _plays(page)
    _slides(page)


def _plays(page: Page) -> None:
    says = page.locator("[data-replay-says]")
    expect(says).to_have_text(re.compile("^Thu 12 Nov. In front: Runner 109, 174.4 km. You: 72.0 km.$"))
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(says).to_have_text(re.compile("^Sun 1 Nov"))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(says).to_have_text(re.compile("^Thu 12 Nov"))
    expect(page.locator(".road__other").first).to_be_attached()


def _slides(page: Page) -> None:
    before = page.locator(MINE).get_attribute("transform")
    slider = page.get_by_label("Day", exact=True)
    slider.fill("4")
    expect(page.locator("[data-replay-says]")).to_have_text(re.compile("^Thu 5 Nov. In front: Runner 109, 76.3 km."))
    expect(slider).to_have_attribute("aria-valuetext", "Thu 5 Nov")
    assert page.locator(MINE).get_attribute("transform") != before
    expect(page.get_by_role("heading", name="Thu 5 Nov as a list")).to_be_visible()
    expect(page.get_by_role("link", name="Fri 6 Nov").first).to_be_visible()


def test_with_reduced_motion_nothing_plays_and_days_are_there_all_the_same(open_as: OpenAs, made: Made) -> None:
    page = open_as(db.session.get_one(Runner, made.runners[45]))
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/g/{made.group.slug}/c/{made.challenge.id}/road/replay")
    expect(page.get_by_label("Day", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_hidden()
    page.get_by_role("link", name="Wed 11 Nov").first.click()
    expect(page.get_by_role("heading", name="Wed 11 Nov as a list")).to_be_visible()
