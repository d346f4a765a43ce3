"""What waits for a member stands on their start page, and on nobody else's."""

from datetime import UTC, datetime

from flask import Flask

from tests.support.browser import signed_in
from tests.support.builders import NOON, make_runner
from tests.support.cast import Cast
from tests.support.disputes import TOO_FAST, Dispute
from tests.support.drafted import BEFORE, Draft
from tests.support.html import elements, text_of
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.join_requests import JoinRequest


def waiting(app: Flask, runner_id: int) -> list[tuple[str, str | None]]:
    """Return what the start page says that waits, and where it leads."""
    browser = signed_in(app, db.session.get_one(Runner, runner_id))
    links = elements(browser.get("/home").text, ".morning__waiting a")
    return [(text_of(link), link.attributes["href"]) for link in links]


def test_runs_wait_for_the_review_of_those_who_decide(app: Flask) -> None:
    dispute = Dispute(app)
    where = f"/g/{dispute.group.slug}/reviews"
    dispute.ask()
    assert waiting(app, dispute.olga.id) == [("A run waits for your review", where)]
    earlier = datetime(2026, 11, 10, 7, tzinfo=UTC)
    dispute.read("2", local_date=earlier.date(), start_utc=earlier, **TOO_FAST)
    dispute.ask("2")
    assert waiting(app, dispute.olga.id) == [("2 runs wait for your review", where)]
    assert waiting(app, dispute.mia.id) == []


def test_requests_to_join_wait_for_those_who_answer(app: Flask, cast: Cast) -> None:
    group, organiser, member = cast.group.id, cast.runners["organiser"].id, cast.runners["member"].id
    where = f"{cast.home}/requests"
    for count, says in ((1, "A runner asks to join"), (2, "2 runners ask to join")):
        db.session.add(JoinRequest(group_id=group, runner_id=make_runner(f"Newcomer {count}").id, asked_at=NOON))
        db.session.commit()
        assert waiting(app, organiser) == [(says, where)]
    assert waiting(app, member) == []


def test_a_turn_in_a_draft_waits_for_its_captain_until_the_pick(app: Flask) -> None:
    clock().set(now=BEFORE)
    draft = Draft(3)
    one, two = draft.captains
    mine = [("It is your turn to pick for November", f"/g/{draft.group.slug}/c/{draft.challenge.id}/draft")]
    assert (waiting(app, one), waiting(app, two)) == (mine, [])
    draft.pick(one, draft.others[0])
    assert (waiting(app, one), waiting(app, two)) == ([], mine)
    assert waiting(app, draft.others[1]) == []
