"""The feed: what is in it, for how long, and what a calendar program gets that reads it again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.calendars import TOKEN, answered, calendar_feed, day, events_of, moment, read_back, value
from tests.support.group_runs import group_run, pace_group
from webapp.accounts.service import erase_runner
from webapp.db import db
from webapp.extensions import clock, limiter
from webapp.group_runs import service as group_runs
from webapp.group_runs.rules import RunPlan
from webapp.memberships import service as memberships
from webapp.models.accounts import Runner
from webapp.models.breaks import RunnerBreak
from webapp.models.calendar_feeds import CalendarFeed
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import BreakReason, RsvpAnswer

TODAY = NOON.date()


@pytest.fixture
def limits() -> Iterator[None]:
    limiter.enabled = True
    yield
    limiter.enabled = False


@pytest.fixture
def runner(app: Flask) -> Runner:
    clock().set(now=NOON)
    return make_runner("Ana Ruiz")


@pytest.fixture
def group(runner: Runner) -> Group:
    group = make_group(tz="Europe/Berlin")
    make_member(group, runner)
    make_member(group, make_runner("Ben Oduya"), role="organiser")
    db.session.commit()
    return group


def read(client: FlaskClient, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/calendar; charset=utf-8"
    return bytes(answer.data)


def titles(client: FlaskClient, path: str) -> list[str]:
    return [value(event, "SUMMARY") for event in events_of(read(client, path))]


@pytest.mark.parametrize(
    ("answer", "title", "status", "transparency"),
    [
        (RsvpAnswer.IN, "Tuesday run", "CONFIRMED", "OPAQUE"),
        (RsvpAnswer.MAYBE, "Maybe: Tuesday run", "TENTATIVE", "TRANSPARENT"),
        (RsvpAnswer.WAITING, "Waiting list: Tuesday run", "TENTATIVE", "TRANSPARENT"),
    ],
)
def test_a_run_stands_in_it_by_its_answer(
    client: FlaskClient, runner: Runner, group: Group, answer: RsvpAnswer, title: str, status: str, transparency: str
) -> None:
    run = group_run(group)
    answered(run, runner, answer)
    [event] = events_of(read(client, calendar_feed(runner)))
    assert [value(event, name) for name in ("SUMMARY", "STATUS", "TRANSP")] == [title, status, transparency]
    assert value(event, "UID") == run.uid and moment(event) == run.starts_at


def test_no_run_that_one_said_no_to_or_has_not_answered_is_in_it(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    answered(group_run(group), runner, RsvpAnswer.OUT)
    group_run(group)
    assert titles(client, calendar_feed(runner)) == []


def test_who_wants_it_sees_unanswered_runs_until_they_begin_and_on_no_day_of_a_break(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    for days in (-1, 1, 3):
        group_run(group, TODAY + timedelta(days=days), title=f"In {days}")
    answered(group_run(group, TODAY + timedelta(days=2)), runner, RsvpAnswer.OUT)
    db.session.add(RunnerBreak(runner_id=runner.id, starts_on=TODAY + timedelta(days=3), reason=BreakReason.INJURED))
    path = calendar_feed(runner, shows_unanswered=True)
    assert titles(client, path) == ["Coming? In 1"] and b"injured" not in read(client, path)


def test_it_reaches_from_a_month_back_to_eight_weeks_ahead(client: FlaskClient, runner: Runner, group: Group) -> None:
    for days in (-33, -30, 55, 57):
        answered(group_run(group, TODAY + timedelta(days=days), title=f"Day {days}"), runner)
    assert titles(client, calendar_feed(runner)) == ["Day -30", "Day 55"]


def test_a_runner_reads_what_to_know_on_the_way_and_no_name_of_another_member(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    other = make_runner("Zoltan Quist")
    make_member(group, other)
    words: dict[str, Any] = {
        "purpose": "Easy miles",
        "rain_plan": "Under the bridge",
        "meeting_url": "https://map.example/1",
    }
    run = group_run(group, **words, route_url="https://route.example/2", created_by_id=other.id)
    steady = pace_group(run, slow_s_per_km=360, fast_s_per_km=330, distance_m=8000, leader_id=other.id)
    answered(run, runner, pace_group_id=steady.id, note="My knee hurts")
    answered(run, other, note="Zoltan is in")
    ics = read(client, calendar_feed(runner))
    [event] = events_of(ics)
    assert value(event, "DESCRIPTION").split("\n") == [
        "Morning Milers",
        "You are in.",
        "Why: Easy miles",
        "Pace group: Steady, 5:30 to 6:00 /km, 8.0 km",
        "Where: The fountain https://map.example/1",
        "Route: https://route.example/2",
        "If it rains: Under the bridge",
        f"The run: {value(event, 'URL')}",
    ]
    assert value(event, "LOCATION") == "The fountain"
    assert value(event, "URL").endswith(f"/g/{group.slug}/runs/{run.id}")
    for hidden in (b"Zoltan", b"knee", b"Ana", b"ATTENDEE", b"ORGANIZER"):
        assert hidden not in ics


def test_a_cancelled_run_stays_as_cancelled_without_the_reason(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    run = group_run(group)
    answered(run, runner)
    path = calendar_feed(runner)
    group_runs.cancel_run(run.id, "Ben is ill", None, NOON + timedelta(hours=1))
    db.session.commit()
    ics = read(client, path)
    [event] = events_of(ics)
    assert [value(event, name) for name in ("SUMMARY", "STATUS")] == ["Cancelled: Tuesday run", "CANCELLED"]
    assert value(event, "SEQUENCE") == "1" and b"Ben" not in ics
    clock().set(now=run.starts_at + timedelta(days=30))
    assert titles(client, path) == ["Cancelled: Tuesday run"]
    clock().set(now=run.starts_at + timedelta(days=32))
    assert titles(client, path) == []


def test_a_run_that_moved_keeps_its_name_counts_up_and_asks_again(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    run = group_run(group)
    answered(run, runner)
    path = calendar_feed(runner)
    [before] = events_of(read(client, path))
    later = RunPlan("Tuesday run", 19 * 60, "Europe/Berlin", "The fountain")
    group_runs.change_run(run.id, later, run.on_date, None, NOON + timedelta(minutes=5))
    db.session.commit()
    [after] = events_of(read(client, path))
    assert value(before, "UID") == value(after, "UID") == run.uid
    assert (value(before, "SEQUENCE"), value(after, "SEQUENCE")) == ("0", "1")
    assert moment(after) == moment(before) + timedelta(minutes=30)
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        assert (moment(before, name), moment(after, name)) == (NOON, NOON + timedelta(minutes=5))
    assert [value(after, name) for name in ("SUMMARY", "STATUS")] == ["Confirm: Tuesday run", "TENTATIVE"]
    db.session.query(Rsvp).update({"answered_at": NOON + timedelta(minutes=6)})
    db.session.commit()
    assert titles(client, path) == ["Tuesday run"]


def test_a_runner_who_travels_reads_each_run_on_the_clock_of_its_place(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    kathmandu = make_group("Valley Runners", tz="Asia/Kathmandu")
    make_member(kathmandu, runner)
    for one in (group, kathmandu):
        answered(group_run(one, date(2026, 11, 14), title=one.tz), runner)
    read_times = {value(one, "SUMMARY"): one for one in events_of(read(client, calendar_feed(runner)))}
    assert moment(read_times["Asia/Kathmandu"]) == datetime(2026, 11, 14, 12, 45, tzinfo=UTC)
    assert moment(read_times["Europe/Berlin"]) == datetime(2026, 11, 14, 17, 30, tzinfo=UTC)
    assert {f"{value(one, 'DTSTART'):%H:%M}" for one in read_times.values()} == {"18:30"}


def test_the_last_days_of_my_challenges_are_in_it(client: FlaskClient, runner: Runner, group: Group) -> None:
    mine = make_challenge(group, name="November")
    make_entry(mine, runner)
    make_challenge(group, name="Of others")
    [event] = events_of(read(client, calendar_feed(runner)))
    assert value(event, "SUMMARY") == "Last day: November"
    assert (day(event), day(event, "DTEND")) == (mine.ends_on, mine.ends_on + timedelta(days=1))
    assert value(event, "URL").endswith(f"/g/{group.slug}/c/{mine.id}")


def test_leaving_a_group_takes_its_runs_and_challenges_out_at_once(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    answered(group_run(group), runner)
    make_entry(make_challenge(group), runner)
    other = make_group("Others")
    make_member(other, runner)
    answered(group_run(other, title="Of others"), runner)
    path = calendar_feed(runner)
    assert len(titles(client, path)) == 3
    memberships.leave(group.id, runner.id, NOON)
    db.session.commit()
    assert titles(client, path) == ["Of others"]


def test_whoever_erases_their_account_leaves_no_feed(client: FlaskClient, runner: Runner, group: Group) -> None:
    path = calendar_feed(runner)
    erase_runner(runner.id, NOON)
    db.session.commit()
    assert db.session.query(CalendarFeed).count() == 0
    assert client.get(path).status_code == 404


def test_a_program_that_knows_the_state_gets_304_until_something_changes(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    run = group_run(group)
    answer, path = answered(run, runner), calendar_feed(runner)
    first = client.get(path)
    known = {"If-None-Match": first.headers["ETag"]}
    again = client.get(path, headers=known)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    clock().set(now=NOON + timedelta(hours=5))
    assert client.get(path, headers=known).status_code == 304
    answer.answer = RsvpAnswer.MAYBE
    db.session.commit()
    changed = client.get(path, headers=known)
    assert changed.status_code == 200 and changed.headers["ETag"] != first.headers["ETag"]
    assert client.get(path).data == changed.data
    run.meeting_place = "The bridge"
    db.session.commit()
    assert client.get(path, headers={"If-None-Match": changed.headers["ETag"]}).status_code == 200


def test_it_hints_how_often_to_read_it_and_is_kept_by_nobody_on_the_way(
    client: FlaskClient, runner: Runner, group: Group
) -> None:
    path = calendar_feed(runner)
    answer = client.get(path)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in answer.data
    assert b"X-PUBLISHED-TTL:PT1H\r\n" in answer.data
    assert read_back(answer.data).contents["x-wr-calname"][0].value == "Chasepack"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    head = client.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])
    assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "k", TOKEN.upper(), "%00", "%F0%9F%8F%83", "a" * 5000])
def test_another_address_answers_as_one_at_which_there_never_was_anything(
    client: FlaskClient, runner: Runner, group: Group, token: str
) -> None:
    calendar_feed(runner)
    answer = client.get(f"/calendar/{token}.ics")
    assert answer.status_code == 404 and "Nothing here" in answer.text


@pytest.mark.usefixtures("limits")
def test_what_one_feed_is_read_is_limited_and_no_other_one_with_it(
    app: Flask, client: FlaskClient, runner: Runner, group: Group
) -> None:
    path = calendar_feed(runner)
    other = calendar_feed(make_runner("Cy Park"), "o" * 43)
    assert [client.get(path).status_code for _ in range(61)] == [200] * 60 + [429]
    assert client.get(other).status_code == 200


def test_a_run_of_long_ago_that_moved_to_today_is_in_it(client: FlaskClient, runner: Runner, group: Group) -> None:
    run: GroupRun = group_run(group, TODAY - timedelta(days=90))
    answered(run, runner)
    path = calendar_feed(runner)
    assert titles(client, path) == []
    run.on_date, run.starts_at = TODAY, NOON
    db.session.commit()
    assert titles(client, path) == ["Tuesday run"]
