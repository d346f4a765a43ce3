"""`make run` as an operator meets it: one line when something is wrong, everything or nothing, and a clean end."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from ops.paths import filled_mark
from tests.support.builders import NOON
from tests.support.instance import Instance, assert_refused, names_in

KEYS = {
    "SECRET_KEY": "s" * 40,
    "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "VAPID_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
}

Make = Callable[..., Instance]


def assert_all_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=120)
    assert alive == []


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


def test_filling_that_is_ended_or_killed_goes_on_and_is_marked_as_done(made: Make) -> None:
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
    assert filled_mark(second.settings).exists(), "the start after that fills nothing twice"


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
