"""A member disputes a verdict, an organiser decides, the board moves: in a real browser, on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, OpenAs
from tests.support.cast import run_jobs
from tests.support.disputes import Dispute


@pytest.fixture
def dispute(app: Flask) -> Dispute:
    return Dispute(app)


def is_fit_to_read(page: Page) -> None:
    """Have axe look at the page, and nothing stick out of a phone."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_member_disputes_a_verdict_the_organiser_decides_and_the_board_moves(
    app: Flask, dispute: Dispute, open_as: OpenAs
) -> None:
    run_jobs(app)
    mia, olga = open_as(dispute.mia), open_as(dispute.olga)
    mia.goto(f"{dispute.home}/my-runs")
    is_fit_to_read(mia)
    mia.get_by_role("link", name="Ask for a review").click()
    expect(mia.get_by_text("Nothing else: no title")).to_be_visible()
    is_fit_to_read(mia)
    mia.get_by_label("A note for the organisers").fill("The watch stopped twice.")
    mia.get_by_role("button", name="Show them, and ask").click()
    expect(mia.get_by_text("Nobody has decided yet.")).to_be_visible()

    olga.goto(f"/g/{dispute.group.slug}")
    olga.get_by_role("link", name="Reviews (1)").click()
    is_fit_to_read(olga)
    olga.get_by_role("link", name="Mia Meyer").click()
    expect(olga.get_by_text("The watch stopped twice.")).to_be_visible()
    is_fit_to_read(olga)
    olga.get_by_label("Count it, with different figures").check()
    olga.get_by_label("Distance that counts").fill("5.0")
    olga.get_by_label("Time that counts").fill("25:00")
    olga.get_by_label("Your reason").fill("The loop is five kilometres long.")
    olga.get_by_role("button", name="Decide").click()
    expect(olga.get_by_text("Decided. Mia Meyer can read it in My runs.")).to_be_visible()
    run_jobs(app)

    olga.goto(dispute.home)
    expect(olga.locator(".board__total").first).to_have_text("5.0 km")
    olga.get_by_role("link", name="Mia Meyer").click()
    expect(olga.get_by_role("heading", name="Mia Meyer")).to_be_visible()
    is_fit_to_read(olga)
    olga.goto(f"/g/{dispute.group.slug}/log")
    expect(olga.get_by_text("Olga Orlova adjusted a run by Mia Meyer in November")).to_be_visible()
    is_fit_to_read(olga)

    mia.reload()
    expect(mia.get_by_text("The loop is five kilometres long.")).to_be_visible()
    mia.get_by_role("link", name="Read it and answer").click()
    is_fit_to_read(mia)
    mia.get_by_label("Your answer").fill("It is six.")
    mia.get_by_role("button", name="Send").click()
    expect(mia.get_by_text("You answered; they decide again.")).to_be_visible()
    mia.get_by_role("link", name="How your total is made up").click()
    mia.locator("summary").filter(has_text="Thu 12 Nov").click()
    expect(mia.get_by_text("Adjusted")).to_be_visible()
    is_fit_to_read(mia)
