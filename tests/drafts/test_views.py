"""The page on which captains pick, as a captain, the other captain and a member find it."""

import pytest
from flask import Flask

from tests.support.browser import Browser, signed_in, words
from tests.support.drafted import BEFORE, Draft
from tests.support.forms import form_with
from tests.support.reading import plain
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page
from webapp.models.accounts import Runner
from webapp.paging import Page


@pytest.fixture
def draft(app: Flask) -> Draft:
    clock().set(now=BEFORE)
    return Draft(3)


def browser_of(app: Flask, runner_id: int) -> Browser:
    return signed_in(app, db.session.get_one(Runner, runner_id))


def test_a_captain_takes_a_pick_back_until_the_other_one_picks(app: Flask, draft: Draft) -> None:
    page = f"/g/{draft.group.slug}/c/{draft.challenge.id}/draft"
    one, two, member = (browser_of(app, runner) for runner in (*draft.captains, draft.others[2]))
    a, b, _ = (draft.entries[runner] for runner in draft.others)
    assert "your turn (Team 1). Next: Team 2." in plain(one.get(page).text)
    one.post(page, {"number": "1", "entry": str(a)})
    for browser, may_undo in ((one, True), (two, False), (member, False)):
        shown = plain(browser.get(page).text)
        assert "Last pick: Runner 02 for Team 1." in shown
        assert ("Take it back" in shown) == may_undo
    filled = form_with(one.get(page).text, "number", "entry").filled
    last = {"number": filled["number"], "entry": filled["entry"]}
    assert two.post(f"{page}/undo", last).status_code == 409
    assert one.post(f"{page}/undo", last).headers["Location"] == page
    assert one.post(f"{page}/undo", last).status_code == 409
    assert "Last pick" not in plain(one.get(page).text)
    one.post(page, {"number": "1", "entry": str(b)})
    assert one.post(f"{page}/undo", last).status_code == 409, "the page of before is about another runner"
    two.post(page, {"number": "2", "entry": str(a)})
    refused = one.post(f"{page}/undo", {"number": "1", "entry": str(b)})
    assert refused.status_code == 409 and "Only the latest pick can be, by its captain" in words(refused)
    lines = [line.sentence for line in reversed(log_page(draft.group.id, Page(1, 9)))]
    assert lines[1] == "Runner 00 took back the pick of Runner 02 in November"
