"""The schedule: jobs that run again and again."""

from datetime import timedelta

from flask import Flask
from rq.utils import now

from jobs.scheduler import SCHEDULE, Scheduler
from webapp.redis import redis_client

AHEAD = timedelta(days=21)


def test_jobs_of_the_schedule_that_ran_in_the_future_run_now(app: Flask) -> None:
    scheduler = Scheduler(redis_client())
    scheduler.load_config_from_file(SCHEDULE)
    for job in scheduler.get_jobs():
        job.set_enqueue_time(now() + AHEAD)
    assert len(scheduler.enqueue_jobs()) == len(scheduler.get_jobs())
    assert scheduler.enqueue_jobs() == []
