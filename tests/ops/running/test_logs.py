"""What a whole instance writes down while things go wrong: who and what for, never a token, a title, a secret path."""

import json
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from ops.http_client import Browser
from tests.fault_injection.conftest import wait_until
from tests.support.instance import Instance
from tests.support.simulator import Simulator
from webapp.crypto import Sealer

OURS = ("web", "worker", "schedule")
TITLE = "Lunch run with Kim"
TOKENS_OF_THE_SIMULATOR = re.compile(r"\b[0-9a-f]{40}\b")
PATIENCE_S = 120.0

Line = dict[str, Any]


def written(instance: Instance, name: str) -> str:
    path: Path = instance.settings.home / "log" / f"{name}.log"
    return path.read_text() if path.exists() else ""


def lines(instance: Instance, name: str) -> list[Line]:
    return [json.loads(line) for line in written(instance, name).splitlines()]


def wait_for_line(instance: Instance, name: str, holds: Callable[[Line], bool]) -> Line:
    end = time.monotonic() + PATIENCE_S
    while True:
        found = [line for line in lines(instance, name) if holds(line)]
        if found:
            return found[-1]
        assert time.monotonic() < end, f"waited in vain; {name} wrote {written(instance, name)}"
        time.sleep(0.1)


def connect(instance: Instance, athlete_id: int) -> None:
    browser = Browser(instance.settings.address, lambda _seconds: None)
    ask = browser.submit(browser.get("/connect"), {}, action="/connect")
    browser.submit(ask, {"athlete": str(athlete_id), "decision": "authorize"}, action="/authorize")


def upload(strava: Simulator, number: int) -> int:
    """Have the athlete of this number upload a run with a title, and return who it is."""
    athlete_id = int(strava.athletes()[number]["id"])
    strava.control("POST", f"athletes/{athlete_id}/activities", {"name": TITLE})
    return athlete_id


def is_end_of_import(runner_id: int, line: Line) -> bool:
    return line["message"] == "sync finished" and line.get("runner") == runner_id


def is_subscribed(instance: Instance) -> bool:
    with create_engine(instance.settings.database).connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM subscription")).scalar_one())


def runner_of(instance: Instance, athlete_id: int) -> int:
    wanted = text("SELECT runner_id FROM connection WHERE athlete_id = :athlete_id")
    with create_engine(instance.settings.database).connect() as connection:
        return int(connection.execute(wanted, {"athlete_id": athlete_id}).scalar_one())


def tokens(instance: Instance) -> list[str]:
    sealer = Sealer(instance.settings.token_keys)
    with create_engine(instance.settings.database).connect() as connection:
        rows = connection.execute(text("SELECT access_token, refresh_token FROM connection")).all()
    return [sealer.open(sealed) for row in rows for sealed in row]


def test_under_faults_lines_name_runner_job_and_request_and_nothing_secret(running: Instance) -> None:
    instance = running
    strava = Simulator(instance.settings.simulator_address)
    wait_until(lambda: is_subscribed(instance), "the subscription to events", PATIENCE_S)
    for athlete in strava.athletes():
        connect(instance, int(athlete["id"]))
        wait_for_line(instance, "worker", partial(is_end_of_import, runner_of(instance, int(athlete["id"]))))
    kept = tokens(instance)
    runner_id = runner_of(instance, upload(strava, 0))
    synced = wait_for_line(instance, "worker", lambda line: line["message"] == "sync finished" and "event" in str(line))
    assert (synced["runner"], synced["reason"], synced["new"], synced["removed"]) == (runner_id, "event", 1, 0)
    assert synced["reads"] >= 1
    assert re.fullmatch(r"[\w-]{36}", synced["job"])
    assert synced["seconds"] >= 0
    event = wait_for_line(instance, "web", lambda line: line.get("endpoint") == "sync.webhook")
    assert (event["runner"], len(event["request"])) == (runner_id, 8)

    strava.faults(error_500=1.0)
    other = runner_of(instance, upload(strava, 1))
    failed = wait_for_line(instance, "worker", lambda line: line["level"] == "WARNING" and line.get("runner") == other)
    assert failed["job"] != synced["job"]
    strava.faults(error_500=0.0, inactive=True, malformed_rows=0.5)
    upload(strava, 2)
    wait_for_line(instance, "worker", lambda line: line["message"].startswith("no calls to Strava until"))

    secrets = {*kept, *tokens(instance), *instance.settings.secrets}
    for name in (*OURS, "simulator"):
        said = written(instance, name)
        assert lines(instance, name), name
        assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines(instance, name)), name
        assert [secret for secret in secrets if secret in said] == [], name
        assert TOKENS_OF_THE_SIMULATOR.search(said) is None, name
        assert TITLE not in said, name
