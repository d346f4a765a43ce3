"""Jobs of sync. What Strava did not give is asked for again here, and nowhere else."""

import logging

from integrations.strava.errors import StravaError
from webapp.extensions import clock, settings
from webapp.queue import ask
from webapp.sync import pull as pulling
from webapp.sync import queries, service

log = logging.getLogger(__name__)

SWEPT_AT_ONCE = 200
LOOK_ROUND_S = 60
# Runners who wait for the same limit do not all come back in the same second.
SPREAD_S = 30


def pull(runner_id: int) -> None:
    """Read what is due for a runner.

    What Strava tells us to wait for is put back until then; what it does not answer is the queue's to try again, a
    few times, and then to keep among the failed; what only the runner can mend stands with the connection.
    """
    try:
        more = pulling.pull(runner_id, clock())
    except StravaError as error:
        if error.permanent:
            return
        if error.retry_after is None:
            raise
        wait = error.retry_after / max(clock().speed, 1e-6) + runner_id % SPREAD_S
        ask("jobs.sync.pull", runner_id, delay=min(wait, 86_400.0))
        return
    if more:
        ask("jobs.sync.pull", runner_id)


def confirm_end(runner_id: int) -> None:
    """See whether the runner ended the connection, as an event claims.

    A pull does so first of all; this one has its own name so that it does not wait behind one that was put back.
    """
    pull(runner_id)


def sweep() -> None:
    """Ask for pulls that were committed and never done: their job was lost, or its worker died."""
    for runner_id in queries.to_sweep(clock().now(), SWEPT_AT_ONCE):
        ask("jobs.sync.pull", runner_id)


def look_round() -> None:
    """Ask for full looks at the connections that are due, so that lost events heal."""
    now, hours = clock().now(), settings().look_hours
    for runner_id in queries.to_look(now, hours, 1 + queries.connected() * LOOK_ROUND_S // (hours * 1800)):
        ask("jobs.sync.pull", runner_id)
    service.forget_old_events(now)
