"""Planning, changing and cancelling runs on their pages, and leading their pace groups."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.browser import Browser, signed_in
from tests.support.builders import make_group, make_member, make_runner
from tests.support.group_runs import group_run, pace_group
from webapp.db import db
from webapp.extensions import clock
from webapp.group_runs.queries import pace_groups_of
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup, RunSeries
from webapp.models.groups import AuditLine, Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, RsvpAnswer, RunStatus


@pytest.fixture
def group(app: Flask) -> Group:
    return make_group("Milers", tz="Europe/Berlin")


def somebody(group: Group, name: str, role: str) -> Runner:
    runner = make_runner(name)
    make_member(group, runner, role=role)
    db.session.commit()
    return runner


@pytest.fixture
def captain(group: Group) -> Runner:
    return somebody(group, "Cap Tain", "captain")


@pytest.fixture
def page(app: Flask, captain: Runner) -> Browser:
    return signed_in(app, captain)


def in_days(days: int) -> date:
    return clock().today("Europe/Berlin") + timedelta(days=days)


def fields(**values: Any) -> dict[str, Any]:
    usual = {
        "title": "Tuesday run", "on_date": in_days(3).isoformat(), "at": "18:30", "meeting_place": "The fountain",
        "purpose": "Easy miles", "duration": "60", "tz": "Europe/Berlin", "min_distance": "5", "max_distance": "10",
        "pace_groups-0-name": "Steady", "pace_groups-0-slow": "6:30", "pace_groups-0-fast": "6:00",
        "pace_groups-0-distance": "8",
    }  # fmt: skip
    return usual | values


def only_run() -> GroupRun:
    return db.session.scalars(select(GroupRun).execution_options(populate_existing=True)).one()


def test_a_run_is_planned_in_one_short_form(page: Browser, group: Group, captain: Runner) -> None:
    assert page.get(f"/g/{group.slug}/runs/new").status_code == 200
    answer = page.post(f"/g/{group.slug}/runs/new", fields(**{"pace_groups-1-name": "Fast"}))
    run = only_run()
    assert answer.status_code == 302 and answer.location.endswith(f"/g/{group.slug}/runs/{run.id}")
    assert (run.title, run.local_minutes, run.min_distance_m, run.max_distance_m) == ("Tuesday run", 1110, 5000, 10_000)
    steady, fast = pace_groups_of([run.id])[run.id]
    assert (steady.slow_s_per_km, steady.fast_s_per_km, steady.distance_m, steady.leader_id) == (390, 360, 8000, None)
    assert fast.name == "Fast"
    assert db.session.scalars(select(AuditLine.action)).all() == ["run_planned"]


def test_the_same_form_sent_twice_plans_one_run(page: Browser, group: Group) -> None:
    for _ in range(2):
        page.post(f"/g/{group.slug}/runs/new", fields())
    assert only_run()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("title", "", "What is it called?"),
        ("at", "25:99", "Please give a time of day"),
        ("on_date", "soon", "Please give a date."),
        ("on_date", "2020-01-01", "Please choose today or a later day"),
        ("meeting_url", "javascript:alert(1)", "a link that begins with https://"),
        ("route_url", "https://user:secret@example.org/", "a link that begins with https://"),
        ("max_distance", "3", "shorter than the shortest"),
        ("min_distance", "far", "A number of km"),
        ("max_runners", "0", "Between 1 and"),
        ("tz", "Mars/Base", "Please choose one from the list."),
        ("pace_groups-0-slow", "5:00", "slowest pace is faster"),
        ("pace_groups-0-fast", "quick", "Minutes and seconds"),
        ("pace_groups-0-name", "", "What is this pace group called?"),
        ("pace_groups-1-name", "steady", "Two pace groups have the same name."),
        ("pace_groups-0-leader", "999", "Not a valid choice"),
    ],
)
def test_bad_input_is_answered_beside_its_field_and_nothing_is_lost(
    page: Browser, group: Group, name: str, value: str, said: str
) -> None:
    answer = page.post(f"/g/{group.slug}/runs/new", fields(rain_plan="Under the bridge", **{name: value}))
    assert answer.status_code == 200 and said in answer.text
    assert "Under the bridge" in answer.text
    assert db.session.scalars(select(GroupRun)).all() == []


def test_a_run_planned_again_after_it_was_cancelled_is_another_one(page: Browser, group: Group) -> None:
    page.post(f"/g/{group.slug}/runs/new", fields())
    page.post(f"/g/{group.slug}/runs/{only_run().id}/cancel", {"reason": "Storm"})
    page.post(f"/g/{group.slug}/runs/new", fields())
    found = db.session.scalars(select(GroupRun.status).order_by(GroupRun.id)).all()
    assert found == [RunStatus.CANCELLED, RunStatus.PLANNED]


@pytest.mark.parametrize(
    "odd",
    [
        {"pace_groups-0-id": "²"},
        {"on_date": "0001-01-01", "at": "00:10", "tz": "Asia/Kathmandu"},
        {"on_date": "9999-12-31", "at": "23:30", "tz": "America/New_York"},
    ],
)
@pytest.mark.parametrize("form", ["runs", "run-series"])
def test_odd_ids_and_the_ends_of_the_calendar_are_no_error(
    page: Browser, group: Group, form: str, odd: dict[str, str]
) -> None:
    answer = page.post(f"/g/{group.slug}/{form}/new", fields(**odd))
    assert answer.status_code in (200, 302)


def test_last_weeks_run_is_posted_again_by_one_tap(page: Browser, group: Group, captain: Runner) -> None:
    run = group_run(group, in_days(-5), max_distance_m=9000)
    pace_group(run, leader_id=captain.id, distance_m=9000)
    db.session.commit()
    page.post(f"/g/{group.slug}/runs/{run.id}/again")
    made = db.session.scalars(select(GroupRun).where(GroupRun.id != run.id)).one()
    assert made.on_date == in_days(2) and made.max_distance_m == 9000
    assert [one.leader_id for one in pace_groups_of([made.id])[made.id]] == [captain.id]
    form = page.get(f"/g/{group.slug}/runs/new?like={run.id}").text
    assert run.title in form and in_days(2).isoformat() in form


def test_a_run_that_moves_tells_and_asks_again(page: Browser, group: Group) -> None:
    page.post(f"/g/{group.slug}/runs/new", fields())
    run = only_run()
    db.session.add(Rsvp(run_id=run.id, runner_id=make_runner().id, answer=RsvpAnswer.IN, answered_at=clock().now()))
    [steady] = pace_groups_of([run.id])[run.id]
    db.session.commit()
    shown = page.get(f"/g/{group.slug}/runs/{run.id}/edit").text
    assert 'value="6:30"' in shown and f'value="{steady.id}"' in shown
    moved = fields(at="19:00", reason="The track is taken", **{"pace_groups-0-id": str(steady.id)})
    page.post(f"/g/{group.slug}/runs/{run.id}/edit", moved)
    run = only_run()
    assert (run.status, run.local_minutes, run.reason, run.sequence) == (
        RunStatus.CHANGED, 19 * 60, "The track is taken", 1,
    )  # fmt: skip
    assert run.asked_again_at is not None
    assert [one.id for one in pace_groups_of([run.id])[run.id]] == [steady.id]
    assert db.session.scalars(select(Fact.kind)).all() == [FactKind.RUN_CHANGED]


def test_a_change_within_a_day_is_urgent(page: Browser, group: Group) -> None:
    soon = clock().now() + timedelta(hours=5)
    run = group_run(group, soon.date(), local_minutes=soon.hour * 60 + soon.minute, tz="UTC")
    db.session.commit()
    page.post(f"/g/{group.slug}/runs/{run.id}/cancel", {"reason": "Ice"})
    assert (only_run().status, only_run().reason) == (RunStatus.CANCELLED, "Ice")
    assert db.session.scalars(select(Fact.kind)).all() == [FactKind.RUN_CHANGED_SOON]


def test_cancelling_needs_a_reason_and_can_be_undone(page: Browser, group: Group) -> None:
    run = group_run(group, in_days(3))
    db.session.commit()
    address = f"/g/{group.slug}/runs/{run.id}"
    assert "A few words" in page.post(f"{address}/cancel", {"reason": ""}).text
    page.post(f"{address}/cancel", {"reason": "Ice"})
    assert page.post(f"{address}/edit", fields()).status_code == 409
    assert "It takes place after all" in page.get(f"{address}/cancel").text
    page.post(f"{address}/restore")
    assert only_run().status == RunStatus.CHANGED


def test_what_has_begun_is_no_longer_changed(page: Browser, group: Group) -> None:
    run = group_run(group, in_days(-1))
    db.session.commit()
    for asked in ("edit", "cancel"):
        answer = page.post(f"/g/{group.slug}/runs/{run.id}/{asked}", fields(reason="x"))
        assert answer.status_code == 409 and "begun" in answer.text


def test_an_hour_that_the_clocks_skip_is_explained_beside_the_time(page: Browser, group: Group) -> None:
    run = group_run(group, date(2027, 3, 28), local_minutes=150)
    db.session.commit()
    assert "The clocks skip 02:30" in page.get(f"/g/{group.slug}/runs/{run.id}/edit").text


def test_a_member_offers_and_a_captain_accepts(app: Flask, page: Browser, group: Group) -> None:
    member, other = somebody(group, "Mia Member", "member"), somebody(group, "Oda Other", "member")
    run = group_run(group, in_days(3))
    steady = pace_group(run)
    db.session.commit()
    address = f"/g/{group.slug}/runs/{run.id}/pace-groups/{steady.id}"
    assert signed_in(app, member).post(f"{address}/lead").status_code == 404
    for runner in (member, other):
        signed_in(app, runner).post(f"{address}/offer")
    assert ">Mia Member</option>" in page.get(f"/g/{group.slug}/runs/{run.id}/edit").text, (
        "whoever offers can be chosen"
    )
    page.post(f"{address}/accept", {"runner_id": str(member.id)})
    db.session.refresh(steady)
    assert steady.leader_id == member.id
    assert db.session.scalars(select(LeaderOffer)).all() == [], "the other offers end"
    assert page.post(f"{address}/lead").status_code == 409
    signed_in(app, member).post(f"{address}/step-down")
    assert db.session.scalars(select(PaceGroup.leader_id)).all() == [None]
    assert db.session.scalars(select(Fact.kind)).all() == [FactKind.LEADER_NEEDED]


def test_a_captain_leads_at_once_and_runs_at_the_back(page: Browser, group: Group, captain: Runner) -> None:
    run = group_run(group, in_days(3))
    steady = pace_group(run)
    db.session.commit()
    address = f"/g/{group.slug}/runs/{run.id}/pace-groups/{steady.id}"
    page.post(f"{address}/lead")
    page.post(f"{address}/lead", {"at_back": "1"})
    db.session.refresh(steady)
    assert (steady.leader_id, steady.back_marker_id) == (captain.id, captain.id)


def test_saving_a_form_keeps_a_leader_who_came_in_the_meantime(page: Browser, group: Group) -> None:
    run = group_run(group, in_days(3))
    steady = pace_group(run)
    member = somebody(group, "Mia Member", "member")
    steady.leader_id = member.id
    db.session.commit()
    stale = {"pace_groups-0-id": str(steady.id), "pace_groups-0-people": ":", "pace_groups-0-leader": ""}
    page.post(f"/g/{group.slug}/runs/{run.id}/edit", fields(**stale))
    db.session.refresh(steady)
    assert (steady.distance_m, steady.leader_id) == (8000, member.id)


def test_a_leader_who_leaves_the_group_leaves_a_pace_group_that_needs_one(group: Group, captain: Runner) -> None:
    somebody(group, "Olga Orla", "organiser")
    leader = somebody(group, "Lea Leader", "run_leader")
    run = group_run(group, in_days(3))
    steady = pace_group(run, leader_id=leader.id, back_marker_id=leader.id)
    db.session.commit()
    leave(group.id, leader.id, clock().now())
    db.session.commit()
    db.session.refresh(steady)
    assert (steady.leader_id, steady.back_marker_id) == (None, None)
    [fact] = db.session.scalars(select(Fact).where(Fact.kind == FactKind.LEADER_NEEDED)).all()
    assert fact.group_run_id == run.id


def test_miles_are_read_and_written_in_miles(app: Flask, group: Group) -> None:
    organiser = somebody(group, "Milo Miles", "organiser")
    organiser.units = "mi"  # type: ignore[assignment]  # stored as the word that it is
    db.session.commit()
    page = signed_in(app, organiser)
    page.post(f"/g/{group.slug}/runs/new", fields(min_distance="3", max_distance="5"))
    run = only_run()
    assert (run.min_distance_m, run.max_distance_m) == (4828, 8047)
    [steady] = pace_groups_of([run.id])[run.id]
    assert 'value="5"' in page.get(f"/g/{group.slug}/runs/{run.id}/edit").text
    page.post(
        f"/g/{group.slug}/runs/{run.id}/edit",
        fields(min_distance="3", max_distance="5", **{"pace_groups-0-id": str(steady.id)}),
    )
    assert only_run().sequence == 0, "nothing was changed"


def test_an_archived_group_plans_and_leads_nothing(app: Flask, page: Browser, group: Group) -> None:
    run = group_run(group, in_days(3))
    steady = pace_group(run)
    group.archived_at = clock().now()
    db.session.commit()
    for path in ("new", f"{run.id}/edit", f"{run.id}/cancel"):
        assert page.get(f"/g/{group.slug}/runs/{path}").status_code == 409
    assert page.post(f"/g/{group.slug}/runs/{run.id}/pace-groups/{steady.id}/offer").status_code == 409


def test_no_run_of_another_group_can_be_reached(page: Browser, group: Group) -> None:
    other = make_group("Others")
    run = group_run(other, in_days(3))
    steady = pace_group(run)
    db.session.commit()
    assert page.get(f"/g/{group.slug}/runs/{run.id}/edit").status_code == 404
    assert page.get(f"/g/{group.slug}/runs/new?like={run.id}").status_code == 404
    mine = group_run(group, in_days(3))
    db.session.commit()
    answer = page.post(f"/g/{group.slug}/runs/{mine.id}/pace-groups/{steady.id}/lead")
    assert answer.status_code == 409
    assert db.session.scalars(select(PaceGroup.leader_id)).all() == [None]


def test_a_series_is_planned_changed_and_ended_on_its_pages(page: Browser, group: Group) -> None:
    new = fields(frequency="weekly", weekday="1", week_of_month="1", starts_on=in_days(1).isoformat(), ends_on="")
    page.post(f"/g/{group.slug}/run-series/new", new)
    series = db.session.scalars(select(RunSeries)).one()
    assert len(db.session.scalars(select(GroupRun)).all()) == 8
    assert "Every Tuesday" in page.get(f"/g/{group.slug}/run-series").text
    assert page.get(f"/g/{group.slug}/run-series/{series.id}/edit").status_code == 200
    changed = new | {"frequency": "monthly", "week_of_month": "-1", "weekday": "4"}
    page.post(f"/g/{group.slug}/run-series/{series.id}/edit", changed)
    assert "On the last Friday of each month" in page.get(f"/g/{group.slug}/run-series").text
    page.post(f"/g/{group.slug}/run-series/{series.id}/end", {"last_day": in_days(0).isoformat()})
    assert db.session.scalars(select(GroupRun)).all() == []
