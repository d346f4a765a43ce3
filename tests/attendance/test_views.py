"""Counting a run: what its leaders do and see, and what others see of who came."""

import json
from datetime import datetime

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.attendance import MINUTE, STARTS, Evening, key, make_evening, noted, press
from tests.support.browser import Browser, signed_in
from tests.support.builders import make_runner
from tests.support.consents import choose
from tests.support.html import elements, shown
from webapp.attendance.code_rules import RunnerKeys
from webapp.db import db
from webapp.extensions import clock, settings
from webapp.models.words import RunStatus

# What no phone of ours sends.
NOT_TAPS = (
    "", "[]", "{}", '{"taps": 5}', '{"taps": [5]}', "[" * 9999,
    '{"taps": [{"key": 1, "outcome": "came", "at": 1}]}',
    '{"taps": [{"key": "x", "outcome": "came", "at": 1e400}]}',
    '{"taps": [{"key": "x", "outcome": "came", "at": true}]}',
)  # fmt: skip


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


@pytest.fixture
def ana(app: Flask, evening: Evening) -> Browser:
    """The leader."""
    return signed_in(app, evening.runners["Ana"])


def send(
    browser: Browser, evening: Evening, *taps: tuple[str, str, datetime], sent_at: datetime | None = None
) -> TestResponse:
    """Send taps that a phone kept: each the name, the outcome and the moment."""
    kept = [{"key": key(evening, name), "outcome": said, "at": ms(at)} for name, said, at in taps]
    body = json.dumps({"sent_at": ms(sent_at or clock().now()), "taps": kept})
    return browser.post(f"{evening.address}/attendance", {"taps": body, "part": "1"})


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def test_the_leader_taps_who_is_there(ana: Browser, evening: Evening) -> None:
    page = ana.get(f"{evening.address}/attendance")
    listed = [row.text() for row in elements(page.text, ".tap__name")]
    assert listed == ["Ana Runner", "Ben Runner", "Caro Runner", "Dora Runner"]
    assert press(ana, evening, "Ben") == press(ana, evening, "Dora") == 303
    press(ana, evening, "Dora", "left_early")
    assert noted(evening) == {"Ben": ("came", "leader"), "Dora": ("left_early", "leader")}
    page = ana.get(f"{evening.address}/attendance")
    assert "The list says 4: 2 members and 2 guests, of whom 3 left early." in shown(page.text)
    press(ana, evening, "Dora", "nothing")
    assert noted(evening) == {"Ben": ("came", "leader")}


def test_the_list_of_a_phone_is_taken_once_and_by_when_it_was_tapped(ana: Browser, evening: Evening) -> None:
    clock().set(now=STARTS + 60 * MINUTE)
    taps = [("Ben", "came", STARTS), ("Caro", "came", STARTS), ("Ben", "left_early", STARTS + 20 * MINUTE)]
    for _ in range(2):
        answer = send(ana, evening, *taps)
        assert answer.status_code == 200 and "Ben Runner" in answer.text
        assert noted(evening) == {"Ben": ("left_early", "leader"), "Caro": ("came", "leader")}
    send(ana, evening, ("Caro", "not_seen", STARTS - MINUTE))
    assert noted(evening)["Caro"] == ("came", "leader")


def test_two_late_lists_become_one(app: Flask, ana: Browser, evening: Evening) -> None:
    olga = signed_in(app, evening.runners["Olga"])
    clock().set(now=STARTS + 60 * MINUTE)
    send(olga, evening, ("Ben", "came", STARTS + 5 * MINUTE), ("Caro", "not_seen", STARTS))
    send(ana, evening, ("Ben", "not_seen", STARTS), ("Caro", "came", STARTS + 5 * MINUTE))
    assert noted(evening) == {"Ben": ("came", "leader"), "Caro": ("came", "leader")}


def test_a_phone_whose_clock_is_fast_does_not_win_by_that(app: Flask, ana: Browser, evening: Evening) -> None:
    olga = signed_in(app, evening.runners["Olga"])
    clock().set(now=STARTS + 60 * MINUTE)
    a_day = 24 * 60 * MINUTE
    send(ana, evening, ("Ben", "not_seen", STARTS + a_day), sent_at=clock().now() + a_day)
    send(olga, evening, ("Ben", "came", STARTS + 5 * MINUTE))
    assert noted(evening) == {"Ben": ("came", "leader")}


def test_a_tap_about_somebody_outside_the_group_is_refused(app: Flask, ana: Browser, evening: Evening) -> None:
    keys = RunnerKeys(evening.run.id, settings().secret_key)
    outside = make_runner("Out Side").id
    body = {"tap": f"{keys.key_of(outside)} came"}
    assert "no longer in the group" in shown(
        ana.post(f"{evening.address}/attendance", body, follow_redirects=True).text
    )
    taps = [{"key": key_, "outcome": "came", "at": ms(STARTS)} for key_ in (keys.key_of(outside), "x")]
    answer = ana.post(f"{evening.address}/attendance", {"taps": json.dumps({"sent_at": ms(STARTS), "taps": taps})})
    assert "2 taps were about somebody who is no longer in the group" in shown(answer.text)
    assert noted(evening) == {}


