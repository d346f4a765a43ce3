"""Requests as gunicorn takes them with our configuration and our worker."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import free_port
from webapp.buffering_worker import MAX_KEPT_BYTES, MAX_PICTURE_FORM_BYTES, BufferingWorker, next_chunk

PATIENCE_S = 120
THREADS = 2
HALVES = {
    "nothing": b"",
    "half of a head": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "half of a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab",
    "half of a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab",
}


class HastyWorker(BufferingWorker):
    """Gives a request hardly any time."""

    max_request_s = 2.0


def echo(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
    """Answer with the body that was sent."""
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gunicorn") / "gunicorn.log"


@pytest.fixture(scope="module")
def port(log_file: Path) -> Iterator[int]:
    with gunicorn("webapp.buffering_worker.BufferingWorker", log_file) as port:
        yield port


@pytest.fixture(scope="module")
def hasty_port(log_file: Path) -> Iterator[int]:
    with gunicorn("tests.test_buffering_worker.HastyWorker", log_file.with_name("hasty.log")) as port:
        yield port


@contextmanager
def gunicorn(worker: str, log_file: Path) -> Iterator[int]:
    """Give the port of a gunicorn with few threads that answers with what it was sent."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:webapp.log_config", "-b", f"127.0.0.1:{port}"]
    command += ["-k", worker, "--threads", str(THREADS), "--no-control-socket", "tests.test_buffering_worker:echo"]
    with log_file.open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            answered(port, "/")
            yield port
        finally:
            server.terminate()
            assert server.wait(PATIENCE_S) == 0


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


def sent(port: int, data: bytes) -> socket.socket:
    """Return an open connection on which this has been sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    connection.sendall(data)
    return connection


def received(connection: socket.socket, end: bytes) -> bytes:
    """Return what comes on a connection until something ends with `end`."""
    found = b""
    while not found.endswith(end):
        chunk = connection.recv(4096)
        assert chunk, f"only this came: {found!r}"
        found += chunk
    return found


def test_a_header_that_names_a_script_changes_no_path_and_logs_none(port: int, log_file: Path) -> None:
    for name in ("SCRIPT_NAME", "PATH_INFO"):
        assert answered(port, "/join/a-secret-invite", **{name: "/elsewhere"}) == 200
    assert "a-secret-invite" not in log_file.read_text()


@pytest.mark.parametrize("half", HALVES)
def test_slow_senders_hold_no_thread(port: int, half: str) -> None:
    with ExitStack() as open_ones:
        for _ in range(10 * THREADS):
            open_ones.enter_context(sent(port, HALVES[half]))
        assert answered(port, "/") == 200


def test_a_request_that_comes_in_pieces_is_answered_whole(port: int) -> None:
    with sent(port, HALVES["half of a body"]) as slow, sent(port, HALVES["half of a chunk"]) as chunked:
        assert answered(port, "/") == 200
        slow.sendall(b"cd")
        assert received(slow, b"abcd").startswith(b"HTTP/1.1 200 ")
        chunked.sendall(b"cd\r\n0\r\n\r\n")
        assert received(chunked, b"abcd").startswith(b"HTTP/1.1 200 ")


def test_chunks_that_come_in_pieces_are_answered_whole(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    # The body looks like the end of one.
    pieces = [b"5", b"\r\n0", b"\r\n\r\n", b"\r", b"\n3;a=b\r\nabc\r\n0\r", b"\nX-Trailer: 1\r\n", b"\r\n"]
    with sent(port, head) as connection:
        for piece in pieces:
            connection.sendall(piece)
            assert answered(port, "/") == 200
        assert received(connection, b"abc").endswith(b"\r\n\r\n0\r\n\r\nabc")


def test_chunks_that_are_here_are_gone_over_once() -> None:
    body = b"1\r\na\r\n" * 1000
    at, found = next_chunk(body + b"2\r\nb", 0)
    assert (at, found) == (len(body), False)
    assert next_chunk(body + b"2\r\nbb\r\n0\r\n", at) == (len(body) + 7, False)
    assert next_chunk(body + b"2\r\nbb\r\n0\r\n\r\n", at) == (len(body) + 7, True)
    assert next_chunk(body + b"-2\r\n", at) == (len(body), True), "gunicorn refuses it"


def test_a_connection_serves_one_request_after_another(port: int) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
    with sent(port, post + b"abcd" + post + b"efgh" + post) as connection:
        received(connection, b"efgh")
        connection.sendall(b"ijkl")
        received(connection, b"ijkl")


def test_a_request_that_makes_no_sense_is_refused(port: int) -> None:
    with sent(port, b"NO SENSE\r\n\r\n") as connection:
        assert received(connection, b"</html>\n").startswith(b"HTTP/1.1 400 ")


def test_what_is_longer_than_any_request_is_not_waited_for(port: int) -> None:
    told = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\na" % (2 * MAX_KEPT_BYTES)
    untold = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n"
    with sent(port, told) as connection:
        assert received(connection, b"a").startswith(b"HTTP/1.1 200 ")
    with sent(port, untold + b"a" * (MAX_KEPT_BYTES + 1)) as connection:
        assert connection.recv(4096) == b"", "the application cannot read it to its end"


def test_a_form_with_a_picture_may_be_longer(port: int) -> None:
    picture = bytes(5_000_000)
    path = b"POST /g/milers/profile HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    with sent(port, path % len(picture)) as connection:
        for at in range(0, len(picture), 700_000):
            assert answered(port, "/") == 200
            connection.sendall(picture[at : at + 700_000])
        received(connection, b"Content-Length: %d\r\n\r\n%s" % (len(picture), picture))
    with sent(port, path % (MAX_PICTURE_FORM_BYTES + 1)) as connection:
        received(connection, b"Content-Length: 0\r\n\r\n")


def test_a_request_that_is_not_whole_in_time_loses_its_connection(hasty_port: int) -> None:
    with ExitStack() as open_ones:
        slow = {half: open_ones.enter_context(sent(hasty_port, data)) for half, data in HALVES.items()}
        assert {half: connection.recv(1) for half, connection in slow.items()} == dict.fromkeys(HALVES, b"")
    assert answered(hasty_port, "/") == 200
