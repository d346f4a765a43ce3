"""The schedule, as data: `rq cron jobs.schedule`. The jobs themselves decide what is due; each run of one is short.

Two schedulers, or a start in the middle of an interval, run a job once more than needed: every one of them can be.
"""

from collections.abc import Callable

from rq import cron

# As in webapp.queue, which this does not import: with the application in it the scheduler would be 90 MB, not 20.
QUEUE = "default"
# (job, seconds between two runs)
ENTRIES: tuple[tuple[str, int], ...] = (
    ("jobs.sync.plan_round", 15),
    ("jobs.sync.forget_events", 3600),
    ("jobs.leaderboards.turn_days", 30),
    ("jobs.scoring.rederive_due", 60),
    ("jobs.challenges.close_round", 60),
    ("jobs.challenges.begin_round", 60),
    ("jobs.challenges.renew_round", 600),
    ("jobs.challenges.weigh_round", 600),
    ("jobs.activities.purge", 3600),
    ("jobs.accounts.erase_round", 3600),
    ("jobs.sync.check_subscription", 86_400),
    ("jobs.seats.settle", 300),
    ("jobs.operator.sample", 60),
    ("jobs.operator.bound_times", 3600),
)
KEEP_FAILED_S = 3600


def register(job: str, interval: int) -> None:
    """Have the scheduler run `job` every `interval` seconds.

    A run that no worker has begun when the next one comes is dropped, so that runs do not pile up without workers.
    """
    cron.register(named(job), QUEUE, interval=interval, ttl=interval, result_ttl=0, failure_ttl=KEEP_FAILED_S, name=job)


def named(job: str) -> Callable[[], None]:
    """Return what RQ files under the name `job`. It is the worker that imports the job itself; this never runs."""

    def stand_in() -> None:
        raise AssertionError(job)

    stand_in.__module__, _, stand_in.__qualname__ = job.rpartition(".")
    stand_in.__name__ = stand_in.__qualname__
    return stand_in


for _job, _interval in ENTRIES:
    register(_job, _interval)
