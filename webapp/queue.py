"""The queue of jobs. The web enqueues them by name (`webapp/job_names.py`) and never imports what runs them."""

import contextlib
import hashlib
import json
import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis import Redis, RedisError, WatchError
from redis.client import Pipeline
from rq import Queue, Retry
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job as QueuedJob
from rq.registry import FailedJobRegistry
from sqlalchemy import event
from sqlalchemy.orm import Session

from webapp.db import db
from webapp.job_names import QUEUE, Job
from webapp.job_serializer import PlainData
from webapp.redis import redis_client

log = logging.getLogger(__name__)

# The key under which a session stores the jobs of its transaction.
JOBS = "jobs"
# How long a job counts as waiting. After that, a sweep can enqueue again a job that was lost with its Redis.
WAITING_S = 120
# The line of a traceback that names the error.
ERROR_LINE = re.compile(r"[A-Za-z_][\w.]*(:|$)")
RETRY_PAUSES = [5, 30, 120, 600]


@dataclass(frozen=True, slots=True)
class Failed:
    """A job that failed and is not tried again: its name and arguments, when it ended, the last line of its error."""

    id: str
    job: str
    args: tuple[int | str, ...]
    at: datetime | None
    error: str


def job_queue(redis: Redis) -> Queue:
    """Return the queue of all our jobs, with their serializer."""
    return Queue(QUEUE, connection=redis, serializer=PlainData)


def after_commit(job: Job, *args: int | str, delay: float = 0.0) -> None:
    """Enqueue a job once the transaction of the session has committed. A rollback drops it.

    Services call this where they change the state that the job reads. Inside a savepoint, the job belongs to the whole
    transaction. Otherwise as `enqueue`.
    """
    jobs: dict[tuple[Job, tuple[int | str, ...]], float] = db.session().info.setdefault(JOBS, {})
    jobs.setdefault((job, args), delay)


@event.listens_for(db.session, "after_commit")
def _enqueue_jobs(session: Session) -> None:
    if session.in_nested_transaction():
        return
    jobs = session.info.pop(JOBS, {})
    try:
        for (job, args), delay in jobs.items():
            _enqueue(redis_client(), str(job), args, delay)
    except RedisError as error:
        log.error("cannot enqueue %s: %s", ", ".join(sorted({job for job, _ in jobs})), error)


@event.listens_for(db.session, "after_rollback")
def _drop_jobs(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(JOBS, None)


def enqueue(job: Job, *args: int | str, delay: float = 0.0) -> bool:
    """Put a job with these arguments into the queue, to start after `delay` seconds.

    For work that no transaction calls for; all other work uses `after_commit`. A job enqueued again before it has
    started is one job: it reads the state when it starts, so nothing is missed. Returns whether there is a new job in
    the queue; False also if Redis does not answer, which is logged: a sweep finds the work in the database.
    """
    try:
        return _enqueue(redis_client(), str(job), args, delay)
    except RedisError as error:
        log.error("cannot enqueue %s%s: %s", job, args, error)
        return False


def _enqueue(redis: Redis, name: str, args: tuple[int | str, ...], delay: float) -> bool:
    key = waiting_key(name, args)
    # Mark and job are written in one step: a process killed in between would leave a mark without a job.
    with redis.pipeline() as step:
        step.watch(key)  # type: ignore[no-untyped-call]  # redis'
        if step.exists(key):
            return False
        step.multi()
        step.set(key, 1, ex=WAITING_S + int(delay))
        _put(job_queue(redis), step, name, args, delay)
        try:
            step.execute()
        except WatchError:  # another process enqueued it in this moment
            return False
    return True


def _put(queue: Queue, step: Pipeline, name: str, args: tuple[int | str, ...], delay: float) -> None:
    options: dict[str, Any] = {
        "args": args,
        "retry": Retry(max=len(RETRY_PAUSES), interval=RETRY_PAUSES),
        "result_ttl": 0,
        "pipeline": step,
    }
    if delay:
        queue.enqueue_in(timedelta(seconds=delay), name, **options)
    else:
        queue.enqueue(name, **options)


def started(redis: Redis, name: str, args: tuple[int | str, ...]) -> None:
    """Note that a job starts: from here on, enqueueing it makes a new one. The worker calls this first of all."""
    redis.delete(waiting_key(name, args))


def waiting_key(name: str, args: tuple[int | str, ...]) -> str:
    digest = hashlib.sha256(json.dumps([name, *args]).encode()).hexdigest()[:24]
    return f"chasepack:waiting:{digest}"


def waiting() -> int:
    """Return how many jobs wait in the queue. Raises RedisError."""
    return int(job_queue(redis_client()).count)


def failed(limit: int) -> list[Failed]:
    """Return the jobs that failed and are not tried again, the latest first. Raises RedisError."""
    registry = FailedJobRegistry(queue=job_queue(redis_client()))
    latest = registry.get_job_ids(desc=True)[:limit]
    return [_failed(job) for job in QueuedJob.fetch_many(latest, redis_client(), serializer=PlainData) if job]


def try_again(job_id: str) -> bool:
    """Put a failed job into the queue again; return False if none has this id. Raises RedisError."""
    registry = FailedJobRegistry(queue=job_queue(redis_client()))
    if registry.connection.zscore(registry.key, job_id) is None:
        return False
    try:
        registry.requeue(job_id)
    except (NoSuchJobError, InvalidJobOperation):  # another request was faster
        return False
    return True


def discard(job_id: str) -> bool:
    """Remove a failed job; return False if none has this id. Raises RedisError."""
    registry = FailedJobRegistry(queue=job_queue(redis_client()))
    if not registry.connection.zrem(registry.key, job_id):
        return False
    with contextlib.suppress(NoSuchJobError):
        QueuedJob.fetch(job_id, registry.connection, serializer=PlainData).delete()
    return True


def _failed(job: QueuedJob) -> Failed:
    result = job.latest_result()
    lines = ((result and result.exc_string) or "no reason was kept").strip().splitlines()
    # After an error of the database come the statement and a link, which do not say what went wrong.
    error = next((line for line in reversed(lines) if ERROR_LINE.match(line)), lines[-1])
    return Failed(job.id, str(job.func_name), tuple(job.args), job.ended_at, error)
