"""Each process of `make run` killed in turn: it is back within seconds, or everything ends and says so."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ops.child import Child
from tests.fault_injection.conftest import wait_until
from tests.support.instance import Instance, led_by, workers_of
from tests.support.servers import OwnRedis

# Ten seconds are promised. A machine that runs other tests besides these may take far longer.
PATIENCE_S = 120.0
KEYS = {
    "SECRET_KEY": "s" * 40,
    "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "VAPID_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
}

# One whose children are gunicorn's, as the simulator's are, and one whose children are RQ's. The schedule has none.
PROCESSES = [("web", "wsgi:app"), ("worker", "worker-pool")]

Start = Callable[..., Instance]


def end_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return which of the processes still live after a while."""
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_S)
    return list(alive)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance that starts again after each of its ends."""
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize(("name", "word"), PROCESSES)
def test_what_is_not_started_again_ends_everything_and_says_so(start: Start, home: Path, name: str, word: str) -> None:
    instance = start(CHASEPACK_HOME=str(home))
    instance.wait_until_up()
    assert not [line for line in instance.lines if "Filling" in line], "it is marked as filled"
    everyone = instance.processes()
    led_by(instance, word)[0].kill()
    assert instance.process.wait(PATIENCE_S) == 1
    assert end_of(everyone) == []
    instance.wait_for(lambda line: line.startswith(f"{name} ended by itself"))
    assert [left.name for left in instance.settings.home.glob("*-wal")] == []


def test_when_the_main_process_is_killed_the_rest_end(start: Start, home: Path) -> None:
    instance = start(CHASEPACK_HOME=str(home), is_filled=True)
    instance.wait_for(lambda line: line.startswith("Filling the trial"))
    everyone = instance.processes()
    assert len(led_by(instance, "redis-server")) == len(led_by(instance, "ops.seed_demo")) == 1
    instance.process.kill()
    assert end_of(everyone) == []


def test_a_main_process_killed_while_the_rest_starts_leaves_nothing_running(start: Start, own_redis: OwnRedis) -> None:
    # Redis is outside, so that nothing but our own care ends the workers.
    instance = start(REDIS_URL=own_redis.url, **KEYS)
    instance.wait_for(lambda line: line.startswith("Starting"))
    wait_until(lambda: workers_of(instance, "worker-pool"), "the workers", PATIENCE_S)
    everyone = instance.processes()
    instance.process.kill()
    assert end_of(everyone) == []


def test_when_make_is_killed_everything_ends(start: Start, home: Path) -> None:
    instance = start("make", "--silent", "--old-file=venv", "run", CHASEPACK_HOME=str(home))
    instance.wait_until_up()
    everyone = instance.processes()
    instance.process.kill()
    assert end_of(everyone) == []


def test_a_child_that_does_not_listen_is_killed_with_its_group() -> None:
    lines: list[str] = []
    child = Child("trap '' TERM; sleep 600 & echo $!; wait", dict(os.environ), Path("/"), lines.append)
    wait_until(lambda: bool(lines), "its first line", PATIENCE_S)
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
    wait_until(child.has_ended, "its end", PATIENCE_S)
    assert child.collect() == 0


def test_a_child_that_was_collected_is_signalled_no_more() -> None:
    child = Child("exit 3", dict(os.environ), Path("/"), lambda line: None)
    wait_until(child.has_ended, "its end", PATIENCE_S)
    assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, "until then the pid is ours"
    assert child.collect() == 3
    with subprocess.Popen(["sleep", "600"]) as other:
        child.pid = other.pid
        child.terminate()
        child.kill()
        assert other.poll() is None
        other.kill()
