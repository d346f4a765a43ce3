"""An instance that runs: what it says and keeps, what it starts again, and what it refuses meanwhile."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tests.fault_injection.conftest import wait_until
from tests.support.instance import Instance, assert_refused, names_in, workers_of

# Ten seconds are promised. A machine that runs other tests besides these may take far longer.
PATIENCE_S = 120.0


def test_it_says_its_address_once_and_only_when_it_answers(running: Instance) -> None:
    assert running.lines.count(f"Chasepack is at {running.settings.address}") == 1
    with Redis.from_url(running.settings.redis) as redis:
        assert redis.ping()


def test_its_redis_is_started_again_when_it_is_killed_and_nothing_else_ends(running: Instance) -> None:
    top = psutil.Process(running.process.pid)
    (killed,) = [one for one in top.children() if "redis-server" in one.name()]
    # What filled the trial may just be ending.
    others = {one.pid for one in top.children() if {"gunicorn", "rq", "jobs.scheduler"} & names_in(one)}
    assert len(others) == 4
    with Redis.from_url(running.settings.redis) as redis:
        redis.set("kept", 1)
        # While the disk is busy, Redis answers up to two seconds before it writes.
        wait_until(lambda: redis.info("persistence")["aof_buffer_length"] == 0, "the file of Redis")
    killed.kill()
    killed.wait()
    with Redis.from_url(running.settings.redis, retry=Retry(ConstantBackoff(0.1), 1200)) as redis:
        assert redis.get("kept") == b"1"
        redis.delete("kept")
    assert running.process.poll() is None
    assert others < {one.pid for one in top.children()}
    log = running.settings.home / "log" / "redis.log"
    assert "Redis ended by itself (exit -9): started again." in log.read_text()


def test_what_it_keeps_is_for_its_own_user_alone(running: Instance) -> None:
    kept = [running.settings.home, *running.settings.home.rglob("*")]
    assert {"chasepack.sqlite3", "keys.json", "redis", "log", "web.log"} <= {path.name for path in kept}
    assert [path for path in kept if path.exists() and path.stat().st_mode & 0o077] == []


def test_a_second_start_says_that_it_is_already_running(running: Instance) -> None:
    second = Instance(Path(running.values["CHASEPACK_HOME"]), SIM_ATHLETES="3")
    assert_refused(second, "already running")
    assert running.process.poll() is None


def test_a_restore_is_refused_while_it_runs(running: Instance, tmp_path: Path) -> None:
    made = running.run("ops.backup", str(tmp_path))
    assert made.returncode == 0, made.stderr
    (path,) = tmp_path.glob("*.tar.gz")
    refused = running.run("ops.restore", str(path))
    assert refused.returncode == 1
    assert "already running" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def gunicorn_workers(instance: Instance) -> list[psutil.Process]:
    return workers_of(instance, "wsgi:app")


def simulator_workers(instance: Instance) -> list[psutil.Process]:
    return workers_of(instance, "jobs.simulator")


def job_workers(instance: Instance) -> list[psutil.Process]:
    return workers_of(instance, "worker-pool")


def delayed_jobs(instance: Instance) -> list[psutil.Process]:
    """Return the processes that workers have besides their horses, which soon lead groups of their own."""
    children = [child for worker in job_workers(instance) for child in worker.children()]
    return [one for one in children if os.getpgid(one.pid) != one.pid and time.time() - one.create_time() > 1]


@pytest.mark.parametrize("role", [gunicorn_workers, simulator_workers, job_workers, delayed_jobs])
def test_what_is_started_again_is_back_within_seconds(
    running: Instance, role: Callable[[Instance], list[psutil.Process]]
) -> None:
    def living() -> set[int]:
        # A process may end while we ask for it.
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            return {one.pid for one in role(running) if one.status() != psutil.STATUS_ZOMBIE}
        return set()

    wait_until(living, "the first one", PATIENCE_S)
    killed = min(living())
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: living() - {killed}, "another one", PATIENCE_S)
    assert running.process.poll() is None
