"""Every page in a real browser, on a phone: nothing is cut off, every id is there once, and axe finds nothing."""

from collections import Counter
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.journeys.conftest import OpenAs
from tests.support.builders import NOON, invite_of
from tests.support.cast import run_jobs
from tests.support.derived import read_in
from tests.support.everyone import Stage, everyone
from webapp.db import db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.challenges import Challenge
from webapp.queue import enqueue

# A file, an act, and what needs more than the stage has.
NOT_WALKED = {"static", "accounts.callback", "accounts.button_image", "accounts.login_link", "sync.verify_webhook"}
IDS = "[...document.querySelectorAll('[id]')].map(element => element.id)"
# axe takes about half of its time to report what it finds in order.
VIOLATIONS_ALONE = {"resultTypes": ["violations"]}
# The elements of a page with their attributes, without what texts and addresses say.
ELEMENTS = """document.documentElement.outerHTML
    .replace(/>[^<]+</g, "><").replace(/ (action|content|href|src|value)="[^"]*"/g, "")"""
# Without an account; the last two are refusals.
FOR_VISITORS = ("/", "/connect", "/waiting", "/trial", "/receipt/code", "/nothing-here", "/trial/be")
# Answers that are no pages.
NO_PAGES = (
    ".json", ".zip", ".jpg", ".ics", "/part", "/photo", "/picks", "/reading", "/favicon.ico", "/robots.txt", "/healthz",
    "/metrics", "/service-worker.js",
)  # fmt: skip


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    """A group with something on every page of it, and its boards."""
    clock().set(now=NOON)
    with everyone(app) as made:
        read_in(made.runners["target"].id)
        for challenge_id in db.session.scalars(select(Challenge.id)):
            enqueue(Job.PUBLISH_BOARD, challenge_id)
        run_jobs(app)
        yield made


def pages(app: Flask, stage: Stage, *, of_operators: bool = False) -> list[str]:
    """Return the address of every page that the stage fills in: those of operators, or all others."""

    def is_page(rule: Rule) -> bool:
        is_asked_for = rule.rule.startswith("/operator") == of_operators
        return is_asked_for and "GET" in (rule.methods or ()) and not rule.rule.endswith(NO_PAGES)

    rules = [rule for rule in app.url_map.iter_rules() if is_page(rule)]
    return sorted(stage.path_of(rule) for rule in rules if rule.endpoint not in NOT_WALKED)


@pytest.fixture(scope="module")
def checked() -> set[str]:
    """The elements of every page that axe has checked, so that it checks none twice."""
    return set()


def faults(page: Page, address: str, refused: list[str], checked: set[str]) -> list[str]:
    """Open a page and return what is wrong with it. Refusals look all the same; visitors walk over two."""
    answer = page.goto(address)
    if answer and answer.status >= 400 and address not in FOR_VISITORS:
        refused.append(address)
        return []
    found = [f"{name} stands {count} times" for name, count in Counter(page.evaluate(IDS)).items() if count > 1]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("it is wider than the window")
    elements = page.evaluate(ELEMENTS)
    if elements not in checked:
        violations = Axe().run(page, options=VIOLATIONS_ALONE).response["violations"]
        found += [f"{each['id']}: {each['nodes'][0]['target']}" for each in violations]
        checked.add(elements)
    return [f"{address}: {fault}" for fault in found]


@pytest.mark.parametrize("who", ["organiser", "target"])
def test_every_page_fits_a_phone_and_is_accessible(
    app: Flask, stage: Stage, open_as: OpenAs, checked: set[str], who: str
) -> None:
    page, walked = open_as(stage.runners[who]), pages(app, stage)
    refused: list[str] = []
    assert {f"/g/{stage.group.slug}/log", "/account/held", "/groups", f"/groups/{stage.group.slug}"} <= set(walked)
    assert [fault for address in walked for fault in faults(page, address, refused, checked)] == []
    if who == "organiser":  # what only the runner themselves sees, and a code that is none
        last = {address.rpartition("/c/")[2].partition("/")[2].split("/")[0] for address in refused}
        assert last == {"my-runs", "r", "pledges", "there"}


def test_pages_of_operators_fit_a_phone_and_are_accessible(
    app: Flask, stage: Stage, open_as: OpenAs, checked: set[str]
) -> None:
    page, walked = open_as(stage.runners["operator"]), pages(app, stage, of_operators=True)
    assert {"/operator", "/operator/groups", "/operator/organisers"} <= set(walked)
    refused: list[str] = []
    assert [fault for address in walked for fault in faults(page, address, refused, checked)] == []
    assert refused == []


def test_pages_for_visitors_fit_a_phone_and_are_accessible(stage: Stage, open_as: OpenAs, checked: set[str]) -> None:
    page = open_as(stage.runners["target"])
    page.context.clear_cookies()
    walked = (*FOR_VISITORS, f"/join/{invite_of(stage.group)}", "/groups")
    refused: list[str] = []
    assert [fault for address in walked for fault in faults(page, address, refused, checked)] == []
    assert refused == []
