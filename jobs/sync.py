"""Jobs of sync: planning, and the syncs that the planner enqueues.

A failed sync is no failed job: it is recorded with the connection, which is due again when its rest is over.
RQ's own retries are for workers that were killed, and for errors that nobody foresaw.
"""

from integrations.strava.errors import StravaError
from integrations.strava.webhook import Subscriptions
from webapp import queue
from webapp.db import db
from webapp.extensions import budget, clock, settings
from webapp.job_names import Job
from webapp.queue import enqueue
from webapp.sync import planning_queries, runner_sync_service, service, subscription_service
from webapp.sync.rules import Reason

# The planner fills the queue up to this many jobs for each worker. What would wait longer is better planned later.
MAX_WAITING_PER_WORKER = 25
# A job at the exact moment would find the event a little too recent.
MARGIN_S = 0.05


def plan_syncs(waiting_per_worker: int = MAX_WAITING_PER_WORKER) -> None:
    """Plan which runners to read now, and enqueue their syncs.

    Where more is due than the queue should hold, planning is enqueued again behind these syncs. Where events have not
    waited long enough, planning follows when they have.
    """
    room = waiting_per_worker * settings().job_workers - queue.waiting()
    made = planning_queries.make(clock().now(), budget().state(), settings().quiet_seconds)
    db.session.rollback()
    for one in made.syncs[: max(0, room)]:
        enqueue(Job.CHECK_ENDED_CONNECTION if one.reason is Reason.END else Job.SYNC_RUNNER, one.runner_id)
    if len(made.syncs) > room:
        enqueue(Job.PLAN_SYNCS)
    elif made.again_s is not None:
        _enqueue_in(made.again_s + MARGIN_S, Job.PLAN_SYNCS_WHEN_DUE)


def plan_syncs_after_quiet() -> None:
    """Plan after an event has waited for others of the same runner."""
    plan_syncs()


def plan_syncs_when_due() -> None:
    """Plan when the next events have waited long enough.

    This job has a name of its own, so that one enqueued by a later event, and so for later, does not replace it.
    """
    plan_syncs()


def sync_runner(runner_id: int) -> None:
    """Read what is due for a runner."""
    try:
        more = runner_sync_service.sync_runner(runner_id, clock())
    except StravaError:
        return  # recorded with the connection; the planner plans it again
    if more:
        _enqueue_in(settings().quiet_seconds, Job.PLAN_SYNCS_AFTER_QUIET)


def check_ended_connection(runner_id: int) -> None:
    """Check whether the runner has ended the connection, as an event claims.

    A sync does so first of all. This job has a name of its own, so that it waits for no planning and no quiet time.
    """
    sync_runner(runner_id)


def purge_events() -> None:
    """Remove events that were processed long ago."""
    service.purge_old_events(clock().now())


def check_subscription() -> None:
    """Ask Strava, once a day, whether our subscription to its events still exists."""
    ours, now = settings(), clock().now
    strava = Subscriptions(
        ours.api_base, ours.client_id, ours.client_secret, now=now, timeout=ours.strava_timeout, budget=budget()
    )
    subscription_service.check_subscription(strava, ours.callback_url, now())


def _enqueue_in(wait_s: float, job: Job) -> None:
    """Enqueue a job to start after `wait_s` seconds of our clock, which may run faster than real time."""
    enqueue(job, delay=wait_s / max(clock().speed, 1e-6))
