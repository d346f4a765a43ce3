"""Jobs of activities."""

from webapp.activities.queries import runners_with_raw
from webapp.db import batches, write_transaction
from webapp.extensions import clock, settings
from webapp.job_names import Job
from webapp.queue import enqueue
from webapp.retention import service as retention
from webapp.retention.queries import runners_with_old_runs
from webapp.rulebook.runs import raw_from

# Runners in one transaction, and in one run of the job, which should end within about a minute.
BATCH = 20
MAX_RUNNERS = 2000


def purge_activities(after: int = 0, *, limit: int = MAX_RUNNERS, batch: int = BATCH) -> None:
    """Remove what is kept for a limited time: titles and devices after some days, runs once nothing needs them.

    Goes through `limit` runners by id, beginning after `after`, and enqueues itself where more are due.
    """
    today, raw_days = clock().now().date(), settings().raw_days
    before = raw_from(today, raw_days)
    due = sorted({*runners_with_raw(before), *runners_with_old_runs(today, raw_days)})
    mine = [runner_id for runner_id in due if runner_id > after]
    for runner_ids in batches(mine[:limit], batch):
        with write_transaction():
            retention.purge_details(runner_ids, before)
            retention.purge_runs(runner_ids, today, raw_days)
    if len(mine) > limit:
        enqueue(Job.PURGE_ACTIVITIES, mine[limit - 1])
