"""Workers that were killed: what they leave in Redis makes them look alive until it expires."""

import os

from redis import Redis
from rq import Worker, worker_registration


def remove_dead_workers(redis: Redis, hostname: str | None) -> None:
    """Remove the workers of this machine from Redis whose processes have ended. Raises RedisError.

    Call this in a process that has not registered a worker yet. One with our own pid is dead, too: a restarted
    container gives its processes the same pids.
    """
    for worker in Worker.all(connection=redis):
        is_dead = worker.pid and (worker.pid == os.getpid() or not is_running(worker.pid))
        if worker.hostname == hostname and is_dead:
            worker_registration.unregister(worker)
            redis.delete(worker.key)


def is_running(pid: int) -> bool:
    """Return whether a process of this machine has this pid."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
