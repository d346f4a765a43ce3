"""What an operator may do, and the samples that are kept for the page. Commits nothing."""

from datetime import datetime

from sqlalchemy import update

from webapp import queue
from webapp.admin import queries, rules
from webapp.extensions import db, redis_client
from webapp.models.sync import Connection

KEPT_S = 2 * 86_400


def try_again(runner_id: int) -> bool:
    """Have a runner who was given up read whole at the next round; return whether there is such a one."""
    given_up = (Connection.runner_id == runner_id) & Connection.gave_up_at.is_not(None)
    values = {"failures": 0, "gave_up_at": None, "rest_until": None, "next_look_at": None}
    again = update(Connection).where(given_up).values(**values).returning(Connection.runner_id)
    return db.session.scalar(again) is not None


def end_rests() -> None:
    """Have those read at the next round who wait because Strava refused us, not for failures of their own."""
    waits = Connection.rest_until.is_not(None) & (Connection.failures == 0)
    db.session.execute(update(Connection).where(waits).values(rest_until=None))


def sample(now: datetime) -> None:
    """Keep how deep the queue is, the deepest of each quarter hour, and that somebody was here. Raises RedisError."""
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
