"""The simulator as the program that `make run` starts: a real server, a shared clock, many requests at once."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.integrations.strava_simulator.conftest import FIRST
from tests.integrations.strava_simulator.wire import Wire, wait_for

ROOT = Path(__file__).parents[3]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Wire]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = {"CHASEPACK_HOME": str(tmp_path), "SIM_PORT": str(port), "SIM_ATHLETES": "5", "SIM_SPEED": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHASEPACK_", "STRAVA_", "SIM_"))}
    command = ["-m", "gunicorn", "-w", "1", "-k", "gthread", "--threads", "16", "--no-control-socket"]
    process = subprocess.Popen(
        [sys.executable, *command, "-b", f"127.0.0.1:{port}", "jobs.simulator:create_app()"], cwd=ROOT, env=kept | ours
    )
    wire = Wire(f"http://127.0.0.1:{port}", secret="simulator")
    try:
        wait_for(lambda: answers(wire))
        yield wire
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def answers(wire: Wire) -> bool:
    try:
        return wire.get("/healthz").status == 200
    except OSError:
        return False


def test_it_serves_many_at_once_on_a_clock_that_can_be_set(program: Wire) -> None:
    tokens = [program.connect(FIRST + number)["access_token"] for number in range(5)]
    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda n: program.get("/api/v3/athlete/activities", tokens[n % 5]), range(60)))
    assert {reply.status for reply in replies} == {200}
    assert program.control("GET", "counters")["usage"]["read"][1] == 60
    before = sum(who["activities"] for who in program.control("GET", "athletes"))
    later = datetime.fromisoformat(program.get("/healthz").json["now"]) + timedelta(days=10)
    program.control("PUT", "clock", {"speed": 1, "now": later.isoformat()})
    assert datetime.fromisoformat(program.get("/healthz").json["now"]) >= later
    wait_for(lambda: sum(who["activities"] for who in program.control("GET", "athletes")) > before)
