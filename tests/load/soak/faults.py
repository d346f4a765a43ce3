"""Breaking the machinery, and mending it as a supervisor or an operator would."""

import contextlib
import os
import signal
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from random import Random

import psutil

from tests.load.soak.parts import Parts

# How long a broken part stays away, in seconds of life.
REDIS_AWAY_S, DATABASE_AWAY_S, SUPERVISOR_S = 4.0, 60.0, 2.0
# How long to wait for a job to kill.
HUNT_S = 6.0

Tick = Callable[[], None]


class Faults:
    """What can be broken. `tick` is called all the while: life goes on. `before_loss`: Redis is about to be emptied."""

    def __init__(self, parts: Parts, seed: int, tick: Tick, before_loss: Tick) -> None:
        self._parts, self._dice = parts, Random(f"kills {seed}")
        self._tick, self._before_loss = tick, before_loss
        self.database_away_s = DATABASE_AWAY_S
        self.done: Counter[str] = Counter()
        # Seconds of life until nothing was left of each.
        self.took_s: dict[str, list[float]] = defaultdict(list)
        self._kinds: dict[str, Callable[[], None]] = {
            "horse": self._kill_horse,
            "worker": self._kill_worker,
            "pool": self._kill_pool,
            "redis": self._restart_redis,
            "empty redis": self._empty_redis,
            "database": self._stop_database,
        }

    @property
    def kills(self) -> int:
        return sum(self.done[kind] for kind in ("horse", "worker", "pool"))

    def strike(self, kind: str) -> None:
        """Break it, and mend it."""
        self._kinds[kind]()
        self.done[kind] += 1

    # Workers -------------------------------------------------------------------------------------------------------

    def _kill_horse(self) -> None:
        """Kill the process that runs a job, at some point within it."""
        horse = self._hunt()
        if horse is None:
            self.done["no job to kill"] += 1
            self.done["horse"] -= 1
            return
        kill(horse.pid)

    def _kill_worker(self) -> None:
        """Kill a worker, if possible one that has a job; the pool puts another one in its place."""
        horse = self._hunt()
        with contextlib.suppress(psutil.Error):
            kill(horse.ppid() if horse else self._dice.choice(self._parts.workers()).pid)

    def _kill_pool(self) -> None:
        """Kill the pool at work and start it again, as a supervisor would."""
        self._hunt()
        self._parts.kill("worker")
        self._wait(SUPERVISOR_S)
        self._parts.start("worker")

    def _hunt(self) -> psutil.Process | None:
        """Return a process that has been running a job for a random while, if one comes along."""
        deadline = time.monotonic() + HUNT_S
        while time.monotonic() < deadline:
            found = self._parts.horses()
            if found:
                time.sleep(self._dice.uniform(0, 0.06))
                return found[0]
            self._tick()
        return None

    # Redis and the database ----------------------------------------------------------------------------------------

    def _restart_redis(self) -> None:
        """Kill Redis and start it on its file."""
        self._parts.kill("redis")
        self._wait(REDIS_AWAY_S)
        self._parts.start_redis()

    def _empty_redis(self) -> None:
        """Kill Redis and start it on nothing."""
        self._before_loss()
        self._parts.kill("redis")
        self._parts.empty_redis()
        self._wait(REDIS_AWAY_S)
        self._parts.start_redis()

    def _stop_database(self) -> None:
        """Crash PostgreSQL for a while; of SQLite, keep the whole file for ourselves."""
        if self._parts.postgres:
            self._parts.postgres.stop()
            self._wait(self.database_away_s)
            self._parts.postgres.start()
            return
        with contextlib.closing(sqlite3.connect(self._parts.settings.home / "chasepack.sqlite3", timeout=20)) as file:
            file.isolation_level = None
            file.execute("BEGIN EXCLUSIVE")
            self._wait(self.database_away_s)
            file.execute("ROLLBACK")

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._tick()

    def look_after(self) -> None:
        """Start again what ended by itself."""
        for name in ("web", "worker"):
            if self._parts.died(name):
                self.done[f"{name} ended by itself"] += 1
                self._parts.start(name)


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
