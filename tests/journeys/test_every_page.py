"""Every page in a real browser, on a phone: nothing is cut off, every id is there once, and axe finds nothing."""

from collections import Counter
from collections.abc import Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from werkzeug.routing import Rule

from tests.journeys.conftest import OpenAs
from tests.support.builders import NOON, invite_of
from tests.support.cast import run_jobs
from tests.support.disputes import Dispute
from webapp.db import db
from webapp.models.accounts import ErasureReceipt

IDS = "[...document.querySelectorAll('[id]')].map(element => element.id)"
# Without an account; the last two are refusals.
FOR_VISITORS = ("/", "/connect", "/waiting", "/trial", "/receipt/kept", "/nothing-here", "/trial/be")
# Answers that are no pages.
NO_PAGES = (".json", ".zip", "/part", "/reading", "/picks", "/favicon.ico", "/robots.txt", "/healthz", "/metrics")


@pytest.fixture
def dispute(app: Flask) -> Dispute:
    """Mia's run waits for a decision, and somebody else has left with a receipt."""
    made = Dispute(app, teams=("Reds", "Blues"))
    made.ask()
    counts = {"runs": 1204, "days": 312}
    receipt = ErasureReceipt(code="kept", erased_at=NOON, revoked_at_strava=False, counts=counts)
    db.session.add(receipt)
    db.session.commit()
    run_jobs(app)
    return made


def pages(app: Flask, known: Mapping[str, object]) -> list[str]:
    """Return the address of every page that these values fill in."""
    adapter = app.url_map.bind("localhost")

    def is_page(rule: Rule) -> bool:
        fits = rule.arguments <= known.keys() and "GET" in (rule.methods or ())
        return fits and not rule.rule.endswith(NO_PAGES)

    rules = [rule for rule in app.url_map.iter_rules() if is_page(rule)]
    return sorted(adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments}) for rule in rules)


def faults(page: Page, address: str) -> list[str]:
    """Open a page and return what is wrong with it. Refusals look all the same; visitors walk over two."""
    answer = page.goto(address)
    if answer and answer.status >= 400 and address not in FOR_VISITORS:
        return []
    found = [f"{name} stands {count} times" for name, count in Counter(page.evaluate(IDS)).items() if count > 1]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("it is wider than the window")
    seen = Axe().run(page)
    found += [f"{each['id']}: {each['nodes'][0]['target']}" for each in seen.response["violations"]]
    return [f"{address}: {fault}" for fault in found]


@pytest.mark.parametrize("who", ["organiser", "member"])
def test_every_page_fits_a_phone_and_is_accessible(app: Flask, dispute: Dispute, open_as: OpenAs, who: str) -> None:
    asked = dispute.cast.runners["member"].id
    known = {
        "slug": dispute.group.slug,
        "invite": invite_of(dispute.group),
        "preset_key": "distance",
        "challenge_id": dispute.challenge.id,
        "team_id": dispute.challenge.teams[0].id,
        "entry_id": dispute.entry.id,
        "runner_id": asked,
        "run_id": dispute.run_id(),
        "review_id": dispute.review(1).id,
    }
    page = open_as(dispute.olga if who == "organiser" else dispute.mia)
    walked = pages(app, known)
    assert f"/g/{dispute.group.slug}/log" in walked and "/account/held" in walked
    assert [fault for address in walked for fault in faults(page, address)] == []


def test_pages_for_visitors_fit_a_phone_and_are_accessible(dispute: Dispute, open_as: OpenAs) -> None:
    page = open_as(dispute.mia)
    page.context.clear_cookies()
    walked = (*FOR_VISITORS, f"/join/{invite_of(dispute.group)}")
    assert [fault for address in walked for fault in faults(page, address)] == []
