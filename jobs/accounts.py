"""Jobs of accounts."""

import logging

from webapp.accounts import queries, service
from webapp.extensions import clock, empty_log, write_transaction
from webapp.job_names import Job
from webapp.queue import enqueue

log = logging.getLogger(__name__)


def erase_sweep() -> None:
    """Enqueue the erasure of each runner who ended the connection on Strava and did not come back in time.

    Also empty the database's log of rows erased before, if that could not be done then.
    """
    empty_database_log()
    for runner_id in queries.runners_to_erase(clock().now()):
        enqueue(Job.ERASE_RUNNER, runner_id)


def erase_runner(runner_id: int) -> None:
    """Erase a runner, unless they have come back since the job was enqueued."""
    now = clock().now()
    with write_transaction():
        if queries.is_to_erase(runner_id, now):
            service.erase_runner(runner_id, now, revoked=True, unseen=True)


def empty_database_log() -> None:
    """Remove erased rows from the database's log; if it is in use, the hourly sweep does it later."""
    if not empty_log():
        log.info("the write-ahead log is in use; erased rows will leave it within the hour")
