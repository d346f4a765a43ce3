"""Pool, workers, work horses and schedule of an instance, as processes that a test may kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.fault_injection.fork_server import environment_of
from webapp.config import Settings

ROOT = Path(__file__).parents[2]
POOL = ("rq.cli", "worker-pool", "-n", "1", "-w", "jobs.worker.AppWorker", "default")
SCHEDULE = ("jobs.scheduler",)


class Crew:
    """What processes an instance's queue. One worker, so that it is known who does what."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._log = log
        self._environment = {**os.environ, **environment_of(settings), "RQ_REDIS_URL": settings.redis}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *programs: tuple[str, ...]) -> None:
        """Start these programs, or all."""
        with self._log.open("ab") as log:
            for module, *args in programs or (POOL, SCHEDULE):
                command = [sys.executable, "-m", module, *args]
                started = subprocess.Popen(
                    command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
                )
                self._running.append(started)

    def horse(self) -> psutil.Process:
        """Return the process that does the job that is under way: RQ makes it the leader of a group of its own."""
        found = [one for one in self._family() if os.getpgid(one.pid) == one.pid]
        assert len(found) == 1, f"one job is under way, not {len(found)}"
        return found[0]

    def kill_horse(self) -> None:
        self.horse().kill()

    def kill_worker(self) -> None:
        """Kill the worker; its horse goes with it."""
        horse = self.horse()
        worker = horse.parent()
        assert worker is not None
        worker.kill()
        psutil.wait_procs([worker, horse], timeout=10)

    def kill_all(self) -> None:
        """End every process at once, as when the power fails."""
        everyone = [*self._family(), *(psutil.Process(one.pid) for one in self._running)]
        for one in everyone:
            one.suspend()
        for one in everyone:
            one.kill()
        for started in self._running:
            started.wait()
        self._running.clear()

    def end(self) -> None:
        """End everything in order."""
        for started in self._running:
            started.send_signal(signal.SIGTERM)
        for started in self._running:
            started.wait(60)
        self._running.clear()

    def _family(self) -> list[psutil.Process]:
        return [child for one in self._running for child in psutil.Process(one.pid).children(recursive=True)]
