"""Whoever knows where the site is may post to it: the real web server refuses cheaply what is no event of ours."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.fault_injection.conftest import wait_until
from tests.fault_injection.fork_server import ROOT, environment_of
from tests.support.simulator import Simulator
from tests.support.strava import SUBSCRIPTION, event, requests_of
from tests.sync.acts import events_stored
from webapp.clock import Clock
from webapp.config import Settings
from webapp.db import db
from webapp.extensions import budget
from webapp.models.sync import StoredEvent, Subscription
from webapp.queue import waiting

MEGABYTE = 2**20
WORKER = ("-k", "webapp.buffering_worker.BufferingWorker", "--threads", "4")
GUNICORN = ("gunicorn", "-c", "python:webapp.log_config", "wsgi:app", "-w", "1", *WORKER, "--no-control-socket")


class WebhookClient:
    """The web server at its webhook_client: what is posted, and what is answered."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path

    def post(self, body: bytes, path: str = "") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path or self.path, body, {"Content-Type": "application/json"})
        status = connection.getresponse().status
        connection.close()
        return status

    def begin(self, headers: bytes, body: bytes) -> bytes:
        """Send the beginning of a request that never ends, and return the first line of the answer to it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n\r\n" % (self.path.encode(), headers) + body)
            return line.makefile("rb").readline()


@pytest.fixture(scope="module")
def web_server(migrated_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebhookClient]:
    """The web server of the application under test, for all tests of this module."""
    ours: Settings = migrated_app.extensions["settings"]
    command = [sys.executable, "-m", *GUNICORN, "-b", f"127.0.0.1:{ours.port}"]
    environment = {**os.environ, **environment_of(ours)}
    with (tmp_path_factory.mktemp("web") / "web.log").open("wb") as log:
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(ours.port), "the web server")
        yield WebhookClient(ours.port, f"/webhooks/strava/{ours.webhook_secret}")
    finally:
        web.terminate()
        web.wait(30)


@pytest.fixture
def webhook_client(web_server: WebhookClient, clock: Clock, runner_id: int) -> WebhookClient:
    db.session.add(Subscription(id=SUBSCRIPTION, callback_url="http://x", subscribed_at=clock.now()))
    db.session.commit()
    return web_server


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_what_is_no_event_of_ours_is_refused_counted_and_costs_nothing(
    simulator: Simulator, webhook_client: WebhookClient, athlete_id: int
) -> None:
    good, spent = event(athlete_id), requests_of(simulator)
    deep = b'{"updates":' * 600 + b"1" + b"}" * 600
    huge = json.dumps(good).replace("77", "9" * 5_000).encode()
    posted: list[tuple[str, int, bytes, str]] = [
        ("unknown_owner", 200, json.dumps(event(999_999_999)).encode(), ""),
        ("wrong_subscription", 404, json.dumps(event(athlete_id, subscription_id=6)).encode(), ""),
        ("wrong_address", 404, json.dumps(good).encode(), "/webhooks/strava/guessed"),
        ("malformed", 400, b"{", ""),
        ("malformed", 400, b"[" * 8_000, ""),
        ("malformed", 400, deep, ""),
        ("malformed", 400, huge, ""),
        ("malformed", 400, json.dumps(event(athlete_id, object_id=2**63)).encode(), ""),
        ("malformed", 400, json.dumps(event(athlete_id, event_time=10**300)).encode(), ""),
        ("malformed", 400, json.dumps(event(athlete_id, owner_id=1e400)).encode(), ""),
    ]
    for kind, status, body, path in posted:
        wanted = counted(kind) + 1
        assert webhook_client.post(body, path) == status, body[:60]
        wait_until(partial(is_counted, kind, wanted), f"it to be counted as {kind}")
    assert events_stored() == 0
    assert waiting() == 0
    assert requests_of(simulator) == spent


def counted(kind: str) -> int:
    return budget().counts().get(f"event:{kind}", 0)


def is_counted(kind: str, times: int) -> bool:
    # The answer is given first and then counted.
    return counted(kind) == times


def test_ten_megabytes_are_refused_before_they_are_sent(webhook_client: WebhookClient) -> None:
    answer = webhook_client.begin(b"Content-Length: %d" % (10 * MEGABYTE), b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 413")
    wait_until(partial(is_counted, "too_large", 1), "it to be counted")


def test_a_body_of_no_told_length_is_read_no_further_than_an_event_is_long(webhook_client: WebhookClient) -> None:
    answer = webhook_client.begin(b"Transfer-Encoding: chunked", b"2800\r\n" + b"x" * 0x2800 + b"\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    wait_until(partial(is_counted, "too_large", 1), "it to be counted")


def test_an_event_of_ours_is_accepted_beside_all_that(webhook_client: WebhookClient, athlete_id: int) -> None:
    assert webhook_client.post(json.dumps(event(athlete_id)).encode()) == 200
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(StoredEvent)) == 1
