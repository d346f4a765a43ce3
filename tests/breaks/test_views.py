"""Taking a break: the page, and what it answers to dates that make no sense."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from tests.support.board_pages import sign_in
from tests.support.boards import NOON, TODAY
from tests.support.builders import make_group, make_member, make_runner
from tests.support.html import attribute, shown
from webapp.breaks.rules import CALLED_OFF, REASONS, WELCOME, WISHES
from webapp.db import db
from webapp.extensions import clock
from webapp.models.breaks import RunnerBreak
from webapp.models.words import BreakReason

PAGE = "/account/break"


@pytest.fixture
def runner_id(client: FlaskClient) -> int:
    clock().set(now=NOON)
    runner = make_runner("Ana Ruiz")
    make_member(make_group(), runner)
    db.session.commit()
    sign_in(client, runner.id)
    return runner.id


def save(client: FlaskClient, starts_on: str, ends_on: str = "", **more: str) -> str:
    fields = {"starts_on": starts_on, "ends_on": ends_on, **more}
    answer = client.post(PAGE, data=fields, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def stored() -> list[tuple[object, ...]]:
    db.session.rollback()
    columns = (RunnerBreak.starts_on, RunnerBreak.ends_on, RunnerBreak.is_marked)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(RunnerBreak.starts_on))]


def test_a_break_is_taken_changed_and_ended(client: FlaskClient, runner_id: int) -> None:
    assert 'value="2026-11-12"' in client.get(PAGE).text
    page = save(client, "2026-11-10", is_marked="y")
    assert "You are on a break until you end it." in shown(page)
    assert stored() == [(date(2026, 11, 10), None, True)]
    assert "until Fri 20 Nov" in shown(save(client, "2026-11-10", "2026-11-20"))
    assert stored() == [(date(2026, 11, 10), date(2026, 11, 20), False)]
    assert "Good to have you back." in client.post(f"{PAGE}/end", follow_redirects=True).text
    assert stored() == [(date(2026, 11, 10), date(2026, 11, 11), False)]
    assert "You are not on a break." in client.post(f"{PAGE}/end", follow_redirects=True).text


def test_a_break_to_come_and_one_of_today_are_called_off_without_a_trace(client: FlaskClient, runner_id: int) -> None:
    for first in ("2026-12-24", "2026-11-12"):
        save(client, first)
        client.post(f"{PAGE}/end")
        assert stored() == []


@pytest.mark.parametrize("reason", list(BreakReason))
def test_one_tap_begins_a_break_today_and_only_its_runner_reads_why(
    client: FlaskClient, runner_id: int, reason: BreakReason
) -> None:
    for _ in range(2):
        page = client.post(f"{PAGE}/begin", data={"reason": reason.value}, follow_redirects=True)
        assert WISHES[reason] in shown(page.text) and "You are on a break until you end it." in shown(page.text)
    assert stored() == [(TODAY, None, False)]
    assert attribute(page.text, ".reason[aria-pressed]", "value") == reason.value
    sealed = db.session.execute(text("SELECT reason FROM runner_break")).scalar_one()
    assert reason.value not in sealed
    assert reason.value in client.get("/account/export.json").text
    home = client.get("/home").text
    assert "You are on a break" in shown(home) and REASONS[reason].lower() not in shown(home, ".notice").lower()


def test_another_tap_changes_the_reason_alone_and_begins_what_was_planned(client: FlaskClient, runner_id: int) -> None:
    save(client, "2026-11-20", "2026-11-30", is_marked="y")
    client.post(f"{PAGE}/begin", data={"reason": "away"})
    assert stored() == [(TODAY, date(2026, 11, 30), True)]
    save(client, "2026-11-10", "2026-11-30", reason="ill")
    client.post(f"{PAGE}/begin", data={"reason": "injured"})
    assert stored() == [(date(2026, 11, 10), date(2026, 11, 30), False)]
    assert db.session.scalars(select(RunnerBreak.reason)).one() == "injured"
    save(client, "2026-11-10", reason="")
    assert db.session.scalars(select(RunnerBreak.reason)).one() is None


@pytest.mark.parametrize("reason", ["", "lazy", "ill ", "\0"])
def test_a_tap_that_no_button_makes_is_refused(client: FlaskClient, runner_id: int, reason: str) -> None:
    assert client.post(f"{PAGE}/begin", data={"reason": reason}).status_code == 400
    assert "Not a valid choice." in save(client, "2026-11-12", reason=reason or "no") and stored() == []


def test_whoever_is_back_gets_a_warm_word_and_whoever_calls_off_a_plain_one(
    client: FlaskClient, runner_id: int
) -> None:
    client.post(f"{PAGE}/begin", data={"reason": "ill"})
    assert "I am back" in client.get("/home").text
    assert WELCOME in shown(client.post(f"{PAGE}/end", follow_redirects=True).text)
    save(client, "2026-12-24")
    assert CALLED_OFF in shown(client.post(f"{PAGE}/end", follow_redirects=True).text)
    assert "Take a break" in client.get("/home").text


def test_sending_the_form_twice_makes_one_break(client: FlaskClient, runner_id: int) -> None:
    for _ in range(2):
        save(client, "2026-11-12", "2026-11-20")
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "says"),
    [
        ("", "", "Please choose the first day."),
        ("2026-13-40", "", "Not a valid date value."),
        ("2026-11-12", "soon", "Not a valid date value."),
        ("2026-11-20", "2026-11-19", "A break cannot end before its first day."),
        ("2026-11-01", "2026-11-11", "That day is over."),
        ("2025-01-01", "", "Please choose a day within a year of today."),
        ("2027-12-31", "", "Please choose a day within a year of today."),
        ("2026-11-12", "2027-12-31", "Please choose a day within a year of today, or leave it empty."),
    ],
)
def test_dates_that_make_no_sense_are_answered_at_the_field(
    client: FlaskClient, runner_id: int, starts_on: str, ends_on: str, says: str
) -> None:
    page = save(client, starts_on, ends_on, is_marked="y")
    assert says in shown(page) and "checked" in page and f'value="{ends_on}"' in page
    assert stored() == []


def test_a_break_overlaps_no_earlier_one_until_that_is_deleted(client: FlaskClient, runner_id: int) -> None:
    past = RunnerBreak(runner_id=runner_id, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 8))
    db.session.add(past)
    db.session.commit()
    break_id = past.id
    page = shown(save(client, "2026-11-08"))
    assert "You were on a break from Sun 1 Nov to Sun 8 Nov. Please choose a day after it." in page
    assert len(stored()) == 1
    client.post(f"{PAGE}/{break_id}/forget")
    assert "You are on a break" in shown(save(client, "2026-11-08"))
    assert client.post(f"{PAGE}/{break_id}/forget").status_code == 404


def test_nobody_deletes_the_break_of_another(client: FlaskClient, runner_id: int) -> None:
    other = RunnerBreak(runner_id=make_runner("Ben Ode").id, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 8))
    db.session.add(other)
    db.session.commit()
    assert client.post(f"{PAGE}/{other.id}/forget").status_code == 404
    assert len(stored()) == 1


def test_the_day_is_that_of_the_earliest_group(client: FlaskClient, app: Flask, runner_id: int) -> None:
    runner = make_runner("Ben Ode")
    for zone in ("Pacific/Honolulu", "Asia/Tokyo"):
        make_member(make_group(zone, tz=zone), runner)
    db.session.commit()
    clock().set(now=NOON.replace(hour=2))
    sign_in(client, runner.id)
    save(client, "2026-11-01")
    client.post(f"{PAGE}/end")
    assert stored() == [(date(2026, 11, 1), date(2026, 11, 10), False)]  # 11 November has begun everywhere
    assert date(2026, 11, 12) == TODAY
