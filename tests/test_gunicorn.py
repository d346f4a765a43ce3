"""Requests as gunicorn takes them with our configuration."""

import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.servers import free_port

PATIENCE_S = 30


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a gunicorn that logs to `gunicorn.log`."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:webapp.log_config", "-b", f"127.0.0.1:{port}"]
    command += ["--no-control-socket", "werkzeug.testapp:test_app"]
    with (tmp_path / "gunicorn.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        yield port
        server.terminate()
        server.wait(PATIENCE_S)


def answered(port: int, path: str, **headers: str) -> int:
    """Return the status of an answer, once somebody listens."""
    until = time.monotonic() + PATIENCE_S
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.05)
        finally:
            connection.close()


def test_a_header_that_names_a_script_changes_no_path_and_logs_none(port: int, tmp_path: Path) -> None:
    for name in ("SCRIPT_NAME", "PATH_INFO"):
        assert answered(port, "/join/a-secret-invite", **{name: "/elsewhere"}) == 200
    assert "a-secret-invite" not in (tmp_path / "gunicorn.log").read_text()
