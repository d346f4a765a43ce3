"""Working off the queue inside a test: RQ's own worker on the real Redis, in this process."""

from typing import Any, cast

from flask import Flask
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job as QueuedJob
from rq.registry import FailedJobRegistry, ScheduledJobRegistry

from webapp import queue
from webapp.db import db
from webapp.job_names import Job
from webapp.job_serializer import PlainData
from webapp.redis import redis_client


class _Here(SimpleWorker):
    app: Flask

    def perform_job(self, job: QueuedJob, rq_queue: Queue, execution: Execution) -> bool:
        queue.started(redis_client(), str(job.func_name), tuple(job.args))
        try:
            return super().perform_job(job, rq_queue, execution)
        finally:
            db.session.remove()

    def subscribe(self) -> None:
        """Listen to no commands: ending the thread that would takes a quarter of a second each time."""

    def _install_signal_handlers(self) -> None:
        """Leave the signals to pytest."""


def unknown_job(name: str) -> Job:
    """Return the name of a job that this version does not know, as another one may have queued it."""
    return cast("Job", name)


def queued() -> list[tuple[Any, ...]]:
    """Return the jobs that wait in the queue, each as its name and its arguments."""
    return [(job.func_name, *job.args) for job in queue.job_queue(redis_client()).jobs]


def process_jobs(app: Flask, *, delayed: bool = True, keep_failed: bool = False) -> list[str]:
    """Run every job that waits, and with `delayed` those set for later, until the queue is empty.

    Returns the tracebacks of jobs that failed, oldest first; they are put out of the registry unless `keep_failed`.
    """
    with app.app_context():
        waiting = queue.job_queue(redis_client())
        while True:
            if delayed:
                _bring_forward(waiting)
            if not waiting.count:
                return _failures(waiting, keep=keep_failed)
            _Here([waiting], connection=redis_client(), serializer=PlainData).work(burst=True, logging_level="WARNING")


def _bring_forward(waiting: Queue) -> None:
    registry: Any = ScheduledJobRegistry(queue=waiting)  # type: ignore[no-untyped-call]  # RQ's
    for job_id in registry.get_job_ids():
        registry.remove(job_id)
        job: Any = QueuedJob.fetch(job_id, redis_client(), serializer=PlainData)
        waiting.push_job_id(job.id)


def _failures(waiting: Queue, *, keep: bool) -> list[str]:
    registry = FailedJobRegistry(queue=waiting)
    failed = [QueuedJob.fetch(job_id, redis_client(), serializer=PlainData) for job_id in registry.get_job_ids()]
    results = [job.latest_result() for job in failed]  # before the job goes, and its results with it
    for job in [] if keep else failed:
        registry.remove(job, delete_job=True)
    return [str(result and result.exc_string) for result in results]
