"""A worker that has ended, or ends as soon as it starts, is not taken for alive."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rq import SimpleWorker
from rq.worker_registration import REDIS_WORKER_KEYS

from jobs.dead_workers import remove_dead_workers
from jobs.worker import HEARD_WITHIN_S, AppWorker
from tests.fault_injection.conftest import wait_until
from tests.fault_injection.crew import POOL, Crew
from tests.support.browser import Browser
from webapp.extensions import settings
from webapp.health import live_workers
from webapp.job_names import Job
from webapp.queue import job_queue
from webapp.redis import redis_client


@pytest.fixture
def crew(app: Flask, tmp_path: Path) -> Iterator[Crew]:
    crew = Crew(settings(), tmp_path / "crew.log")
    crew.start(POOL)
    wait_until(live_workers, "a worker")
    yield crew
    crew.end()


@pytest.fixture
def crash_loop(app: Flask, tmp_path: Path) -> Iterator[Crew]:
    """A pool whose workers fail as they start: no key opens anything. It is yet to be started."""
    broken = settings().model_copy(update={"token_keys": ("this is no key",)})
    crew = Crew(broken, tmp_path / "broken.log")
    yield crew
    crew.end()


def test_a_worker_that_was_killed_is_not_alive_while_those_after_it_crash(
    app: Flask, crew: Crew, crash_loop: Crew
) -> None:
    health = Browser(app)
    assert health.get("/healthz").status_code == 200
    crew.kill_all()
    # Nothing here may wait until this runs out by itself.
    for key in redis_client().smembers(REDIS_WORKER_KEYS):
        redis_client().persist(key)
    assert health.get("/healthz").status_code == 200, "nobody can know yet"
    crash_loop.start(POOL)
    wait_until(lambda: health.get("/healthz").status_code == 503, "the dead worker to be removed")
    assert health.get("/healthz").json == {"status": "unwell", "reason": "no worker is running"}


def worker_of(pid: int, hostname: str | None = None) -> Any:
    """Register a worker as if a process of that pid had."""
    worker: Any = SimpleWorker([job_queue(redis_client())], connection=redis_client())
    worker.pid, worker.hostname = pid, hostname or worker.hostname
    worker.register_birth()
    return worker


def test_only_workers_of_this_machine_whose_processes_have_ended_are_removed(app: Flask) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead, alive, elsewhere = worker_of(ended.pid), worker_of(os.getppid()), worker_of(ended.pid, "another-machine")
    remove_dead_workers(redis_client(), alive.hostname)
    kept = redis_client().smembers(REDIS_WORKER_KEYS)
    assert kept == {alive.key.encode(), elsewhere.key.encode()}
    assert [redis_client().exists(worker.key) for worker in (dead, alive, elsewhere)] == [0, 1, 1]


def test_a_dead_worker_whose_pid_is_now_that_of_the_starting_one_is_removed(app: Flask) -> None:
    before = worker_of(os.getpid())
    remove_dead_workers(redis_client(), before.hostname)
    assert not redis_client().smembers(REDIS_WORKER_KEYS) and not redis_client().exists(before.key)


def test_redis_believes_a_silent_worker_for_half_a_minute(app: Flask) -> None:
    waiting = job_queue(redis_client())
    worker: Any = AppWorker([waiting], connection=redis_client())
    job = waiting.enqueue(Job.PLAN_SYNCS, result_ttl=0)

    def left() -> int:
        return int(redis_client().ttl(worker.key))

    worker.register_birth()
    assert 0 < left() <= HEARD_WITHIN_S
    worker.heartbeat()
    assert 0 < left() <= HEARD_WITHIN_S
    worker.maintain_heartbeats(job, worker.prepare_execution(job))
    assert 0 < left() <= HEARD_WITHIN_S
    assert worker.job_monitoring_interval + 10 < HEARD_WITHIN_S
