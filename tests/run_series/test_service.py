"""Making the runs of a series, changing and ending it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.group_runs import make_runs as make_runs_job
from tests.support.at_once import elsewhere
from tests.support.builders import NOON, make_group, make_member, make_runner
from webapp.db import db, write_transaction
from webapp.group_runs.queries import pace_groups_of
from webapp.group_runs.rules import PacePlan, RunPlan
from webapp.group_runs.service import cancel_run, change_run
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, RunSeries
from webapp.models.groups import AuditLine, Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, RsvpAnswer, RunFrequency, RunStatus
from webapp.run_series.queries import dates_to_make, plan_of
from webapp.run_series.rules import Recurrence, recurrence_of
from webapp.run_series.service import change_series, end_series, make_runs, plan_series

# NOON is a Thursday, 12 November 2026.
TODAY = NOON.date()
TUESDAY, THURSDAY = 1, 3
STEADY, FAST = PacePlan("Steady", 390, 360), PacePlan("Fast", 300, 280)
PLAN = RunPlan("Tuesday run", 18 * 60 + 30, "Europe/Berlin", "The fountain", pace_groups=(STEADY, FAST))
TUESDAYS = Recurrence(RunFrequency.WEEKLY, TUESDAY, None, TODAY)


@pytest.fixture
def group(app: Flask) -> Group:
    return make_group("Milers", tz="Europe/Berlin")


@pytest.fixture
def captain(group: Group) -> Runner:
    runner = make_runner("Cap Tain")
    make_member(group, runner, role="captain")
    db.session.commit()
    return runner


@pytest.fixture
def series(group: Group, captain: Runner) -> RunSeries:
    with write_transaction():
        return plan_series(group.id, PLAN, TUESDAYS, captain.id, NOON)


def runs_of(series_id: int) -> Sequence[GroupRun]:
    mine = select(GroupRun).where(GroupRun.series_id == series_id).order_by(GroupRun.starts_at)
    return db.session.scalars(mine.execution_options(populate_existing=True)).all()


def answer(run: GroupRun, name: str = "Ina In", answered: RsvpAnswer = RsvpAnswer.IN) -> None:
    runner = make_runner(name)
    db.session.add(Rsvp(run_id=run.id, runner_id=runner.id, answer=answered, answered_at=NOON))
    db.session.commit()


def change(series: RunSeries, captain: Runner, plan: RunPlan | None = None, **repeats: object) -> bool:
    with write_transaction():
        recurrence = replace(recurrence_of(series), **repeats)  # type: ignore[arg-type]  # any of its fields
        return change_series(series.id, plan or plan_of(series), recurrence, captain.id, NOON)


def test_the_runs_of_eight_weeks_are_made_with_their_pace_groups(series: RunSeries) -> None:
    runs = runs_of(series.id)
    assert [run.on_date for run in runs] == [date(2026, 11, 17) + timedelta(weeks=n) for n in range(8)]
    assert {run.starts_at.hour for run in runs} == {17}, "half past six in Berlin in winter"
    assert [one.name for one in pace_groups_of([runs[0].id])[runs[0].id]] == ["Steady", "Fast"]
    assert len({run.uid for run in runs}) == 8
    lines = db.session.scalars(select(AuditLine.action)).all()
    assert lines == ["run_series_planned"], "the log has one line, and not one for each run"


@pytest.mark.both_databases
def test_making_them_again_or_at_once_makes_no_second_run(app: Flask, series: RunSeries) -> None:
    later = NOON + timedelta(weeks=2)
    series_id = series.id
    db.session.commit()

    def make() -> None:
        with write_transaction():
            make_runs(db.session.get_one(RunSeries, series_id), later)

    threads = [Thread(target=elsewhere(app, make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    days = [run.on_date for run in runs_of(series_id)]
    assert days == [date(2026, 11, 17) + timedelta(weeks=n) for n in range(10)]
    assert dates_to_make(db.session.get_one(RunSeries, series_id), later) == []


def test_a_job_that_dies_in_between_is_made_up_for(series: RunSeries) -> None:
    for run in runs_of(series.id)[3:]:
        db.session.delete(run)
    db.session.commit()
    make_runs_job()
    assert len(runs_of(series.id)) >= 8
    assert len({run.occurs_on for run in runs_of(series.id)}) == len(runs_of(series.id))


def test_planning_the_same_twice_is_one_series(series: RunSeries, group: Group, captain: Runner) -> None:
    with write_transaction():
        assert plan_series(group.id, PLAN, TUESDAYS, captain.id, NOON).id == series.id


def test_the_clock_time_stays_when_the_clocks_change(group: Group, captain: Runner) -> None:
    now = datetime(2027, 3, 10, 12, tzinfo=UTC)
    with write_transaction():
        series = plan_series(group.id, PLAN, replace(TUESDAYS, starts_on=now.date()), captain.id, now)
    hours = {run.on_date.isoformat(): run.starts_at.hour for run in runs_of(series.id)}
    assert (hours["2027-03-23"], hours["2027-03-30"]) == (17, 16)


def test_a_group_in_kathmandu_runs_by_its_own_clock(group: Group, captain: Runner) -> None:
    with write_transaction():
        plan = replace(PLAN, tz="Asia/Kathmandu", local_minutes=6 * 60)
        series = plan_series(group.id, plan, TUESDAYS, captain.id, NOON)
    assert runs_of(series.id)[0].starts_at == datetime(2026, 11, 17, 0, 15, tzinfo=UTC)


def test_moving_the_day_keeps_answers_asks_again_and_tells(series: RunSeries, captain: Runner) -> None:
    first, second = runs_of(series.id)[:2]
    answer(first)
    ids = [run.id for run in runs_of(series.id)]
    assert change(series, captain, weekday=THURSDAY)
    runs = runs_of(series.id)
    assert [run.id for run in runs if run.id in ids] == ids, "each run stays the same one, in its week"
    assert [runs[0].id, runs[0].on_date] != [first.id, date(2026, 11, 17)]
    moved = db.session.get_one(GroupRun, first.id)
    assert (moved.on_date, moved.status, moved.asked_again_at) == (date(2026, 11, 19), RunStatus.CHANGED, NOON)
    assert db.session.scalars(select(Rsvp.answer).where(Rsvp.run_id == first.id)).all() == [RsvpAnswer.IN]
    told = db.session.scalars(select(Fact.group_run_id).where(Fact.kind == FactKind.RUN_CHANGED)).all()
    assert {first.id, second.id} <= set(told)
    assert len({run.occurs_on for run in runs}) == len(runs)


def test_a_run_changed_by_hand_stays_as_it_is(series: RunSeries, captain: Runner) -> None:
    third = runs_of(series.id)[2]
    on_date = third.on_date
    with write_transaction():
        by_hand = replace(PLAN, title="Christmas lights", pace_groups=())
        assert change_run(third.id, by_hand, on_date, captain.id, NOON)
    assert change(series, captain, replace(plan_of(series), title="Evening run"), weekday=THURSDAY)
    kept = db.session.get_one(GroupRun, third.id)
    assert (kept.title, kept.on_date) == ("Christmas lights", on_date)
    week = [run for run in runs_of(series.id) if abs(run.on_date - on_date) < timedelta(days=4)]
    assert week == [kept], "its week has no second run"


def test_a_cancelled_run_stays_cancelled(series: RunSeries, captain: Runner) -> None:
    first = runs_of(series.id)[0]
    with write_transaction():
        cancel_run(first.id, "Ice", captain.id, NOON)
    change(series, captain, weekday=THURSDAY)
    assert db.session.get_one(GroupRun, first.id).status == RunStatus.CANCELLED
    week = [run.id for run in runs_of(series.id) if date(2026, 11, 16) <= run.on_date < date(2026, 11, 23)]
    assert week == [first.id], "nothing takes its place"


def test_every_other_week_drops_runs_and_cancels_those_that_were_answered(series: RunSeries, captain: Runner) -> None:
    runs = runs_of(series.id)
    answered, plain = runs[1].id, runs[3].id
    answer(runs[1])
    change(series, captain, frequency=RunFrequency.FORTNIGHTLY)
    assert [run.on_date for run in runs_of(series.id)] == [
        date(2026, 11, 17) + timedelta(weeks=2 * n) for n in range(4)
    ]
    assert db.session.get_one(GroupRun, answered).status == RunStatus.CANCELLED
    assert db.session.get(GroupRun, plain) is None


def test_who_leads_one_run_by_now_still_does_when_the_series_changes(series: RunSeries, captain: Runner) -> None:
    first, second = (pace_groups_of([run.id])[run.id][0] for run in runs_of(series.id)[:2])
    helper = make_runner("Help Er")
    first.leader_id = helper.id
    db.session.commit()
    plan = plan_of(series)
    steady = replace(plan.pace_groups[0], name="Steady ones", leader_id=captain.id)
    change(series, captain, replace(plan, pace_groups=(steady, plan.pace_groups[1])))
    for row in (first, second):
        db.session.refresh(row)
    assert (first.name, first.leader_id) == ("Steady ones", helper.id)
    assert (second.name, second.leader_id) == ("Steady ones", captain.id)


def test_nothing_different_changes_nothing(series: RunSeries, captain: Runner) -> None:
    before = [(run.id, run.sequence) for run in runs_of(series.id)]
    assert not change(series, captain)
    assert [(run.id, run.sequence) for run in runs_of(series.id)] == before


def test_an_ended_series_makes_no_more_runs(series: RunSeries, captain: Runner) -> None:
    runs = runs_of(series.id)
    answer(runs[4])
    with write_transaction():
        assert end_series(series.id, date(2026, 12, 1), captain.id, NOON, reason="Winter break")
    with write_transaction():
        assert not end_series(series.id, date(2026, 12, 1), captain.id, NOON)
    assert [run.on_date for run in runs_of(series.id)] == [date(2026, 11, 17), date(2026, 11, 24), date(2026, 12, 1)]
    cancelled = db.session.get_one(GroupRun, runs[4].id)
    assert (cancelled.status, cancelled.reason) == (RunStatus.CANCELLED, "Winter break")
    with write_transaction():
        assert make_runs(series, NOON + timedelta(weeks=4)) == 0
