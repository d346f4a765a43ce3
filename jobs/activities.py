"""Jobs of activities."""

from webapp.activities.queries import batches, runners_with_raw
from webapp.extensions import begin_write, clock, db, settings
from webapp.queue import ask
from webapp.retention import service as retention
from webapp.retention.queries import runners_with_old_runs
from webapp.rulebook.runs import raw_from

# Runners in one transaction, and in one run of the job: it is to end within a minute or so.
BATCH = 20
MOST = 2000


def purge(after: int = 0) -> None:
    """Remove what is kept for a time only: titles and devices after some days, runs once nobody needs them.

    Goes by the numbers of the runners, beginning behind `after`, and asks for itself where more are due.
    """
    today, raw_days = clock().now().date(), settings().raw_days
    before = raw_from(today, raw_days)
    due = sorted({*runners_with_raw(before), *runners_with_old_runs(today, raw_days)})
    mine = [runner_id for runner_id in due if runner_id > after]
    for runner_ids in batches(mine[:MOST], BATCH):
        begin_write()
        retention.purge_details(runner_ids, before)
        retention.purge_runs(runner_ids, today, raw_days)
        db.session.commit()
    if len(mine) > MOST:
        ask("jobs.activities.purge", mine[MOST - 1])
