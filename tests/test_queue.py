"""Asking for jobs."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from rq import Queue
from sqlalchemy import text

from tests.support.worker import work_off
from webapp import queue
from webapp.extensions import db, redis_client


def waiting() -> list[tuple[str, tuple[object, ...]]]:
    jobs = Queue(queue.QUEUE, connection=redis_client()).jobs
    return [(str(job.func_name), tuple(job.args)) for job in jobs]


def read_nowhere() -> None:
    """Fail as a job does whose database does."""
    db.session.execute(text("SELECT 1\nFROM nowhere"))


def test_a_job_asked_for_twice_before_it_starts_is_one_job(app: Flask) -> None:
    assert queue.ask("jobs.sync.pull", 1)
    assert not queue.ask("jobs.sync.pull", 1)
    assert queue.ask("jobs.sync.pull", 2)
    assert waiting() == [("jobs.sync.pull", (1,)), ("jobs.sync.pull", (2,))]


def test_a_job_asked_for_by_many_at_once_is_one_job(app: Flask) -> None:
    def ask(_: int) -> bool:
        with app.app_context():
            return queue.ask("jobs.sync.pull", 1)

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(ask, range(64))) == 1
    assert waiting() == [("jobs.sync.pull", (1,))]


def test_a_job_asked_for_while_it_runs_is_a_new_one(app: Flask) -> None:
    queue.ask("jobs.sync.pull", 1)
    queue.started(redis_client(), "jobs.sync.pull", (1,))
    assert queue.ask("jobs.sync.pull", 1)
    assert len(waiting()) == 2


def test_a_delayed_job_waits_outside_the_queue(app: Flask) -> None:
    assert queue.ask("jobs.sync.pull", 1, delay=60)
    assert waiting() == []


def test_with_redis_away_asking_is_refused_and_not_an_error(app: Flask) -> None:
    away = redis_client().from_url("unix:///nonexistent/redis.sock")
    here, app.extensions["redis"] = app.extensions["redis"], away
    try:
        assert not queue.ask("jobs.sync.pull", 1)
    finally:
        app.extensions["redis"] = here


def test_a_job_that_is_tried_no_more_says_what_broke_and_not_where_to_read_about_it(app: Flask) -> None:
    queue.ask(f"{__name__}.read_nowhere")
    assert work_off(app, keep_failed=True)
    error = queue.failed(1)[0].error
    assert error.startswith("sqlalchemy.exc.") and "nowhere" in error
