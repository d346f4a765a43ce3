"""A runner looks at their chase: they are passed while the page is open, and try out what one more run would change."""

import re

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import expect

from jobs.notifications import fan_out_facts
from tests.journeys.conftest import OpenAs
from tests.support.board_pages import address
from tests.support.boards import NOON, TODAY, Made, publish, set_day
from tests.support.chases import board
from tests.support.overtakes import derive_overtakes
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.models.accounts import Runner

ANA, BEN, CARO, DORA = range(4)
# Rows that slide, counted where the browser is asked for it.
COUNT_SLIDES = """
window.slides = 0;
const animate = Element.prototype.animate;
Element.prototype.animate = function (...how) { window.slides += 1; return animate.apply(this, how); };
"""


def runs(made: Made, runner: int, metres: int) -> None:
    """Let somebody run today, while the server reads."""
    db.session.rollback()
    begin_write()
    set_day(made, made.entries[runner], TODAY, metres)
    db.session.commit()
    publish(made)


def test_i_am_passed_while_the_page_is_open_and_try_out_a_run(app: Flask, open_as: OpenAs) -> None:
    clock().set(now=NOON)
    made = board(teams=("Early Birds", "Night Owls"))
    page = open_as(db.session.get_one(Runner, made.runners[BEN]))
    page.add_init_script(COUNT_SLIDES)
    page.goto(address(made, "/chase"))
    expect(page.get_by_role("heading", name="You are 2nd, chasing Ana Ruiz")).to_be_visible()

    slider = page.get_by_role("slider", name=re.compile("One more run"))
    said = page.locator("[data-whatif-says]")
    slider.press("Home")
    expect(said).to_contain_text("1 km more:")
    slider.press("ArrowRight")
    expect(said).to_contain_text("2 km more:")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^2 km more: .* in 100\)$"))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()

    runs(made, CARO, 2_000)
    expect(page.get_by_role("heading", name="You are 3rd, chasing Caro Lang")).to_be_visible()
    expect(said).to_contain_text("2 km more:")
    assert page.evaluate("window.slides") > 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.emulate_media(reduced_motion="reduce")
    slides = page.evaluate("window.slides")
    runs(made, DORA, 9_000)
    expect(page.get_by_role("heading", name="You are 4th, chasing Caro Lang")).to_be_visible()
    assert page.evaluate("window.slides") == slides


def test_an_overtake_shows_in_the_open_inbox_and_leads_to_the_chase(app: Flask, open_as: OpenAs) -> None:
    clock().set(now=NOON)
    made = board()
    page = open_as(db.session.get_one(Runner, made.runners[BEN]))
    page.goto("/notifications")
    expect(page.get_by_text("Nothing yet")).to_be_visible()

    runs(made, CARO, 2_000)
    derive_overtakes(made)
    fan_out_facts()
    expect(page.get_by_role("heading", name=re.compile("Caro Lang went past you"))).to_be_visible()
    expect(page.get_by_text("Caro Lang is 0.5 km ahead of you now.")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()

    page.reload()
    bell = page.get_by_role("link", name="Notifications: 1 unread")
    expect(bell).to_be_visible()
    page.get_by_role("button", name="See the chase").click()
    expect(page.get_by_role("heading", name="You are 3rd, chasing Caro Lang")).to_be_visible()
    expect(bell).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
