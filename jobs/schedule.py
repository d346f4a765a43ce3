"""The schedule, as data: `rq cron jobs.schedule`. The jobs themselves decide what is due; each run of one is short.

Two schedulers, or a start in the middle of an interval, run a job once more than needed: every one of them can be.
"""

from importlib import import_module

from rq import cron

from webapp.queue import QUEUE

# (job, seconds between two runs)
ENTRIES: tuple[tuple[str, int], ...] = (
    ("jobs.sync.sweep", 15),
    ("jobs.sync.look_round", 60),
    ("jobs.leaderboards.turn_days", 30),
    ("jobs.accounts.erase_round", 3600),
)
KEEP_FAILED_S = 3600


def register(job: str, interval: int) -> None:
    """Have the scheduler run `job` every `interval` seconds.

    A run that no worker has begun when the next one comes is dropped, so that runs do not pile up without workers.
    """
    module, _, name = job.rpartition(".")
    run = getattr(import_module(module), name)
    cron.register(run, QUEUE, interval=interval, ttl=interval, result_ttl=0, failure_ttl=KEEP_FAILED_S, name=job)


for _job, _interval in ENTRIES:
    register(_job, _interval)
