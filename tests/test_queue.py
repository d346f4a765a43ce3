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
from sqlalchemy.exc import IntegrityError

from tests.support.builders import make_group
from tests.support.worker import process_jobs, queued, unknown_job
from webapp import queue
from webapp.db import db
from webapp.job_names import QUEUE, Job
from webapp.job_serializer import PlainData
from webapp.models.groups import Group
from webapp.redis import redis_client


def read_nowhere() -> None:
    """Fail as a job does whose database does."""
    db.session.execute(text("SELECT 1\nFROM nowhere"))


def test_a_job_enqueued_twice_before_it_starts_is_one_job(app: Flask) -> None:
    assert queue.enqueue(Job.SYNC_RUNNER, 1)
    assert not queue.enqueue(Job.SYNC_RUNNER, 1)
    assert queue.enqueue(Job.SYNC_RUNNER, 2)
    assert queued() == [(Job.SYNC_RUNNER, 1), (Job.SYNC_RUNNER, 2)]


def test_a_job_enqueued_by_many_at_once_is_one_job(app: Flask) -> None:
    def ask(_: int) -> bool:
        with app.app_context():
            return queue.enqueue(Job.SYNC_RUNNER, 1)

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(ask, range(64))) == 1
    assert queued() == [(Job.SYNC_RUNNER, 1)]


def test_a_job_enqueued_while_it_runs_is_a_new_one(app: Flask) -> None:
    queue.enqueue(Job.SYNC_RUNNER, 1)
    queue.started(redis_client(), Job.SYNC_RUNNER, (1,))
    assert queue.enqueue(Job.SYNC_RUNNER, 1)
    assert len(queued()) == 2


def test_a_delayed_job_waits_outside_the_queue(app: Flask) -> None:
    assert queue.enqueue(Job.SYNC_RUNNER, 1, delay=60)
    assert queued() == []


def test_with_redis_away_asking_is_refused_and_not_an_error(app: Flask) -> None:
    away = redis_client().from_url("unix:///nonexistent/redis.sock")
    here, app.extensions["redis"] = app.extensions["redis"], away
    try:
        assert not queue.enqueue(Job.SYNC_RUNNER, 1)
    finally:
        app.extensions["redis"] = here


def test_a_job_that_is_tried_no_more_says_what_broke_and_not_where_to_read_about_it(app: Flask) -> None:
    queue.enqueue(unknown_job(f"{__name__}.read_nowhere"))
    assert process_jobs(app, keep_failed=True)
    error = queue.failed(1)[0].error
    assert error.startswith("sqlalchemy.exc.") and "nowhere" in error


def test_a_job_is_written_as_json(app: Flask) -> None:
    queue.enqueue(Job.SYNC_RUNNER, 1)
    (job,) = queue.job_queue(redis_client()).jobs
    data = zlib.decompress(redis_client().hget(job.key, "data"))  # type: ignore[arg-type]  # what redis returns here
    assert json.loads(data) == [Job.SYNC_RUNNER, None, [1], {}]


def test_a_job_that_an_earlier_version_queued_still_runs(app: Flask) -> None:
    earlier = Queue(QUEUE, connection=redis_client())
    earlier.enqueue(Job.TAKE_SAMPLE, result_ttl=0)
    earlier.enqueue_in(timedelta(hours=1), f"{__name__}.read_nowhere", result_ttl=0)
    (failure,) = process_jobs(app)
    assert "nowhere" in failure
    assert queued() == []


def test_a_failed_job_of_an_earlier_version_can_be_tried_again(app: Flask) -> None:
    Queue(QUEUE, connection=redis_client()).enqueue(f"{__name__}.read_nowhere", result_ttl=0)
    assert process_jobs(app, keep_failed=True)
    (failed,) = queue.failed(9)
    assert failed.job == f"{__name__}.read_nowhere"
    assert queue.try_again(failed.id)
    assert queued() == [(failed.job,)]


def test_a_pickle_that_would_call_something_is_refused(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "called",)

    with pytest.raises(pickle.UnpicklingError, match="plain data"):
        PlainData.loads(pickle.dumps(Harmful()))
    assert not (tmp_path / "called").exists()


def test_a_job_enqueued_in_a_transaction_is_queued_when_it_commits(app: Flask) -> None:
    db.session.execute(text("SELECT 1"))
    for _ in range(2):
        queue.after_commit(Job.PUBLISH_BOARD, 1)
    assert queued() == []
    db.session.commit()
    assert queued() == [(Job.PUBLISH_BOARD, 1)]
    db.session.commit()
    assert queued() == [(Job.PUBLISH_BOARD, 1)]


def test_a_job_enqueued_in_a_transaction_that_is_rolled_back_is_not_queued(app: Flask) -> None:
    db.session.execute(text("SELECT 1"))
    queue.after_commit(Job.PUBLISH_BOARD, 1)
    db.session.rollback()
    db.session.commit()
    assert queued() == []


def test_a_job_of_a_transaction_that_fails_is_not_queued(app: Flask) -> None:
    queue.after_commit(Job.PUBLISH_BOARD, 1)
    db.session.add(Group(id=1))  # without a name
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
    db.session.commit()
    assert queued() == []


def test_a_savepoint_queues_nothing_and_drops_nothing(app: Flask) -> None:
    db.session.execute(text("SELECT 1"))
    queue.after_commit(Job.PUBLISH_BOARD, 1)
    with db.session.begin_nested():
        queue.after_commit(Job.PUBLISH_BOARD, 2)
    db.session.begin_nested().rollback()
    assert queued() == []
    db.session.commit()
    assert queued() == [(Job.PUBLISH_BOARD, 1), (Job.PUBLISH_BOARD, 2)]


def test_with_redis_away_a_transaction_commits_and_says_what_it_could_not_queue(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    away = redis_client().from_url("unix:///nonexistent/redis.sock")
    here, app.extensions["redis"] = app.extensions["redis"], away
    try:
        group = make_group()
        queue.after_commit(Job.PUBLISH_BOARD, 1)
        db.session.commit()
    finally:
        app.extensions["redis"] = here
    assert db.session.get(Group, group.id)
    assert Job.PUBLISH_BOARD in caplog.text
