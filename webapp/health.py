"""Whether the parts that every page needs answer: the database and the workers."""

from rq.worker_registration import REDIS_WORKER_KEYS
from sqlalchemy import text

from webapp.db import db
from webapp.redis import redis_client

# The states of a worker before it waits for its first job.
STARTING = (b"starting", b"started")


def check_database() -> None:
    """Check that the database answers. Raises SQLAlchemyError if it does not."""
    db.session.execute(text("SELECT 1"))
    db.session.rollback()


def live_workers() -> int:
    """Return how many workers are registered and alive, and have waited for a job at least once. Raises RedisError.

    A worker renews its key with every heartbeat, and the key of a dead one expires. Its name stays in the set of names
    until a clean-up, so the names alone prove nothing.
    """
    redis = redis_client()
    with redis.pipeline(transaction=False) as view:
        for name in redis.smembers(REDIS_WORKER_KEYS):
            view.exists(name)
            view.hget(name, "state")
        answers = view.execute()
    workers = zip(answers[::2], answers[1::2], strict=True)
    return sum(bool(exists) and state not in STARTING for exists, state in workers)
