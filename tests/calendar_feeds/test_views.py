"""The page of the calendar: making it, replacing and revoking its address; and single runs as files."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.support.board_pages import sign_in
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.calendars import answered, calendar_feed, events_of, value
from tests.support.group_runs import group_run
from tests.support.html import attribute, shown
from webapp.db import db
from webapp.extensions import clock, limiter
from webapp.models.accounts import Runner
from webapp.models.calendar_feeds import CalendarFeed
from webapp.models.groups import Group
from webapp.models.words import RsvpAnswer

PAGE = "/account/calendar"


@pytest.fixture
def limits() -> Iterator[None]:
    limiter.enabled = True
    yield
    limiter.enabled = False


@pytest.fixture
def runner(client: FlaskClient) -> Runner:
    clock().set(now=NOON)
    runner = make_runner("Ana Ruiz")
    db.session.commit()
    sign_in(client, runner.id)
    return runner


@pytest.fixture
def group(runner: Runner) -> Group:
    group = make_group()
    make_member(group, runner)
    db.session.commit()
    return group


def address_on(page: str) -> str:
    found = attribute(page, "#copy-link", "value")
    assert found
    return "/" + found.split("/", 3)[3]


def test_a_calendar_is_made_read_replaced_and_switched_off(
    app: Flask, client: FlaskClient, runner: Runner, group: Group
) -> None:
    anonymous = app.test_client()
    assert "Make my calendar" in shown(client.get(PAGE).text)
    first = address_on(client.post(PAGE, follow_redirects=True).text)
    assert anonymous.get(first).status_code == 200
    assert address_on(client.post(PAGE, follow_redirects=True).text) == first
    second = address_on(client.post(f"{PAGE}/replace", follow_redirects=True).text)
    assert (anonymous.get(first).status_code, anonymous.get(second).status_code) == (404, 200)
    assert "Make my calendar" in shown(client.post(f"{PAGE}/revoke", follow_redirects=True).text)
    assert anonymous.get(second).status_code == 404
    assert "no calendar to replace" in shown(client.post(f"{PAGE}/replace", follow_redirects=True).text)
    assert db.session.query(CalendarFeed).count() == 0


def test_the_choice_of_what_is_in_it_is_kept(client: FlaskClient, runner: Runner, group: Group) -> None:
    group_run(group, title="Not answered")
    client.post(PAGE)
    path = address_on(client.get(PAGE).text)
    assert events_of(client.get(path).data) == []
    page = client.post(PAGE, data={"shows_unanswered": "y"}, follow_redirects=True).text
    assert "Saved." in shown(page) and attribute(page, "#shows_unanswered", "checked") is not None
    assert [value(one, "SUMMARY") for one in events_of(client.get(path).data)] == ["Coming? Not answered"]
    client.post(PAGE)
    assert events_of(client.get(path).data) == []


def test_the_page_shows_links_for_calendar_programs_and_a_code(client: FlaskClient, runner: Runner) -> None:
    page = client.post(PAGE, follow_redirects=True).text
    assert attribute(page, ".button--primary[href^='webcal://']", "href").endswith(address_on(page))
    assert "<svg" in page.split('aria-label="QR code of the secret address"')[1]
    for name in ("Google", "Apple", "Outlook"):
        assert name in shown(page)


@pytest.mark.both_databases
def test_the_address_is_stored_as_a_digest_and_sealed(client: FlaskClient, runner: Runner) -> None:
    token = address_on(client.post(PAGE, follow_redirects=True).text).split("/")[-1].removesuffix(".ics")
    stored = db.session.execute(text("SELECT * FROM calendar_feed")).one()
    assert token not in repr(stored) and len(token) == 43


def test_an_address_that_no_key_opens_still_works_and_can_be_replaced(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    path = calendar_feed(runner)
    db.session.execute(text("UPDATE calendar_feed SET token = 'sealed with a key that is gone'"))
    db.session.commit()
    assert "no longer show its address" in shown(client.get(PAGE).text)
    assert client.get(path).status_code == 200
    address_on(client.post(f"{PAGE}/replace", follow_redirects=True).text)


@pytest.mark.usefixtures("limits")
def test_no_log_holds_the_address(
    app: Flask, client: FlaskClient, runner: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        path = address_on(client.post(PAGE, follow_redirects=True).text)
        token = path.split("/")[-1].removesuffix(".ics")
        for _ in range(62):
            client.get(path)
        client.get(path.replace(".ics", "x.ics"))
    assert token not in caplog.text


def test_a_member_takes_one_run_along_as_a_file(client: FlaskClient, runner: Runner, group: Group) -> None:
    run = group_run(group, title="Long run")
    db.session.commit()
    path = f"/g/{group.slug}/runs/{run.id}.ics"
    answer = client.get(path)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="run-{run.on_date}.ics"'
    [event] = events_of(answer.data)
    assert [value(event, name) for name in ("SUMMARY", "STATUS", "UID")] == ["Coming? Long run", "TENTATIVE", run.uid]
    answered(run, runner)
    assert value(events_of(client.get(path).data)[0], "STATUS") == "CONFIRMED"
    db.session.execute(text("UPDATE rsvp SET answer = :answer"), {"answer": RsvpAnswer.OUT.value})
    db.session.commit()
    assert value(events_of(client.get(path).data)[0], "SUMMARY") == "Long run"


def test_nobody_else_gets_the_file(client: FlaskClient, runner: Runner, group: Group) -> None:
    others = make_group("Others")
    run = group_run(others)
    db.session.commit()
    for slug in (group.slug, others.slug, "nowhere"):
        assert client.get(f"/g/{slug}/runs/{run.id}.ics").status_code == 404
    assert client.get(f"/g/{group.slug}/runs/{2**31}.ics").status_code == 404
