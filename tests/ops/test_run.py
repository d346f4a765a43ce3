"""`make run` as an operator meets it: one line when something is wrong, everything or nothing, and a clean end."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import create_engine, text

from tests.support.builders import NOON
from tests.support.instance import Instance

KEYS = {"SECRET_KEY": "s" * 40, "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}

Make = Callable[..., Instance]


def names_in(process: psutil.Process) -> set[str]:
    """Return the words of its command line, without the folders of programs."""
    return {Path(word).name for word in process.cmdline()}


def assert_all_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=120)
    assert alive == []


def assert_refused(instance: Instance, word: str) -> str:
    """Assert that a start says one line with `word`, exits with 1 and leaves nothing running; return the line."""
    with instance:
        instance.start()
        assert instance.process.wait(120) == 1
        line = instance.wait_for(lambda line: word in line)
        assert instance.lines == [line]
        return line


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


@pytest.mark.parametrize("name", ["PORT", "SIM_PORT"])
def test_a_busy_port_is_named(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        instance = Instance(tmp_path, **{name: str(other.getsockname()[1])})
        line = assert_refused(instance, "is in use")
    assert line.startswith(f"{name} ")
    assert not (instance.settings.home / "chasepack.sqlite3").exists()


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    assert_refused(Instance(tmp_path, SEATS="many"), "SEATS:")


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    instance.environment["CHASEPACK_HOEM"] = "x"
    assert_refused(instance, "CHASEPACK_HOEM: there is no such setting")


def test_a_database_that_does_not_answer_is_one_line_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://somebody:hush@127.0.0.1:1/nowhere"
    line = assert_refused(Instance(tmp_path, DATABASE_URL=url, **KEYS), "The database does not answer")
    assert "hush" not in line


def test_a_redis_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    assert_refused(Instance(tmp_path, REDIS_URL="redis://127.0.0.1:1/0", **KEYS), "Redis does not answer")


def test_filling_that_is_ended_or_killed_goes_on_and_the_start_after_that_does_nothing_twice(made: Make) -> None:
    first = made()
    first.begin_at(NOON)  # in the last days of a month the next one of a series may be made at any moment
    first.start()
    first.wait_for(lambda line: "3 of 3 runners" in line)
    everyone = first.processes()
    assert first.end(signal.SIGTERM) == 0
    assert_all_gone(everyone)

    second = made()
    second.start()
    second.wait_for(lambda line: line.startswith("Filling the trial"))
    (filler,) = [one for one in second.processes() if "ops.seed_demo" in names_in(one)]
    filler.kill()
    second.wait_for(lambda line: line.startswith("Filling the trial stopped early"))
    second.wait_for(lambda line: line.startswith("The trial is filled"))
    everyone = second.processes()
    assert second.end(signal.SIGINT) == 0
    assert_all_gone(everyone)
    assert_redis_went_last(second)
    assert rows(second) == {"runner": 3, "running_group": 3, "challenge": 39}

    third = made()
    third.start()
    third.wait_until_up()
    assert third.end() == 0
    assert rows(third) == rows(second)
    assert not [line for line in third.lines if "Filling" in line]


def assert_redis_went_last(instance: Instance) -> None:
    # Had Redis gone first, worker and schedule would have complained of it on their way out.
    for name in ("worker", "schedule"):
        said = (instance.settings.home / "log" / f"{name}.log").read_text().splitlines()
        # The simulator ends together with them, so that a sync that has just begun may find no Strava any more.
        of_redis = [line for line in said if "ConnectionError" in line and "Strava does not answer" not in line]
        assert of_redis == []
        assert "Error" not in said[-1]
    assert "bye bye" in (instance.settings.home / "log" / "redis.log").read_text()


def rows(instance: Instance) -> dict[str, int]:
    """Return how many rows the main tables hold."""
    with create_engine(instance.settings.database).connect() as connection:
        tables = ("runner", "running_group", "challenge")
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables}
