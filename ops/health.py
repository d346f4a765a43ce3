"""Whether one process of this machine is well: `python -m ops.health web|worker|schedule`, for health checks.

Exit 0 when it is, 1 with a line when it is not. The web process is well when it answers, whatever else is down.
"""

import socket
import sys
from collections.abc import Callable

import requests
from redis import Redis, RedisError
from rq import Worker
from rq.cron import CronScheduler

from webapp.config import Settings, SettingsError, load_settings

TIMEOUT_S = 5


def main(args: list[str]) -> int:
    checks: dict[str, Callable[[Settings], str | None]] = {"web": _web, "worker": _worker, "schedule": _schedule}
    if len(args) != 1 or args[0] not in checks:
        print(f"Which one? {', '.join(checks)}", file=sys.stderr)
        return 1
    try:
        wrong = checks[args[0]](load_settings())
    except (SettingsError, RedisError, requests.RequestException) as problem:
        wrong = type(problem).__name__
    if wrong:
        print(f"{args[0]} is not well: {wrong}", file=sys.stderr)
    return 1 if wrong else 0


def _web(settings: Settings) -> str | None:
    # Database, Redis and workers have their own health checks; here any answer is enough.
    answer = requests.get(f"http://127.0.0.1:{settings.port}/healthz", timeout=TIMEOUT_S)
    return None if answer.status_code in (200, 503) else f"it answers {answer.status_code}"


def _worker(settings: Settings) -> str | None:
    # Redis forgets a worker that it has not heard of for 30 seconds.
    here = [worker for worker in Worker.all(connection=_redis(settings)) if worker.hostname == socket.gethostname()]
    is_at_work = any(worker.get_state() in ("idle", "busy") for worker in here)
    return None if is_at_work else "no worker of this machine is at work"


def _schedule(settings: Settings) -> str | None:
    known = CronScheduler.all(_redis(settings))
    here = [scheduler for scheduler in known if scheduler.hostname == socket.gethostname()]
    return None if here else "no schedule of this machine is known to Redis"


def _redis(settings: Settings) -> Redis:
    return Redis.from_url(settings.redis, socket_timeout=TIMEOUT_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
