"""Lines of the log: one form, the ids of who is at work, and nothing secret."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from threading import Thread

import pytest
from flask import Flask

from jobs.worker import ids_of
from tests.support.browser import Browser, signed_in
from tests.support.builders import make_runner
from tests.support.worker import unknown_job
from webapp import logs, queue
from webapp.job_names import Job
from webapp.redis import redis_client

SECRET = "0123456789abcdef"
log = logging.getLogger("webapp.tests")


class Lines(logging.Handler):
    """Keeps finished lines, as a program's own handler would write them."""

    def __init__(self, log_format: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logs.FORMATTERS[log_format](secrets=(SECRET,)))
        self.addFilter(logs.about_whom)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(params=["text", "json"])
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    yield from _listening(request.param)


@pytest.fixture
def objects() -> Iterator[Lines]:
    yield from _listening("json")


@pytest.fixture
def texts() -> Iterator[Lines]:
    yield from _listening("text")


def _listening(log_format: str) -> Iterator[Lines]:
    handler, logger = Lines(log_format), logging.getLogger("webapp")
    before, logger.level = logger.level, logging.INFO
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.level = before


def test_an_object_says_when_how_grave_who_and_what(objects: Lines) -> None:
    log.warning("sync finished", extra={"reads": 2, "reason": "event"})
    told = json.loads(objects.lines[0])
    assert datetime.fromisoformat(told.pop("time")).tzinfo
    assert told == {
        "level": "WARNING",
        "logger": "webapp.tests",
        "message": "sync finished",
        "reads": 2,
        "reason": "event",
    }


def test_a_text_says_the_same_in_one_line(texts: Lines) -> None:
    log.warning("sync finished", extra={"reads": 2, "reason": "look now"})
    assert texts.lines[0].endswith(' WARNING webapp.tests: sync finished reads=2 reason="look now"')


def test_what_is_secret_is_taken_out_wherever_it_came_from(lines: Lines) -> None:
    try:
        raise ValueError(f"https://x/webhooks/{SECRET}")
    except ValueError:
        log.exception("cannot call %s", SECRET, extra={"address": f"/{SECRET}/"})
    assert SECRET not in lines.lines[0]
    assert lines.lines[0].count(logs.HIDDEN) == 3
    assert "Traceback" in lines.lines[0]


def test_nobody_forges_a_line_by_a_line_break(lines: Lines) -> None:
    log.info("bad request: %s", "x\n2026-11-22 12:00:00,000 ERROR webapp: forged\x1b[2J")
    first, *more = lines.lines[0].split("\n")
    assert "bad request" in first
    assert all(line.startswith("    ") for line in more)
    assert "\x1b" not in lines.lines[0]


def test_ids_go_with_every_line_said_while_they_are_at_work(objects: Lines) -> None:
    with logs.about(job="j1", runner=7):
        with logs.about(challenge=9):
            log.info("inside")
        log.info("outside", extra={"runner": 8})
    log.info("after")
    told = [json.loads(line) for line in objects.lines]
    assert [[one.get(name) for name in ("job", "runner", "challenge")] for one in told] == [
        ["j1", 7, 9],
        ["j1", 8, None],
        [None, None, None],
    ]


def test_ids_stay_in_their_thread(objects: Lines) -> None:
    with logs.about(runner=7):
        other = Thread(target=log.info, args=("from elsewhere",))
        other.start()
        other.join()
    assert "runner" not in json.loads(objects.lines[0])


def test_a_request_is_told_of_by_an_id_its_view_and_who_is_signed_in(app: Flask, objects: Lines) -> None:
    runner = make_runner("Ana Ruiz")
    browser = signed_in(app, runner)
    app.view_functions["home.robots"], plain = _failing, app.view_functions["home.robots"]
    try:
        assert browser.get("/robots.txt").status_code == 500
        assert Browser(app).get("/robots.txt").status_code == 500
    finally:
        app.view_functions["home.robots"] = plain
    mine, visitors = (json.loads(line) for line in objects.lines)
    assert (mine["endpoint"], mine["runner"]) == ("home.robots", runner.id)
    assert mine["request"] != visitors["request"]
    assert "runner" not in visitors
    log.info("after the request")
    assert "request" not in json.loads(objects.lines[-1])


def _failing() -> str:
    raise RuntimeError("on purpose")


def test_a_job_is_told_of_by_its_id_and_by_whom_it_is_about(app: Flask) -> None:
    queue.enqueue(Job.SYNC_RUNNER, 7)
    queue.enqueue(Job.DERIVE_OVERTAKES, 9)
    queue.enqueue(unknown_job("jobs.sync.nothing_of_the_kind"), 1)
    sync, overtakes, unknown = queue.job_queue(redis_client()).jobs
    assert ids_of(sync) == {"job": sync.id, "runner": 7}
    assert ids_of(overtakes) == {"job": overtakes.id, "challenge": 9}
    assert ids_of(unknown) == {"job": unknown.id}
