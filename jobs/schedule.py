"""The schedule, as data: `rq cron jobs.schedule`. The jobs themselves decide what is due; each run of one is short.

Two schedulers, or a start in the middle of an interval, run a job once more than needed. That is harmless for all of
them. This module imports nothing of the application: with it the scheduler would take 90 MB, not 20.
"""

from collections.abc import Callable

from rq import cron

from webapp.job_names import QUEUE, Job

# (job, seconds between two runs)
ENTRIES: tuple[tuple[Job, int], ...] = (
    (Job.PLAN_SYNCS, 15),
    (Job.PURGE_EVENTS, 3600),
    (Job.ROLL_OVER_DAYS, 30),
    (Job.REDERIVE_DUE, 60),
    (Job.CLOSE_SWEEP, 60),
    (Job.BEGIN_SWEEP, 60),
    (Job.RENEW_SWEEP, 600),
    (Job.DUE_FACTS, 600),
    (Job.WEEKLY_DIGESTS, 600),
    (Job.MILEAGE_SWEEP, 600),
    (Job.MISSING_SWEEP, 600),
    (Job.PURGE_ACTIVITIES, 3600),
    (Job.MAKE_RUNS, 3600),
    (Job.PURGE_JOINING, 3600),
    (Job.PHOTO_SWEEP, 3600),
    (Job.NOTIFICATION_SWEEP, 30),
    (Job.PURGE_NOTIFICATIONS, 3600),
    (Job.DELETE_GROUPS, 600),
    (Job.MAIL_SWEEP, 60),
    (Job.ERASE_SWEEP, 3600),
    (Job.CHECK_SUBSCRIPTION, 86_400),
    (Job.ALLOCATE_SEATS, 300),
    (Job.PLACES_SWEEP, 60),
    (Job.COUNT_MEMBERS, 3600),
    (Job.CHANNEL_SWEEP, 30),
    (Job.TAKE_SAMPLE, 60),
    (Job.CORRECT_FUTURE_TIMES, 3600),
)
KEEP_FAILED_S = 3600


def register(job: Job, interval: int) -> None:
    """Have the scheduler run `job` every `interval` seconds.

    A run that no worker has begun by the time of the next one is dropped, so runs do not pile up without workers.
    """
    cron.register(named(job), QUEUE, interval=interval, ttl=interval, result_ttl=0, failure_ttl=KEEP_FAILED_S, name=job)


def named(job: Job) -> Callable[[], None]:
    """Return a function that RQ takes for the job. The worker imports the job itself, so this one never runs."""

    def stand_in() -> None:
        raise AssertionError(job)

    stand_in.__module__, _, stand_in.__qualname__ = job.rpartition(".")
    stand_in.__name__ = stand_in.__qualname__
    return stand_in


for _job, _interval in ENTRIES:
    register(_job, _interval)
