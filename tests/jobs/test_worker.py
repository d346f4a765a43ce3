"""A work horse goes on with what waits, and what it was at when it was killed is put back at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from rq.registry import ScheduledJobRegistry

from jobs.worker import AppWorker
from tests.fault_injection.conftest import (
    athlete_id,
    clock,
    connect,
    crew,
    pass_by,
    runner_id,
    strava,
    wait_until,
)
from tests.fault_injection.crew import Crew
from tests.support.paged_strava import PagedStrava
from tests.support.rows import api_row
from tests.support.simulator import Simulator
from tests.sync.conftest import Connect, progress_of
from webapp.clock import Clock
from webapp.extensions import redis_client
from webapp.job_names import Job
from webapp.queue import enqueue, job_queue
from webapp.sync import rules

__all__ = ["athlete_id", "clock", "connect", "crew", "runner_id", "strava"]  # fixtures


@pytest.fixture
def another(connect: Connect, simulator: Simulator) -> int:
    return connect(int(simulator.athletes()[1]["id"]))


@pytest.fixture
def two_pulls(
    app: Flask, strava: PagedStrava, clock: Clock, runner_id: int, another: int
) -> Callable[[Callable[[], object], Callable[[], object]], None]:
    """Return a function that has two runners read one behind the other, calling its arguments in the midst of each."""
    strava.pages = [[api_row(f"{clock.now() - timedelta(days=1):%Y-%m-%d %H:%M:%S}")]]

    def begin(first: Callable[[], object], second: Callable[[], object]) -> None:
        def in_the_first() -> None:
            with app.app_context():
                enqueue(Job.SYNC_RUNNER, another)
            strava.before[1] = second
            first()

        strava.before[1] = in_the_first
        enqueue(Job.SYNC_RUNNER, runner_id)

    return begin


def test_a_horse_goes_on_with_what_waits_behind_its_job(
    crew: Crew, two_pulls: Callable[..., None], runner_id: int, another: int
) -> None:
    horses: list[int] = []
    two_pulls(*[lambda: horses.append(crew.horse().pid)] * 2)
    for one in (runner_id, another):
        wait_until(lambda one=one: progress_of(one).state == "done", "both pulls to be done")  # type: ignore[misc]  # a default
    assert len(horses) == 2 and horses[0] == horses[1]


def test_a_long_job_behind_the_first_one_is_not_taken_for_abandoned(app: Flask) -> None:
    waiting = job_queue(redis_client())
    worker = AppWorker([waiting], connection=redis_client())
    worker.register_birth()
    jobs = [waiting.enqueue(Job.PLAN_SYNCS, result_ttl=0) for _ in range(2)]
    first, later = [worker.prepare_execution(job) for job in jobs]
    jobs[0].delete()  # it is done
    key = waiting.started_job_registry.key
    redis_client().zadd(key, {later.composite_key: 1})
    worker.maintain_heartbeats(jobs[0], first)
    assert (redis_client().zscore(key, later.composite_key) or 0) > 1


def test_what_a_killed_horse_was_at_behind_its_first_job_is_put_back_at_once(
    crew: Crew, two_pulls: Callable[..., None], clock: Clock, another: int
) -> None:
    two_pulls(lambda: None, crew.kill_horse)
    waiting = job_queue(redis_client())
    later = ScheduledJobRegistry(queue=waiting)  # type: ignore[no-untyped-call]  # RQ's
    wait_until(lambda: len(later) > 0, "the pull to be put back", 15)
    pass_by(clock, seconds=rules.LEASE.total_seconds() + 1)
    wait_until(lambda: progress_of(another).state == "done", "the pull to be done")
