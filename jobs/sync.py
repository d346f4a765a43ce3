"""Jobs of sync: rounds of the planner, and the pulls they ask for.

A pull that cannot be done fails no job: it is noted with the connection, and is due again when its rest is over. RQ's
own retries are for workers that were killed, and for what nobody foresaw.
"""

import logging

from integrations.strava.errors import StravaError
from integrations.strava.webhook import Subscriptions
from webapp import queue
from webapp.extensions import budget, clock, db, settings
from webapp.queue import ask
from webapp.sync import planning as rounds
from webapp.sync import pull as pulling
from webapp.sync import service, subscription_check
from webapp.sync.rules import Reason

log = logging.getLogger(__name__)

# So many jobs may wait for each worker before a round asks for no more: what waits longer is better planned again.
WAITING_A_WORKER = 25
# A round that was asked for to the moment would find the event a little too young.
GRAIN_S = 0.05


def plan_round() -> None:
    """Plan whom to read now, and ask for it.

    Where more is due than the queue should hold, another round follows behind the pulls that were asked for; where
    events have not waited long enough, one follows when they have.
    """
    room = WAITING_A_WORKER * settings().job_workers - queue.waiting()
    made = rounds.make(clock().now(), budget().state(), settings().quiet_seconds)
    db.session.rollback()
    for one in made.pulls[: max(0, room)]:
        ask("jobs.sync.confirm_end" if one.reason is Reason.END else "jobs.sync.pull", one.runner_id)
    if len(made.pulls) > room:
        ask("jobs.sync.plan_round")
    elif made.again_s is not None:
        _ask_later("jobs.sync.next_round", made.again_s + GRAIN_S)


def quiet_round() -> None:
    """Plan a round after events have waited for others to come along."""
    plan_round()


def next_round() -> None:
    """Plan a round when the next events have waited long enough.

    It has a name of its own: a round asked for by a later event, and so for later, does not stand for it.
    """
    plan_round()


def pull(runner_id: int) -> None:
    """Read what is due for a runner."""
    try:
        more = pulling.pull(runner_id, clock())
    except StravaError:
        return  # noted with the connection; the rounds come back to it
    if more:
        _ask_later("jobs.sync.quiet_round", settings().quiet_seconds)


def confirm_end(runner_id: int) -> None:
    """See whether the runner ended the connection, as an event claims.

    A pull does so first of all; this one has its own name so that it waits for no round and no quiet time.
    """
    pull(runner_id)


def forget_events() -> None:
    """Remove events that were processed long ago."""
    service.forget_old_events(clock().now())


def _ask_later(name: str, wait_s: float) -> None:
    ask(name, delay=wait_s / max(clock().speed, 1e-6))


def check_subscription() -> None:
    """Ask Strava once a day whether our subscription to its events is still there."""
    ours, now = settings(), clock().now
    strava = Subscriptions(
        ours.api_base, ours.client_id, ours.client_secret, now=now, timeout=ours.strava_timeout, budget=budget()
    )
    subscription_check.check_subscription(strava, ours.callback_url, now())
