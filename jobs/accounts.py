"""Jobs of accounts."""

import logging

from webapp.accounts import queries, service
from webapp.extensions import begin_write, clock, db, empty_log
from webapp.queue import ask

log = logging.getLogger(__name__)


def erase_round() -> None:
    """Enqueue the erasure of each runner who ended the connection on Strava and did not come back in time.

    Also empty the database's log of rows erased before, if that could not be done then.
    """
    leave_no_trace()
    for runner_id in queries.runners_to_erase(clock().now()):
        ask("jobs.accounts.erase", runner_id)


def erase(runner_id: int) -> None:
    """Erase a runner, unless they have come back since this was asked for."""
    now = clock().now()
    begin_write()
    if not queries.is_to_erase(runner_id, now):
        db.session.rollback()
        return
    erased = service.erase_runner(runner_id, now, revoked=True, unseen=True)
    db.session.commit()
    for challenge_id in erased.challenge_ids:
        ask("jobs.leaderboards.publish", challenge_id)
    ask("jobs.accounts.leave_no_trace")


def leave_no_trace() -> None:
    """Remove erased rows from the database's log; if it is in use, the hourly round does it later."""
    if not empty_log():
        log.info("the write-ahead log is in use; erased rows will leave it within the hour")
