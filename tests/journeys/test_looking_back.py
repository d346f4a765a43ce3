"""A member looks back: the results, the hall of fame, a board over their own dates, and their own history."""

import re

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenAs, OpenPage
from tests.support.board_pages import address
from tests.support.finals import leaves, make_final
from tests.support.steps import connect_as_a_resident, tab
from webapp.db import db
from webapp.models.accounts import Runner


def nothing_is_wrong_with(page: Page) -> None:
    """Fail where the page, which has to be there, is wider than the window, or axe finds something."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def go_in(page: Page, invite: str) -> None:
    """Sign in as somebody of the group, and stand on its page."""
    connect_as_a_resident(page)
    page.goto(invite)
    expect(page.get_by_role("heading", name="Looking back")).to_be_visible()


def test_a_member_looks_back_page_by_page(open_page: OpenPage, invite: str) -> None:
    page = open_page(color_scheme="dark")  # test_every_page goes through all pages in light
    go_in(page, invite)
    page.get_by_role("link", name="Results", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Looking back")
    nothing_is_wrong_with(page)
    tab(page, "Hall of fame").click()
    expect(tab(page, "Hall of fame")).to_have_attribute("aria-current", "page")
    nothing_is_wrong_with(page)
    tab(page, "Any dates").click()
    expect(tab(page, "Any dates")).to_have_attribute("aria-current", "page")
    nothing_is_wrong_with(page)
    page.get_by_role("link", name="This year").click()
    expect(page.get_by_role("link", name="This year")).to_have_attribute("aria-current", "page")
    expect(page.locator("#me").first).to_contain_text("You")
    nothing_is_wrong_with(page)

    page.goto("/home")
    page.get_by_role("link", name="My history").click()
    expect(page.get_by_role("heading", name="What is next")).to_be_visible()
    expect(page.get_by_role("heading", name="The year in days")).to_be_visible()
    nothing_is_wrong_with(page)


def test_without_javascript_dates_of_ones_own_are_chosen_and_wrong_ones_are_named(
    open_page: OpenPage, invite: str
) -> None:
    page = open_page(java_script_enabled=False)
    go_in(page, invite)
    page.get_by_role("link", name="Boards over any dates").click()
    last = page.get_by_label("To", exact=True).input_value()
    page.get_by_label("From", exact=True).fill(f"{int(last[:4]) - 1}{last[4:8]}01")
    page.get_by_label("By", exact=True).select_option("Moving time")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Moving time")).to_be_visible()
    expect(page.locator("#me .board__total").first).to_have_text(re.compile(r"\d+:\d\d h"))

    page.get_by_label("From", exact=True).fill("2001-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Two years at most, please.")).to_be_visible()
    expect(page.get_by_label("From", exact=True)).to_have_value("2001-01-01")


def test_the_row_of_a_former_member_is_quiet_on_a_phone(app: Flask, open_as: OpenAs) -> None:
    made = make_final({"Ana": 30_000, "Ben": 20_000, "Cleo": 10_000})
    leaves(made, 1)
    page = open_as(db.session.get_one(Runner, made.runners[0]))
    page.goto(address(made))
    row = page.locator(".board__row.is-former")
    expect(row).to_contain_text("A former member")
    assert row.inner_text().split() == ["2", "A", "former", "member", "–"]
    nothing_is_wrong_with(page)
