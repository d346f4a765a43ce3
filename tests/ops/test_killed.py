"""Each process of `make run` killed in turn: it is back within seconds, or everything ends and says so."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ops.child import Child
from tests.fault_injection.conftest import wait_until
from tests.support.instance import Instance
from tests.support.servers import OwnRedis

# Ten seconds are promised; a machine that runs other tests beside these may take longer.
REACT_S = 30.0
# The rest of an ending: jobs and requests under way are let finish.
END_S = 50.0
KEYS = {"SECRET_KEY": "s" * 40, "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}

PROCESSES = [
    ("web", "wsgi:app"),
    ("worker", "worker-pool"),
    ("schedule", "jobs.scheduler"),
    ("simulator", "jobs.simulator"),
]

Start = Callable[..., Instance]


def words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def led_by(instance: Instance, word: str) -> list[psutil.Process]:
    """Return the children of the main process that have `word` in their command line: one, once all have started."""
    return [one for one in psutil.Process(instance.process.pid).children() if word in words(one)]


def workers_of(instance: Instance, word: str) -> list[psutil.Process]:
    return [worker for leader in led_by(instance, word) for worker in leader.children()]


def end_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return which of the processes still live after a while."""
    _, alive = psutil.wait_procs(processes, timeout=END_S)
    return list(alive)


def gunicorn_workers(instance: Instance) -> list[psutil.Process]:
    return workers_of(instance, "wsgi:app")


def simulator_workers(instance: Instance) -> list[psutil.Process]:
    return workers_of(instance, "jobs.simulator")


def job_workers(instance: Instance) -> list[psutil.Process]:
    return workers_of(instance, "worker-pool")


def delayed_jobs(instance: Instance) -> list[psutil.Process]:
    """Return the processes that workers have besides their horses, which lead groups of their own."""
    children = [child for worker in job_workers(instance) for child in worker.children()]
    return [child for child in children if os.getpgid(child.pid) != child.pid]


def redis_servers(instance: Instance) -> list[psutil.Process]:
    return led_by(instance, "redis-server")


@pytest.mark.parametrize("role", [gunicorn_workers, simulator_workers, job_workers, delayed_jobs, redis_servers])
def test_what_is_started_again_is_back_within_seconds(
    running: Instance, role: Callable[[Instance], list[psutil.Process]]
) -> None:
    def living() -> set[int]:
        # A process may end while we ask for it.
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            return {one.pid for one in role(running) if one.status() != psutil.STATUS_ZOMBIE}
        return set()

    wait_until(living, "the first ones", END_S)
    before = living()
    killed = before.pop()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(now := living()) > len(before) and killed not in now, "another one", REACT_S)
    assert running.process.poll() is None


@pytest.mark.parametrize(("name", "word"), PROCESSES)
def test_what_is_not_started_again_ends_everything_and_says_so(start: Start, name: str, word: str) -> None:
    instance = start()
    instance.wait_until_up()
    everyone = instance.processes()
    led_by(instance, word)[0].kill()
    assert instance.process.wait(END_S) == 1
    assert end_of(everyone) == []
    instance.wait_for(lambda line: line.startswith(f"{name} ended by itself"))
    assert [left.name for left in instance.settings.home.glob("*-wal")] == []


@pytest.mark.parametrize("outside", [False, True], ids=["redis of its own", "redis outside"])
def test_when_the_main_process_is_killed_the_rest_end(start: Start, own_redis: OwnRedis, outside: bool) -> None:
    instance = start(**({"REDIS_URL": own_redis.url, **KEYS} if outside else {}))
    instance.wait_for(lambda line: "3 of 3 runners" in line)
    everyone = instance.processes()
    instance.process.kill()
    assert psutil.wait_procs(everyone, timeout=REACT_S)[1] == []


def test_a_main_process_killed_while_the_rest_starts_leaves_nothing_running(start: Start, own_redis: OwnRedis) -> None:
    # Redis is outside, so that nothing but our own care ends the workers.
    instance = start(REDIS_URL=own_redis.url, **KEYS)
    instance.wait_for(lambda line: line.startswith("Starting"))
    wait_until(lambda: len(job_workers(instance)) == 2, "the workers", END_S)
    everyone = instance.processes()
    instance.process.kill()
    assert end_of(everyone) == []


def test_when_make_is_killed_everything_ends(start: Start) -> None:
    instance = start("make", "--silent", "--old-file=venv", "run")
    instance.wait_until_up()
    everyone = instance.processes()
    instance.process.kill()
    assert end_of(everyone) == []


def test_filling_the_trial_goes_on_when_it_is_killed(start: Start) -> None:
    instance = start()
    instance.wait_for(lambda line: "3 of 3 runners" in line)
    led_by(instance, "ops.seed_demo")[0].kill()
    instance.wait_for(lambda line: line.startswith("Filling the trial stopped early"))
    instance.wait_for(lambda line: line.startswith("The trial is filled"))
    assert instance.end() == 0


def test_a_child_that_does_not_listen_is_killed_with_its_group() -> None:
    lines: list[str] = []
    child = Child("trap '' TERM; sleep 600 & echo $!; wait", dict(os.environ), Path("/"), lines.append)
    wait_until(lambda: bool(lines), "its first line", REACT_S)
    below = psutil.Process(int(lines[0]))
    child.terminate()
    assert not child.has_ended()
    child.kill()
    assert child.collect() == -9
    assert end_of([below]) == []


def test_a_child_ends_even_where_nothing_it_says_can_be_kept() -> None:
    def fail(line: str) -> None:
        raise OSError("the disk is full")

    child = Child("seq 1 100000", dict(os.environ), Path("/"), fail)
    wait_until(child.has_ended, "its end", REACT_S)
    assert child.collect() == 0


def test_a_child_that_was_collected_is_signalled_no_more() -> None:
    child = Child("exit 3", dict(os.environ), Path("/"), lambda line: None)
    wait_until(child.has_ended, "its end", REACT_S)
    assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, "until then the pid is ours"
    assert child.collect() == 3
    with subprocess.Popen(["sleep", "600"]) as other:
        child.pid = other.pid
        child.terminate()
        child.kill()
        assert other.poll() is None
        other.kill()
