"""Jobs of accounts."""

from webapp.accounts import queries, service
from webapp.extensions import begin_write, clock, db
from webapp.queue import ask


def erase_round() -> None:
    """Ask for the erasing of each runner who ended the connection on Strava and did not come back in time."""
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
