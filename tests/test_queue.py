"""Asking for jobs."""

import json
import pickle
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from rq import Queue
from sqlalchemy import text

from tests.support.worker import work_off
from webapp import queue
from webapp.extensions import db, redis_client
from webapp.job_serializer import PlainData


def waiting() -> list[tuple[str, tuple[object, ...]]]:
    jobs = queue.job_queue(redis_client()).jobs
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


def test_a_job_is_written_as_json(app: Flask) -> None:
    queue.ask("jobs.sync.pull", 1)
    (job,) = queue.job_queue(redis_client()).jobs
    data = zlib.decompress(redis_client().hget(job.key, "data"))  # type: ignore[arg-type]  # what redis returns here
    assert json.loads(data) == ["jobs.sync.pull", None, [1], {}]


def test_a_job_that_an_earlier_version_queued_still_runs(app: Flask) -> None:
    earlier = Queue(queue.QUEUE, connection=redis_client())
    earlier.enqueue("jobs.operator.sample", result_ttl=0)
    earlier.enqueue_in(timedelta(hours=1), f"{__name__}.read_nowhere", result_ttl=0)
    (failure,) = work_off(app)
    assert "nowhere" in failure
    assert waiting() == []


def test_a_failed_job_of_an_earlier_version_can_be_tried_again(app: Flask) -> None:
    Queue(queue.QUEUE, connection=redis_client()).enqueue(f"{__name__}.read_nowhere", result_ttl=0)
    assert work_off(app, keep_failed=True)
    (failed,) = queue.failed(9)
    assert failed.job == f"{__name__}.read_nowhere"
    assert queue.try_again(failed.id)
    assert waiting() == [(failed.job, ())]


def test_a_pickle_that_would_call_something_is_refused(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "called",)

    with pytest.raises(pickle.UnpicklingError, match="plain data"):
        PlainData.loads(pickle.dumps(Harmful()))
    assert not (tmp_path / "called").exists()
