"""Jobs of challenges."""

import logging

from webapp.challenges import queries, service
from webapp.challenges.models import Challenge
from webapp.extensions import begin_write, clock, db
from webapp.queue import ask
from webapp.seasons.queries import without_results
from webapp.seasons.service import store_results as store

log = logging.getLogger(__name__)


def close_round() -> None:
    """Freeze the challenges whose time has come, each in a transaction of its own; one that fails stops no other."""
    for challenge_id in queries.to_freeze(clock().now()):
        try:
            close(challenge_id)
        except Exception:
            db.session.rollback()
            log.exception("challenge %s cannot be frozen", challenge_id)
            # By itself it is tried again, and seen among the failed when that does not help.
            ask("jobs.challenges.close", challenge_id)
    for challenge_id in without_results():
        ask("jobs.challenges.store_results", challenge_id)


def close(challenge_id: int) -> None:
    """Freeze a challenge if its time has come, or ask for what its board still waits for."""
    now = clock().now()
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or not queries.is_ripe(challenge, now):
        return
    begin_write()
    missing = service.freeze(challenge_id, now)
    db.session.commit()
    if missing:
        ask(missing, challenge_id)


def store_results(challenge_id: int) -> None:
    """Store the results of a challenge that was frozen when they were not stored yet."""
    begin_write()
    store(challenge_id)
    db.session.commit()
