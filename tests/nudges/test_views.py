"""The pages of buddies, of messages, of call-outs, and of being missing."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.browser import Browser, words
from tests.support.builders import NOON, make_connection
from tests.support.cast import Cast, make_cast
from tests.support.consents import choose
from tests.support.ledgers import days_before, ran_on
from webapp.buddies import service as buddies
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.groups.queries import consent_of, membership_of
from webapp.privacy.queries import switched_on
from webapp.privacy.switch_rules import NUDGES

TODAY = NOON.date()


@pytest.fixture
def cast(app: Flask) -> Cast:
    clock().set(now=NOON)
    return make_cast(app)


def after(browser: Browser, path: str, form: dict[str, str] | None = None) -> str:
    """Return the page to which an act leads, in words."""
    answer = browser.post(path, form or {})
    assert answer.status_code == 302, answer.text
    return words(browser.get(answer.headers["Location"]))


def go_quiet(cast: Cast) -> None:
    """Let Mia, who wants to be missed and written to, be quiet around here."""
    mia = cast.runners["member"]
    make_connection(mia)
    ran_on(mia.id, days_before(TODAY, *range(20, 30)))
    for one in ("member", "organiser"):
        mine = membership_of(cast.group.id, cast.runners[one].id)
        assert mine
        mine.joined_at = NOON - timedelta(days=100)
    db.session.commit()
    choose(cast.group.id, mia.id, missing=True, nudges=True)


def be_buddies(cast: Cast) -> None:
    with write_transaction():
        one, other = (cast.runners[who].id for who in ("member", "organiser"))
        buddies.ask(cast.group.id, one, other, NOON)
        buddies.accept(cast.group.id, other, one, NOON)


def test_strangers_find_none_of_these_pages(cast: Cast) -> None:
    for page in ("buddies", "nudges", "call-outs", "missing"):
        assert cast.statuses(f"{cast.home}/{page}") == [200, 200, 404, 302], page


def test_a_captain_reads_who_is_missing_edits_a_draft_and_sends_it(cast: Cast) -> None:
    go_quiet(cast)
    captain, mia = cast.browsers["organiser"], cast.browsers["member"]
    page = words(captain.get(f"{cast.home}/missing"))
    assert "We see less of Mia than usual." in page
    assert "Who is missing" not in words(mia.get(f"{cast.home}/missing"))
    to = cast.runners["member"].id
    assert "Hi Mia, how are you?" in words(captain.get(f"{cast.home}/nudges/to/{to}"))
    assert "coffee" in words(captain.get(f"{cast.home}/nudges/to/{to}?draft=1")).split("Other drafts")[0]
    answer = after(captain, f"{cast.home}/nudges", {"to": str(to), "text": "Come along on Saturday!"})
    assert "Sent to Mia Meyer." in answer and "sent" in answer
    assert "Write" not in words(captain.get(f"{cast.home}/missing")).split("Who is missing")[1].split("They chose")[0]
    inbox = words(mia.get(f"{cast.home}/nudges"))
    assert "Come along on Saturday!" in inbox and "Olga Orlova" in inbox and "Thank you" in inbox


def test_thanks_and_switching_off_are_one_tap_each(cast: Cast) -> None:
    go_quiet(cast)
    to, captain, mia = cast.runners["member"].id, cast.browsers["organiser"], cast.browsers["member"]
    captain.post(f"{cast.home}/nudges", {"to": str(to), "text": "Hello"})
    mia.post(f"{cast.home}/nudges/1/thanks")
    assert "says thanks" in words(captain.get(f"{cast.home}/nudges"))
    mia.post(f"{cast.home}/me/switches/nudges")
    db.session.rollback()
    assert not switched_on(NUDGES, consent_of(cast.group.id, to))
    clock().set(now=NOON + timedelta(days=20))
    assert captain.get(f"{cast.home}/nudges/to/{to}").status_code == 409
    mia.post(f"{cast.home}/me/switches/nudges", {"on": "1"})
    assert captain.get(f"{cast.home}/nudges/to/{to}").status_code == 200


WRONG = [("", "Write a few words first."), ("x" * 301, "At most 300 characters fit.")]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_message_that_cannot_be_sent_comes_back_with_its_words(cast: Cast, text: str, says: str) -> None:
    go_quiet(cast)
    sent = {"to": str(cast.runners["member"].id), "text": text}
    answer = cast.browsers["organiser"].post(f"{cast.home}/nudges", sent)
    assert says in words(answer) and text in answer.text
    assert "You wrote" not in words(cast.browsers["organiser"].get(f"{cast.home}/nudges"))


def test_a_member_who_has_not_read_the_new_text_reads_it_before_switching_on(cast: Cast) -> None:
    consent = consent_of(cast.group.id, cast.runners["member"].id)
    assert consent
    consent.text_version = "2026-11-30c"
    db.session.commit()
    page = after(cast.browsers["member"], f"{cast.home}/me/switches/missing", {"on": "1"})
    assert "Please read what has changed" in page
    assert cast.browsers["member"].post(f"{cast.home}/me/switches/longest", {"on": "1"}).status_code == 404


def test_buddies_find_each_other_see_their_weeks_and_end_it(cast: Cast) -> None:
    mia, olga = cast.browsers["member"], cast.browsers["organiser"]
    ids = {who: runner.id for who, runner in cast.runners.items()}
    ran_on(ids["organiser"], days_before(TODAY, 0, 1), 6000)
    assert "Olga Orlova" in words(mia.get(f"{cast.home}/buddies?q=olga"))
    assert "You asked" in after(mia, f"{cast.home}/buddies/{ids['organiser']}/ask")
    assert "<b>Mia Meyer</b> asks to be your buddy." in words(olga.get(f"{cast.home}/buddies"))
    olga.post(f"{cast.home}/buddies/{ids['member']}/accept")
    page = words(mia.get(f"{cast.home}/buddies"))
    assert "12.0 km" in page and "Run together?" in page
    answer = mia.post(f"{cast.home}/buddies/{ids['organiser']}/together", {"on": "2026-11-14"})
    assert answer.status_code == 302
    assert "Shall we run together on Saturday, 14 November?" in words(mia.get(f"{cast.home}/nudges"))
    assert "Yes, let’s go" in words(olga.get(f"{cast.home}/nudges"))
    mia.post(f"{cast.home}/buddies/{ids['organiser']}/end")
    assert "12.0 km" not in words(mia.get(f"{cast.home}/buddies"))


@pytest.mark.parametrize("on", ["", "tomorrow", "2026-02-30", "2026-11-30"])
def test_a_day_that_no_button_offers_is_refused(cast: Cast, on: str) -> None:
    be_buddies(cast)
    path = f"{cast.home}/buddies/{cast.runners['organiser'].id}/together"
    assert cast.browsers["member"].post(path, {"on": on}).status_code in (400, 404)


def test_whoever_switches_call_outs_on_finds_those_who_did(cast: Cast) -> None:
    mia, olga = cast.browsers["member"], cast.browsers["organiser"]
    mia.post(f"{cast.home}/me/switches/call_outs", {"on": "1"})
    assert "Nobody else yet" in words(mia.get(f"{cast.home}/call-outs"))
    assert "Mia Meyer" not in words(olga.get(f"{cast.home}/call-outs"))
    olga.post(f"{cast.home}/me/switches/call_outs", {"on": "1"})
    path = f"{cast.home}/call-outs/{cast.runners['member'].id}"
    assert "Shoes on?" in after(olga, path, {"words": "0"})
    assert olga.post(path, {"words": "0"}).status_code == 409
    assert olga.post(path, {"words": "99"}).status_code == 400
    assert "I am up" in words(mia.get(f"{cast.home}/nudges"))


def test_a_member_says_when_they_are_missing_and_who_reads_it(cast: Cast) -> None:
    go_quiet(cast)
    be_buddies(cast)
    mia, buddy = cast.browsers["member"], str(cast.runners["organiser"].id)
    page = words(mia.get(f"{cast.home}/missing"))
    assert "They read this now: “We see less of Mia than usual.”" in page
    answer = words(mia.post(f"{cast.home}/missing", {"silent_days": "2", "captains_see": "y"}))
    assert "Please choose 3 to 60 days." in answer
    answer = after(mia, f"{cast.home}/missing", {"silent_days": "10", "watchers": buddy})
    assert "Saved." in answer and "They read this now: “It has been quiet around Mia lately.”" in answer
    assert "It has been quiet around Mia" in words(cast.browsers["organiser"].get(f"{cast.home}/missing"))
    mia.post(f"{cast.home}/missing", {"silent_days": ""})
    assert "Nothing, because you chose no reason below." in words(mia.get(f"{cast.home}/missing"))
