"""Asking for jobs, by name: the web never imports the code that runs them."""

import contextlib
import hashlib
import json
import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from redis import Redis, RedisError, WatchError
from redis.client import Pipeline
from rq import Queue, Retry
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry

from webapp.extensions import redis_client
from webapp.job_serializer import PlainData

log = logging.getLogger(__name__)

QUEUE = "default"
# How long "already asked for" is believed. A job lost with its Redis is asked for again after that by the sweep.
WAITING_S = 120
# The line of a traceback that names the error.
ERROR_LINE = re.compile(r"[A-Za-z_][\w.]*(:|$)")
RETRY_PAUSES = [5, 30, 120, 600]


class Failed(NamedTuple):
    """A job that failed and is tried no more: its name and ids, when it ended, and the last line of its error."""

    id: str
    job: str
    args: tuple[int | str, ...]
    at: datetime | None
    error: str


def job_queue(redis: "Redis") -> Queue:
    """Return the queue of all our jobs, with the way they are written there."""
    return Queue(QUEUE, connection=redis, serializer=PlainData)


def ask(name: str, *args: int | str, delay: float = 0.0) -> bool:
    """Ask for the job `name`, such as "jobs.sync.pull", with `args`, `delay` seconds from now.

    Call it after the commit. The same job asked for again before it has started is one job: it reads the state when
    it starts, so nothing is missed. Returns whether a new job was put in the queue; False also where Redis is away
    (logged; the sweep finds the work in the database).
    """
    try:
        return _enqueue(redis_client(), name, args, delay)
    except RedisError as error:
        log.error("cannot ask for %s%s: %s", name, args, error)
        return False


def _enqueue(redis: "Redis", name: str, args: tuple[int | str, ...], delay: float) -> bool:
    key = waiting_key(name, args)
    # Mark and job in one step: whoever is killed in between would leave a mark for a job that nobody ever begins.
    with redis.pipeline() as step:
        step.watch(key)  # type: ignore[no-untyped-call]  # redis'
        if step.exists(key):
            return False
        step.multi()
        step.set(key, 1, ex=WAITING_S + int(delay))
        _put(job_queue(redis), step, name, args, delay)
        try:
            step.execute()
        except WatchError:  # somebody else asked for it in this moment
            return False
    return True


def _put(queue: Queue, step: "Pipeline", name: str, args: tuple[int | str, ...], delay: float) -> None:
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


def started(redis: "Redis", name: str, args: tuple[int | str, ...]) -> None:
    """Note that a job starts: what is asked for from here on is a new one. The worker calls it first of all."""
    redis.delete(waiting_key(name, args))


def waiting_key(name: str, args: tuple[int | str, ...]) -> str:
    digest = hashlib.sha256(json.dumps([name, *args]).encode()).hexdigest()[:24]
    return f"chasepack:waiting:{digest}"


def waiting() -> int:
    """Return how many jobs nobody has begun yet. Raises RedisError."""
    return int(job_queue(redis_client()).count)


def failed(most: int) -> list[Failed]:
    """Return the jobs that are tried no more, the latest first. Raises RedisError."""
    registry = FailedJobRegistry(queue=job_queue(redis_client()))
    latest = registry.get_job_ids(desc=True)[:most]
    return [_failed(job) for job in Job.fetch_many(latest, redis_client(), serializer=PlainData) if job]


def try_again(job_id: str) -> bool:
    """Put a job that is tried no more into the queue once more; False where there is none of that id.

    Raises RedisError.
    """
    registry = FailedJobRegistry(queue=job_queue(redis_client()))
    if registry.connection.zscore(registry.key, job_id) is None:
        return False
    try:
        registry.requeue(job_id)
    except (NoSuchJobError, InvalidJobOperation):  # somebody was faster
        return False
    return True


def forget(job_id: str) -> bool:
    """Remove a job that is tried no more; False where there is none of that id. Raises RedisError."""
    registry = FailedJobRegistry(queue=job_queue(redis_client()))
    if not registry.connection.zrem(registry.key, job_id):
        return False
    with contextlib.suppress(NoSuchJobError):
        Job.fetch(job_id, registry.connection, serializer=PlainData).delete()
    return True


def _failed(job: Job) -> Failed:
    result = job.latest_result()
    lines = ((result and result.exc_string) or "no reason was kept").strip().splitlines()
    # An error of the database is followed by the statement and by where to read on, which say nothing of what it was.
    error = next((line for line in reversed(lines) if ERROR_LINE.match(line)), lines[-1])
    return Failed(job.id, str(job.func_name), tuple(job.args), job.ended_at, error)


def ask_for_each(job: str, challenge_ids: Iterable[int]) -> None:
    """Enqueue a job for each challenge."""
    for challenge_id in challenge_ids:
        ask(job, challenge_id)
