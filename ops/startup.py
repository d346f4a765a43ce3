"""What happens once all processes run: say the address when the app really answers, then fill a trial."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import requests

from jobs.parent_death import die_with_parent
from ops.paths import ROOT, filled_mark, log_folder
from webapp.config import Settings

PAUSE_S, PATIENCE_S = 0.1, 60
# Filling continues where it stopped; a killed one is restarted this often.
MAX_FILLS, FILL_AGAIN_S = 3, 2


class StartupWatch(threading.Thread):
    """Waits for the first healthy answer while the processes run."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self.settings = settings
        self._leaving = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        if not self._wait_for_answer():
            return
        print(f"Chasepack is at {self.settings.address}", flush=True)
        if self.settings.simulated:
            print(f"Strava's part, where runs are uploaded: {self.settings.simulator_address}/control", flush=True)
            self._run("flask", "--app", "wsgi", "strava", "subscribe", quiet=True)
            self._fill()

    def leave(self) -> None:
        """End the current work, without waiting."""
        self._leaving.set()
        if self._child:
            self._child.terminate()

    def _wait_for_answer(self) -> bool:
        started, has_said = time.monotonic(), False
        while not self._leaving.wait(PAUSE_S):
            reason = why_not_well(self.settings)
            if reason is None:
                return True
            if not has_said and time.monotonic() - started > PATIENCE_S:
                print(f"Not ready yet ({reason}); see {log_folder(self.settings)}.", flush=True)
                has_said = True
        return False

    def _fill(self) -> None:
        for _ in range(MAX_FILLS):
            if self._leaving.is_set() or filled_mark(self.settings).exists() or self._run("ops.seed_demo") == 0:
                return
            if not self._leaving.wait(FILL_AGAIN_S):
                print("Filling the trial stopped early; it continues where it stopped.", flush=True)
        if not self._leaving.is_set():
            print("The trial is not filled completely; the next start continues with it.", flush=True)

    def _run(self, module: str, *args: str, quiet: bool = False) -> int | None:
        """Run a program to its end and return its exit code; None if everything is ending already."""
        if self._leaving.is_set():
            return None
        log = log_folder(self.settings) / "start.log"
        with log.open("a") as output:
            out = output if quiet else None
            command = [sys.executable, "-m", module, *args]
            tie = partial(die_with_parent, signal.SIGTERM, os.getpid())
            self._child = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, preexec_fn=tie)
            code = self._child.wait()
        if code and quiet and not self._leaving.is_set():
            print(f"`{' '.join((module, *args))}` failed; see {log}.", flush=True)
        return code


def why_not_well(settings: Settings) -> str | None:
    """Return None when the app, its database, its Redis and a worker are all up, otherwise the reason."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)  # noqa: S104  asked, not opened
    bracketed = f"[{host}]" if ":" in host else host
    try:
        answer = requests.get(f"http://{bracketed}:{settings.port}/healthz", timeout=5)
    except requests.RequestException:
        return "the web process does not answer"
    return None if answer.status_code == 200 else answer.text.strip()[:200]
