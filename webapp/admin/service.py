"""The operator's actions, and the samples for their page. Nothing here commits."""

from datetime import datetime

from sqlalchemy import update

from webapp import queue
from webapp.admin import queries, rules
from webapp.db import db
from webapp.job_names import Job
from webapp.models.sync import Connection
from webapp.queue import after_commit
from webapp.redis import redis_client

KEPT_S = 2 * 86_400


def try_again(runner_id: int) -> bool:
    """Make a full resync of a given-up runner due; return whether there is such a runner. Enqueues Job.PLAN_SYNCS."""
    given_up = (Connection.runner_id == runner_id) & Connection.gave_up_at.is_not(None)
    values = {"failures": 0, "gave_up_at": None, "rest_until": None, "next_full_resync_at": None}
    again = update(Connection).where(given_up).values(**values).returning(Connection.runner_id)
    if db.session.scalar(again) is None:
        return False
    after_commit(Job.PLAN_SYNCS)
    return True


def end_rests() -> None:
    """End the rest of runners whom Strava refused through no failure of theirs. Enqueues Job.PLAN_SYNCS."""
    waits = Connection.rest_until.is_not(None) & (Connection.failures == 0)
    db.session.execute(update(Connection).where(waits).values(rest_until=None))
    after_commit(Job.PLAN_SYNCS)


def sample(now: datetime) -> None:
    """Store the longest queue of each quarter hour, and the time of this sample. Raises RedisError."""
    redis, depth = redis_client(), queue.waiting()
    slots = [int(start.timestamp()) for start in rules.starts(now, rules.QUARTER)]
    deepest = max(depth, int(redis.hget(queries.DEPTHS_KEY, str(slots[-1])) or 0))
    old = [slot for slot in redis.hkeys(queries.DEPTHS_KEY) if int(slot) not in slots]
    with redis.pipeline() as pipeline:
        pipeline.hset(queries.DEPTHS_KEY, str(slots[-1]), str(deepest))
        if old:
            pipeline.hdel(queries.DEPTHS_KEY, *old)
        pipeline.set(queries.SAMPLED_KEY, int(now.timestamp()))
        for key in (queries.DEPTHS_KEY, queries.SAMPLED_KEY):
            pipeline.expire(key, KEPT_S)
        pipeline.execute()
