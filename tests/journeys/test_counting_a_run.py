"""Counting a run on phones: taps that wait for the network, two lists that become one, the code, and closing."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import OpenAs
from tests.support.attendance import MINUTE, STARTS, Evening, make_evening, noted
from webapp.attendance.code_rules import RunCode
from webapp.extensions import clock, settings

NARROW = {"width": 360, "height": 740}


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


@pytest.fixture
def ana(evening: Evening, open_as: OpenAs) -> Iterator[Page]:
    """The leader, with the tap list open on a narrow phone."""
    yield tap_list(open_as, evening, "Ana")


def tap_list(open_as: OpenAs, evening: Evening, name: str) -> Page:
    page = open_as(evening.runners[name])
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # width and height
    page.goto(f"{evening.address}/attendance")
    return page


def tap(page: Page, name: str) -> None:
    page.locator(".tap__main").filter(has_text=name).click()


def said_of(page: Page, name: str) -> Locator:
    """Return what the list says of somebody."""
    return page.locator(".tap").filter(has_text=name).locator("[data-said]")


def outcomes(evening: Evening) -> dict[str, str]:
    return {name: outcome for name, (outcome, _) in noted(evening).items()}


def test_taps_wait_for_the_network_and_none_is_lost(ana: Page, evening: Evening) -> None:
    assert ana.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    assert min(box["height"] for box in boxes(ana, ".tap__main, .tap__more > summary")) >= 56
    ana.context.set_offline(True)
    for name in ("Ana Runner", "Ben Runner", "Dora Runner"):
        tap(ana, name)
    expect(ana.get_by_text("3 taps wait for the network")).to_be_visible()
    expect(ana.locator(".tapbar__count")).to_have_text("5 here, 1 to come")
    ana.get_by_role("textbox", name="At the start").fill("5")
    ana.get_by_role("button", name="Note: At the start").click()
    expect(ana.get_by_text("3 taps and 1 head count wait for the network")).to_be_visible()
    ana.get_by_role("button", name="Close the run").click()
    expect(ana.get_by_text("That needs the network.")).to_be_visible()
    assert outcomes(evening) == {}

    ana.context.set_offline(False)
    expect(ana.get_by_text("noted: 5")).to_be_visible()
    expect(ana.get_by_text("wait for the network")).to_have_count(0)
    assert outcomes(evening) == {"Ana": "came", "Ben": "came", "Dora": "came"}
    assert ana.evaluate("localStorage.length") == 0

    ana.get_by_role("button", name="Close the run").click()
    expect(ana.get_by_text("Closed. Thank you for leading!")).to_be_visible()
    assert outcomes(evening)["Caro"] == "not_seen"


def test_taps_outlive_a_page_that_was_closed_without_the_network(ana: Page, evening: Evening) -> None:
    ana.context.set_offline(True)
    tap(ana, "Ben Runner")
    expect(ana.get_by_text("1 tap waits for the network")).to_be_visible()
    ana.goto("about:blank")
    ana.context.set_offline(False)
    ana.goto(f"{evening.address}/attendance")
    expect(ana.locator(".tap[data-waits]")).to_have_count(0)
    expect(ana.locator(".tapbar__count")).to_have_text("1 here, 2 to come")
    assert outcomes(evening) == {"Ben": "came"}


def test_two_lists_become_one_by_when_each_tap_was_made(ana: Page, evening: Evening, open_as: OpenAs) -> None:
    olga = tap_list(open_as, evening, "Olga")
    olga.context.set_offline(True)
    tap(olga, "Ben Runner")
    tap(olga, "Caro Runner")
    # Ana's word about Ben is the later one, though Olga's arrives after it.
    ana.locator(".tap").filter(has_text="Ben Runner").locator("summary").click()
    ana.get_by_role("button", name="Told us").click()
    expect(said_of(ana, "Ben Runner")).to_have_text("Told us")
    expect(ana.locator(".tap[data-waits]")).to_have_count(0)
    olga.context.set_offline(False)
    expect(said_of(olga, "Ben Runner")).to_have_text("Told us")
    assert outcomes(evening) == {"Ben": "told_us", "Caro": "came"}


def test_the_code_is_used_at_the_run_and_from_home(ana: Page, evening: Evening, open_as: OpenAs) -> None:
    ana.get_by_text("Show the code to scan").click()
    expect(ana.get_by_role("img", name="Code to scan")).to_be_visible()
    photographed = RunCode(evening.run.id, clock().now()).signed(settings().secret_key)
    ben = open_as(evening.runners["Ben"])
    ben.goto(f"/there?code={photographed}")
    ben.get_by_role("button", name="I am here").click()
    expect(ben.get_by_text("Noted: you were there.")).to_be_visible()

    clock().set(now=STARTS + 20 * MINUTE)
    caro = open_as(evening.runners["Caro"])
    caro.goto(f"/there?code={photographed}")
    expect(caro.get_by_text("it counts as your own word")).to_be_visible()
    caro.get_by_role("button", name="I was there").click()
    expect(caro.get_by_text("Noted: you were there.")).to_be_visible()

    ana.reload()
    expect(said_of(ana, "Ben Runner")).to_have_text("Came, by the code")
    expect(said_of(ana, "Caro Runner")).to_have_text("Came, says so")


def test_a_code_stands_without_the_network_and_renews_itself_with_it(ana: Page, evening: Evening) -> None:
    ana.goto(f"{evening.address}/qr")
    code = ana.get_by_role("img", name="Code to scan")
    first = code.inner_html()
    ana.context.set_offline(True)
    expect(code).to_be_visible()
    assert code.inner_html() == first
    clock().set(now=STARTS + MINUTE)
    ana.context.set_offline(False)
    ana.wait_for_function("first => document.querySelector('.scan').innerHTML !== first", arg=first)


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    found: list[dict[str, float]] = page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
        .map((one) => one.getBoundingClientRect()).map(({ width, height }) => ({ width, height }))""",
        selector,
    )
    return found
