"""Jobs and schedule of sync."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import Queue, cron
from sqlalchemy import select, update

import jobs.schedule
import jobs.sync
from tests.support.simulator import Simulator
from tests.support.strava import listed
from tests.support.worker import work_off
from tests.sync.conftest import Connect, held
from webapp import queue
from webapp.clock import Clock
from webapp.extensions import begin_write, db, redis_client
from webapp.sync.models import Connection, InboxEvent


@pytest.fixture
def runner_id(connect: Connect, athlete_id: int) -> int:
    return connect(athlete_id)


def asked_for() -> list[Any]:
    redis: Redis = redis_client()
    return [job.args[0] for job in Queue(queue.QUEUE, connection=redis).jobs if job.func_name == "jobs.sync.pull"]


def pass_by(clock: Clock, **time: float) -> None:
    clock.set(now=clock.now() + timedelta(**time))


def test_a_first_pull_whose_job_was_lost_is_swept_up(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    jobs.sync.sweep()
    assert asked_for() == [], "it may still be asked for by whoever began it"
    pass_by(clock, seconds=11)
    jobs.sync.sweep()
    assert asked_for() == [runner_id]
    assert work_off(app) == []
    assert held(runner_id) == {str(row["id"]) for row in listed(simulator, athlete_id)}
    jobs.sync.sweep()
    assert asked_for() == []


def test_an_event_whose_job_was_lost_is_swept_up(app: Flask, clock: Clock, runner_id: int) -> None:
    jobs.sync.pull(runner_id)
    begin_write()
    row = {"runner_id": runner_id, "received_at": clock.now(), "object_type": "activity", "object_id": 1}
    db.session.add(InboxEvent(**row, aspect="delete", updates={}, event_time=clock.now()))
    db.session.commit()
    pass_by(clock, seconds=11)
    jobs.sync.sweep()
    assert asked_for() == [runner_id]
    work_off(app)
    db.session.rollback()
    assert db.session.scalars(select(InboxEvent.done_at)).one() is not None


def test_looks_are_asked_for_in_small_portions_until_all_are_done(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect
) -> None:
    runners = [connect(int(who["id"]), watched=False) for who in simulator.athletes()]
    for done in range(len(runners)):
        jobs.sync.look_round()
        assert asked_for() == [runners[done]]
        assert work_off(app) == []
    jobs.sync.look_round()
    assert asked_for() == []
    pass_by(clock, hours=25)
    jobs.sync.look_round()
    assert asked_for() == [runners[0]]


def test_one_that_fails_never_stops_the_others(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect
) -> None:
    broken, fine = (connect(int(who["id"])) for who in simulator.athletes()[:2])
    db.session.execute(update(Connection).where(Connection.runner_id == broken).values(access_token="junk"))
    db.session.commit()
    pass_by(clock, seconds=11)
    jobs.sync.sweep()
    assert work_off(app) == []
    assert held(fine)
    assert held(broken) == set()


@pytest.mark.parametrize("state", ["needs_reconnect", "deauthorised"])
def test_who_has_no_working_connection_is_asked_for_by_no_round(
    clock: Clock, connect: Connect, simulator: Simulator, state: str
) -> None:
    ended, working = (connect(int(who["id"])) for who in simulator.athletes()[:2])
    db.session.execute(update(Connection).where(Connection.runner_id == ended).values(state=state))
    db.session.commit()
    pass_by(clock, hours=25)
    jobs.sync.sweep()
    jobs.sync.look_round()
    assert asked_for() == [working]


def test_old_events_are_forgotten_and_open_ones_are_not(clock: Clock, runner_id: int) -> None:
    begin_write()
    for done_at in (None, clock.now() - timedelta(days=8), clock.now()):
        row = {"runner_id": runner_id, "received_at": clock.now(), "object_type": "activity", "object_id": 1}
        db.session.add(InboxEvent(**row, aspect="delete", updates={}, event_time=clock.now(), done_at=done_at))
    db.session.commit()
    jobs.sync.look_round()
    assert len(db.session.scalars(select(InboxEvent)).all()) == 2


def test_the_command_reads_one_runner_now(app: Flask, runner_id: int) -> None:
    cli = app.test_cli_runner()
    assert cli.invoke(args=["sync", "pull", "--runner", str(runner_id)]).exit_code == 0
    assert held(runner_id)
    assert cli.invoke(args=["sync", "pull", "--runner", "999999"]).exit_code == 1


def test_every_entry_of_the_schedule_is_a_job_with_an_interval() -> None:
    registered = {entry["name"]: entry for entry in cron._job_data_registry}
    assert [name for name, _ in jobs.schedule.ENTRIES if name not in registered] == []
    assert all(entry["interval"] >= 5 and entry["ttl"] <= entry["interval"] for entry in registered.values())
