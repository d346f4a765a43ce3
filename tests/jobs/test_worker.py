"""A work horse goes on with what waits, and what it is killed at is put back at once, whoever queued it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from flask import Flask

from jobs.worker import AppWorker
from tests.fault_injection.conftest import athlete_id, connect, runner_id, strava, wait_until
from tests.fault_injection.crew import POOL, Crew
from tests.support.paged_strava import PagedStrava
from tests.support.rows import api_row
from tests.support.simulator import Simulator
from tests.sync.acts import pass_by
from tests.sync.conftest import Connect, progress_of
from webapp.clock import Clock
from webapp.job_names import FORMER_NAMES, Job
from webapp.queue import enqueue, job_queue
from webapp.redis import redis_client
from webapp.sync import rules

__all__ = ["athlete_id", "connect", "runner_id", "strava"]  # fixtures


# As the version before queued the job.
FORMER_NAME = next(name for name, job in FORMER_NAMES.items() if job is Job.SYNC_RUNNER)
PATIENCE_S = 120
# RQ itself would not put a job back before it has missed the horse's heartbeats for so long.
ABANDONED_AFTER_S = 70


@pytest.fixture
def pool(app: Flask, strava: PagedStrava, tmp_path: Path) -> Iterator[Crew]:
    """A worker and its pool without a schedule: nothing but the queue brings work."""
    pool = Crew(app.extensions["settings"], tmp_path / "pool.log")
    pool.start(POOL)
    yield pool
    pool.end()


@pytest.fixture
def another(connect: Connect, simulator: Simulator) -> int:
    return connect(int(simulator.athletes()[1]["id"]))


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


def test_a_horse_goes_on_with_what_waits_and_what_it_is_killed_at_is_put_back_at_once(
    app: Flask, pool: Crew, strava: PagedStrava, clock: Clock, runner_id: int, another: int
) -> None:
    strava.pages = [[api_row(f"{clock.now() - timedelta(days=1):%Y-%m-%d %H:%M:%S}")]]
    horses, killed = [], Event()

    def in_the_first() -> None:
        with app.app_context():
            enqueue(Job.SYNC_RUNNER, another)
        horses.append(pool.horse().pid)
        strava.before[1] = in_the_second

    def in_the_second() -> None:
        horses.append(pool.horse().pid)
        pass_by(clock, seconds=rules.LEASE.total_seconds() + 1)  # or who comes next would find its lease
        pool.kill_horse()
        killed.set()

    strava.before[1] = in_the_first
    job_queue(redis_client()).enqueue(FORMER_NAME, runner_id)
    assert killed.wait(PATIENCE_S), "the second sync was not begun"
    assert horses[0] == horses[1]
    assert progress_of(runner_id).state == "done"
    wait_until(lambda: progress_of(another).state == "done", "the sync to be done", ABANDONED_AFTER_S)