@pytest.mark.parametrize("taps", NOT_TAPS)
def test_what_no_phone_of_ours_sends_is_refused(ana: Browser, evening: Evening, taps: str) -> None:
    assert ana.post(f"{evening.address}/attendance", {"taps": taps}).status_code == 400


def test_who_neither_leads_nor_plans_finds_no_list(app: Flask, evening: Evening) -> None:
    ben = signed_in(app, evening.runners["Ben"])
    for path in ("attendance", "attendance/part", "qr", "qr/part"):
        assert ben.get(f"{evening.address}/{path}").status_code == 404
    for path in ("attendance", "count", "close"):
        assert ben.post(f"{evening.address}/{path}").status_code == 404


def test_members_without_an_answer_are_found_by_name(ana: Browser, evening: Evening) -> None:
    found = ana.get(f"{evening.address}/attendance?q=eve")
    assert "Eve Runner" in shown(found.text)
    press(ana, evening, "Eve")
    assert noted(evening) == {"Eve": ("came", "leader")}
    assert "Eve Runner: already in the list above." in shown(ana.get(f"{evening.address}/attendance?q=eve").text)
    choose(evening.group.id, evening.id_of("Olga"), "hidden")
    assert "No member is shown by that name." in shown(ana.get(f"{evening.address}/attendance?q=olga").text)


def test_a_hidden_runner_has_a_row_and_neither_name_nor_number(ana: Browser, evening: Evening) -> None:
    choose(evening.group.id, evening.id_of("Ben"), "hidden")
    page = ana.get(f"{evening.address}/attendance")
    assert "A hidden runner" in page.text and "Ben Runner" not in page.text
    keys = [row.attributes["data-key"] for row in elements(page.text, ".tap")]
    assert key(evening, "Ben") in keys and str(evening.id_of("Ben")) not in keys
    press(ana, evening, "Ben")
    assert noted(evening) == {"Ben": ("came", "leader")}


def test_heads_are_counted_and_a_difference_is_said(ana: Browser, evening: Evening) -> None:
    for name in ("Ben", "Dora"):
        press(ana, evening, name)
    assert count_heads(ana, evening, "start", "4") == count_heads(ana, evening, "end", "3") == 303
    assert "One person is not accounted for." in shown(ana.get(f"{evening.address}/attendance").text)
    press(ana, evening, "Ben", "left_early")
    page = shown(ana.get(f"{evening.address}/attendance").text)
    assert "not accounted for" not in page and "Everybody is back." in page


def count_heads(browser: Browser, evening: Evening, when: str, heads: str) -> int:
    return browser.post(f"{evening.address}/count", {"when": when, "heads": heads}).status_code


@pytest.mark.parametrize("heads", ["", "many", "-1", "2001"])
def test_what_is_no_number_of_heads_is_said_beside_it(ana: Browser, evening: Evening, heads: str) -> None:
    answer = ana.post(f"{evening.address}/count", {"when": "end", "heads": heads})
    assert answer.status_code == 200
    (wrong,) = elements(answer.text, ".field__error")
    assert wrong.attributes["id"] == "heads-end-error"
    (typed,) = elements(answer.text, "#heads-end")
    assert (typed.attributes["value"] or "") == heads


def test_closing_notes_who_was_not_seen_and_nothing_else_does(ana: Browser, evening: Evening) -> None:
    press(ana, evening, "Ben")
    for _ in range(2):
        assert ana.post(f"{evening.address}/close").status_code == 303
        assert noted(evening) == {
            "Ben": ("came", "leader"), "Caro": ("not_seen", "leader"), "Dora": ("not_seen", "leader"),
        }  # fmt: skip
    # A tap that was made before and comes late counts more than closing.
    send(ana, evening, ("Dora", "came", STARTS - 5 * MINUTE))
    assert noted(evening)["Dora"] == ("came", "leader")


def test_before_and_long_after_the_run_nothing_is_noted(ana: Browser, evening: Evening) -> None:
    clock().set(now=STARTS - 13 * 60 * MINUTE)
    assert press(ana, evening, "Ben") == 409
    assert "You can do this from Thu 12 Nov, 06:30 on." in shown(ana.get(f"{evening.address}/attendance").text)
    clock().set(now=STARTS + 49 * 60 * MINUTE)
    assert press(ana, evening, "Ben") == ana.post(f"{evening.address}/close").status_code == 409
    assert count_heads(ana, evening, "end", "3") == 409
    page = ana.get(f"{evening.address}/attendance")
    assert "Now it stays as it is." in shown(page.text)
    assert all("disabled" in button.attributes for button in elements(page.text, ".tap__main"))
    assert noted(evening) == {}


def test_a_cancelled_run_is_not_counted(ana: Browser, evening: Evening) -> None:
    evening.run.status = RunStatus.CANCELLED
    db.session.commit()
    assert press(ana, evening, "Ben") == 409
    assert ana.post(f"{evening.address}/there").status_code == 409


def test_an_archived_group_counts_nothing(ana: Browser, evening: Evening) -> None:
    evening.group.archived_at = STARTS
    db.session.commit()
    assert ana.get(f"{evening.address}/attendance").status_code == 409
    assert ana.post(f"{evening.address}/there").status_code == 409
    assert noted(evening) == {}
