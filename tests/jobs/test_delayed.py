"""The schedule and delayed jobs after the clock was put back: they do not wait until it has caught up."""

import time
from datetime import timedelta

from flask import Flask
from rq.registry import StartedJobRegistry

from jobs.delayed import DelayedJobs
from webapp import queue
from webapp.job_names import QUEUE, Job
from webapp.job_serializer import PlainData
from webapp.redis import redis_client

AHEAD = timedelta(days=21)


def test_delayed_jobs_that_wait_for_weeks_are_done_now(app: Flask) -> None:
    queue.enqueue(Job.PLAN_SYNCS, delay=AHEAD.total_seconds())
    queue.enqueue(Job.PURGE_EVENTS, delay=60)
    delayed = DelayedJobs([queue.job_queue(redis_client())], redis_client(), serializer=PlainData)
    delayed.prepare_registries([QUEUE])
    delayed.enqueue_scheduled_jobs()
    assert [job.func_name for job in queue.job_queue(redis_client()).jobs] == [Job.PLAN_SYNCS]
    assert redis_client().zcard(f"rq:scheduled:{QUEUE}") == 1


def test_a_job_begun_in_the_future_is_missed_within_the_usual_time(app: Flask) -> None:
    started = StartedJobRegistry(queue=queue.job_queue(redis_client()))
    redis_client().zadd(started.key, {"one:1": time.time() + AHEAD.total_seconds(), "two:2": time.time() + 60})
    DelayedJobs([queue.job_queue(redis_client())], redis_client(), serializer=PlainData).enqueue_scheduled_jobs()
    soon = time.time() + 3600
    assert redis_client().zcount(started.key, 0, soon) == 2
