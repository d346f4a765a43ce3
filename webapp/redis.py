"""The connection to Redis, and how long a process waits for it."""

import time
from typing import Any, cast

from flask import current_app
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenConnection
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

# Redis answers within a millisecond. Strava waits two seconds for our answer, for which Redis is asked once.
PATIENCE_S = 1.0
# After Redis did not answer, a process does not ask it again for this long. Otherwise each of its few threads would
# wait for it in turn, and their requests with them.
REST_S = 5.0


class RestingPool(ConnectionPool):
    """Connections to Redis. After one got no answer, further ones fail at once for a while."""

    _rests_until = 0.0

    def get_connection(self, *args: Any, **options: Any) -> Any:
        """Return a connection that answers. Raises RedisError."""
        if time.monotonic() < self._rests_until:
            raise BrokenConnection("Redis did not answer a moment ago")
        try:
            return super().get_connection(*args, **options)
        except NoAnswer:
            self._rests_until = time.monotonic() + REST_S
            raise


def connect_redis(url: str) -> Redis:
    """Return a connection pool to the Redis at `url`, which connects when it is first used.

    A connection that hangs is given up within the time that Strava waits for our answer. Only a broken connection is
    tried once more, since a restart of Redis breaks all of them.
    """
    again = Retry(NoBackoff(), 1, supported_errors=(BrokenConnection,))
    patience = {"socket_timeout": PATIENCE_S, "socket_connect_timeout": PATIENCE_S}
    return Redis.from_pool(RestingPool.from_url(url, retry=again, **patience))


def redis_client() -> Redis:
    """Return the connection pool to Redis."""
    return cast(Redis, current_app.extensions["redis"])
