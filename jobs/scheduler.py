"""The program that runs the schedule: RQ's own scheduler, which here survives a Redis that is down for a while.

    python -m jobs.scheduler

The address of Redis comes from RQ_REDIS_URL, not from the command line, because it may contain a password.
"""

import contextlib
import logging.config
import os
import time
from datetime import datetime, timedelta
from typing import Any

from redis import Redis, RedisError
from rq import Queue
from rq.cron import CronJob, CronScheduler
from rq.exceptions import SchedulerNotFound, StopRequested
from rq.utils import now

from webapp.job_serializer import PlainData
from webapp.log_config import DICT_CONFIG

SCHEDULE = "jobs.schedule"
# Seconds between two attempts to reach Redis.
PAUSE_S = 2


class Scheduler(CronScheduler):
    """Writes jobs as JSON, and ends cleanly even if Redis is down or no longer knows it."""

    def enqueue_jobs(self) -> list[CronJob]:
        moment = now()
        due = [job for job in self.get_jobs() if job.should_run() or is_too_far(job, moment)]
        for job in due:
            queue = Queue(job.queue_name, connection=self.connection, serializer=PlainData)
            assert job.func, "every entry of the schedule has one"
            queue.enqueue(job.func, **job.job_options)
            job.set_enqueue_time(moment)
            self.log.info("enqueued %s", job.name)
        return due

    def register_death(self, pipeline: Any = None) -> None:
        with contextlib.suppress(RedisError, SchedulerNotFound):
            super().register_death(pipeline)


def is_too_far(job: CronJob, moment: datetime) -> bool:
    """Return whether the next run lies further ahead than one interval: the clock was put back since the last run."""
    at_most = timedelta(seconds=job.interval or 0)
    return job.next_enqueue_time is not None and job.next_enqueue_time > moment + at_most


def main() -> None:
    """Enqueue jobs when they are due, until a signal comes."""
    logging.config.dictConfig(DICT_CONFIG)
    scheduler = Scheduler(Redis.from_url(os.environ["RQ_REDIS_URL"]))
    scheduler.load_config_from_file(SCHEDULE)
    with contextlib.suppress(StopRequested):
        while not _ended(scheduler):
            time.sleep(PAUSE_S)


def _ended(scheduler: Scheduler) -> bool:
    try:
        scheduler.start()  # type: ignore[no-untyped-call]  # RQ's
    except RedisError as error:
        scheduler.log.error("Redis does not answer: %s", error)
        return False
    return True


if __name__ == "__main__":
    main()
