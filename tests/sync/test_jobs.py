"""Rounds, jobs and schedule of sync."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, update

import jobs.sync
from integrations.strava.types import PushEvent
from jobs.schedule import ENTRIES
from jobs.scheduler import SCHEDULE, Scheduler
from tests.support.simulator import Simulator
from tests.support.strava import listed, requests_of
from tests.support.worker import process_jobs
from tests.sync.acts import pass_by
from tests.sync.conftest import Connect, connection_of, due, stored
from webapp import queue
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.extensions import budget
from webapp.job_names import QUEUE, Job
from webapp.models.sync import Connection, StoredEvent
from webapp.models.words import ConnectionState
from webapp.redis import redis_client
from webapp.sync import quota_service, rules, service

LIST = "api GET api.activities"


def asked_for() -> list[Any]:
    redis: Redis = redis_client()
    return [job.args[0] for job in queue.job_queue(redis).jobs if job.func_name == Job.SYNC_RUNNER]


def rounds_put_off() -> int:
    redis: Redis = redis_client()
    return int(redis.zcard(f"rq:scheduled:{QUEUE}"))


def tell(athlete_id: int, activity_id: int, clock: Clock, aspect: str = "create") -> None:
    begin_write()
    service.store_event(PushEvent("activity", activity_id, aspect, athlete_id, 1, clock.now(), {}), clock.now())
    db.session.commit()


def test_a_round_asks_for_an_initial_import_at_once(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    jobs.sync.plan_syncs()
    assert asked_for() == [runner_id]
    assert process_jobs(app) == []
    assert stored(runner_id) == {str(row["id"]) for row in listed(simulator, athlete_id)}
    jobs.sync.plan_syncs()
    assert asked_for() == []


def test_events_of_a_short_time_are_one_call_and_a_round_follows_when_they_are_quiet(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    jobs.sync.sync_runner(runner_id)
    simulator.control("DELETE", "counters")
    made = [simulator.control("POST", f"athletes/{athlete_id}/activities", {})["id"] for _ in range(3)]
    for activity_id in (*made, made[0]):
        tell(athlete_id, activity_id, clock)
    clock.set(now=clock.now(), speed=0)
    jobs.sync.plan_syncs()
    assert asked_for() == [], "more may come along"
    assert rounds_put_off() == 1
    pass_by(clock, seconds=3)
    assert process_jobs(app) == []
    assert set(map(str, made)) <= stored(runner_id)
    assert requests_of(simulator) == {LIST: 1}


def test_an_event_that_comes_right_after_a_round_was_enqueued_is_not_lost(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect
) -> None:
    """Its own round was swallowed by the one that waited already, which finds it too young, and asks again."""
    athletes = [int(who["id"]) for who in simulator.athletes()[:2]]
    runners = [connect(athlete) for athlete in athletes]
    for runner in runners:
        jobs.sync.sync_runner(runner)
    clock.set(now=clock.now(), speed=0)
    tell(athletes[0], 5, clock)
    pass_by(clock, seconds=2)
    tell(athletes[1], 6, clock)
    jobs.sync.plan_syncs()
    assert (asked_for(), rounds_put_off()) == ([runners[0]], 1)
    pass_by(clock, seconds=2.1)
    assert process_jobs(app) == []
    assert due(clock) == {}


def test_an_event_does_not_wait_for_the_round_that_a_later_one_has_asked_for(
    app: Flask, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    jobs.sync.sync_runner(runner_id)
    tell(athlete_id, 5, clock)
    queue.enqueue(Job.PLAN_SYNCS_AFTER_QUIET, delay=2)
    jobs.sync.plan_syncs()
    assert rounds_put_off() == 2, "one for each"
    jobs.sync.plan_syncs()
    assert rounds_put_off() == 2, "and no more"


def test_an_event_whose_job_was_lost_is_found_by_the_next_round(app: Flask, clock: Clock, runner_id: int) -> None:
    jobs.sync.sync_runner(runner_id)
    begin_write()
    row = {"runner_id": runner_id, "received_at": clock.now(), "object_type": "activity", "object_id": 1}
    db.session.add(StoredEvent(**row, aspect="delete", updates={}, event_time=clock.now()))
    db.session.commit()
    pass_by(clock, seconds=11)
    jobs.sync.plan_syncs()
    assert asked_for() == [runner_id]
    process_jobs(app)
    db.session.rollback()
    assert db.session.scalars(select(StoredEvent.done_at)).one() is not None


def test_a_round_asks_for_no_more_than_the_workers_can_do_soon_and_is_followed_by_another(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect
) -> None:
    runners = [connect(int(who["id"])) for who in simulator.athletes()]
    jobs.sync.plan_syncs(waiting_per_worker=1)
    assert asked_for() == runners[:2]
    assert queue.waiting() == 3, "two syncs and, behind them, a round"
    assert process_jobs(app) == []
    assert all(stored(runner) for runner in runners)


def test_a_round_while_the_gate_is_closed_asks_for_nothing(clock: Clock, runner_id: int) -> None:
    budget().close(clock.now() + timedelta(minutes=5), "enough for now")
    jobs.sync.plan_syncs()
    assert asked_for() == []
    pass_by(clock, minutes=6)
    jobs.sync.plan_syncs()
    assert asked_for() == [runner_id]


def test_everybody_has_a_full_resync_within_two_days_and_idle_rounds_cost_nothing(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect
) -> None:
    # Looks keep their pace: neither a day nor a quarter hour that has just begun has room for four of them.
    clock.set(now=(clock.now() + timedelta(days=1)).replace(hour=12, minute=14))
    runners = [connect(int(who["id"]), watched=False) for who in simulator.athletes()]
    jobs.sync.plan_syncs()
    assert process_jobs(app) == []
    assert due(clock) == {}
    before = {runner: connection_of(runner).last_full_resync_at for runner in runners}
    simulator.control("DELETE", "counters")
    jobs.sync.plan_syncs()
    pass_by(clock, hours=40)
    jobs.sync.plan_syncs()
    assert process_jobs(app) == []
    assert requests_of(simulator) == {}
    for _ in range(8):
        pass_by(clock, hours=1)
        jobs.sync.plan_syncs()
        assert process_jobs(app) == []
    for runner in runners:
        looked, last = connection_of(runner).last_full_resync_at, before[runner]
        assert looked and last and timedelta(hours=40) < looked - last < timedelta(hours=48)
    assert requests_of(simulator)[LIST] == len(runners), "a full resync of what was read before is one call"


def test_one_that_fails_never_stops_the_others(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect
) -> None:
    broken, fine = (connect(int(who["id"])) for who in simulator.athletes()[:2])
    db.session.execute(update(Connection).where(Connection.runner_id == broken).values(access_token="junk"))
    db.session.commit()
    jobs.sync.plan_syncs()
    assert process_jobs(app) == []
    assert stored(fine)
    assert stored(broken) == set()


@pytest.mark.parametrize("state", ["needs_reconnect", "deauthorised"])
def test_someone_who_has_no_working_connection_is_asked_for_by_no_round(
    clock: Clock, connect: Connect, simulator: Simulator, state: str
) -> None:
    ended, working = (connect(int(who["id"])) for who in simulator.athletes()[:2])
    db.session.execute(update(Connection).where(Connection.runner_id == ended).values(state=state))
    db.session.commit()
    pass_by(clock, hours=48)
    jobs.sync.plan_syncs()
    assert asked_for() == [working]


def test_the_command_reads_one_runner_now(app: Flask, runner_id: int) -> None:
    cli = app.test_cli_runner()
    assert cli.invoke(args=["sync", "run", "--runner", str(runner_id)]).exit_code == 0
    assert stored(runner_id)
    assert cli.invoke(args=["sync", "run", "--runner", "999999"]).exit_code == 1


def test_the_command_reads_as_often_as_it_is_given_and_never_says_so_where_it_did_not(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    cli, words = app.test_cli_runner(), ["sync", "run", "--runner", str(runner_id)]
    cli.invoke(args=words)
    simulator.control("DELETE", "counters")
    assert "was read" in cli.invoke(args=words).output
    assert requests_of(simulator) == {LIST: 1}
    connection_of(runner_id).syncing_until = clock.now() + timedelta(minutes=1)
    db.session.commit()
    done = cli.invoke(args=words)
    assert done.exit_code == 1 and "another process is reading them" in done.output
    connection = connection_of(runner_id)
    connection.state, connection.problem, connection.syncing_until = (
        ConnectionState.NEEDS_RECONNECT,
        "Connect again.",
        None,
    )
    db.session.commit()
    done = cli.invoke(args=words)
    assert done.exit_code == 1 and "Connect again." in done.output
    assert requests_of(simulator) == {LIST: 1, "oauth refresh": 1}, "whether the grant lives is no read"


def test_the_command_says_so_where_the_quota_of_the_athlete_is_spent(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    clock.set(now=clock.now(), speed=0)
    quota_service.record_reads(athlete_id, rules.QUOTA, clock.now())
    simulator.control("DELETE", "counters")
    done = app.test_cli_runner().invoke(args=["sync", "run", "--runner", str(runner_id)])
    assert done.exit_code == 1
    assert "read quota is spent" in done.output and "20 minutes" in done.output
    assert requests_of(simulator) == {}


def test_a_command_says_what_the_planner_would_do_and_why(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    cli = app.test_cli_runner()
    said = cli.invoke(args=["sync", "plan"]).output
    assert "100 of 100 calls left" in said
    assert f"runner {runner_id} " in said and "first" in said
    assert requests_of(simulator).get(LIST, 0) == 0, "it reads nothing"
    assert process_jobs(app) == []
    jobs.sync.sync_runner(runner_id)
    said = cli.invoke(args=["sync", "plan"]).output
    assert "No runner is to be read now" in said
    assert "The next full resync is due in 4" in said
    budget().close(clock.now() + timedelta(minutes=5), "Strava has had enough")
    said = cli.invoke(args=["sync", "plan"]).output
    assert "Reading is paused" in said and "Strava has had enough" in said


def test_every_entry_of_the_schedule_is_a_job_with_an_interval(app: Flask) -> None:
    scheduler = Scheduler(redis_client())
    scheduler.load_config_from_file(SCHEDULE)
    assert [(job.name, job.interval) for job in scheduler.get_jobs()] == list(ENTRIES)
    assert all(seconds >= 5 for _, seconds in ENTRIES)
    assert all(job.job_options["ttl"] <= (job.interval or 0) for job in scheduler.get_jobs())
