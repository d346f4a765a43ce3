"""The processes of the Procfile, run together: all of them or none.

When one ends by itself, the others are ended, and the caller learns which one it was. Each has some seconds to finish
what it is doing: END_S when we are asked to end, END_AFTER_DEATH_S after a death.
"""

import logging
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Lock

from ops.child import Child
from ops.paths import ROOT, log_folder
from webapp.clock import Clock
from webapp.config import Settings

# A running job may take this long to finish; then it is killed, and started again after the next start.
END_S = 40
# After a death the others do not work well either, so they end within seconds and can be started again soon.
END_AFTER_DEATH_S = 7
# Seconds between two checks of the children.
CHECK_S = 0.1
LOG_BYTES, LOGS_KEPT, LINES_SHOWN = 10_000_000, 5, 12
PROCFILE_LINE = re.compile(r"^([\w-]+):\s*(.+)$", re.MULTILINE)
# The log of the supervisor's own actions.
OURS = "system"


@dataclass(frozen=True, slots=True)
class Ending:
    """Which process ended first, by itself, with what code (negative: a signal), and what it said last."""

    name: str
    code: int | None
    last_lines: list[str]


class LogFiles:
    """The lines of each process, in a file of its own and a fresh one at each start.

    The processes put the time into their lines themselves.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._files: dict[str, logging.Handler] = {}
        self._last: dict[str, deque[str]] = {}

    def write(self, name: str, line: str) -> None:
        """Add a line to the file of a process."""
        with self._lock:
            self._file(name).emit(logging.makeLogRecord({"msg": line}))
            self._last[name].append(line)

    def note(self, line: str) -> None:
        """Add a line of our own, with the time."""
        self.write(OURS, f"{Clock().now():%Y-%m-%d %H:%M:%S} {line}")

    def last_lines(self, name: str) -> list[str]:
        with self._lock:
            return list(self._last.get(name, ()))

    def close(self) -> None:
        with self._lock:
            for file in self._files.values():
                file.close()

    def _file(self, name: str) -> logging.Handler:
        if name not in self._files:
            path = self.folder / f"{name}.log"
            handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, delay=True)
            if path.exists():
                handler.doRollover()
            self._files[name], self._last[name] = handler, deque(maxlen=LINES_SHOWN)
        return self._files[name]


class Supervisor:
    """The running children, until one of them ends or a signal asks us to end."""

    def __init__(self, files: LogFiles, environment: Mapping[str, str], keep_open: Sequence[int]) -> None:
        self._files, self._environment, self._keep_open = files, environment, keep_open
        self._children: dict[str, Child] = {}
        self._asked = False
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._take)

    def start(self, name: str, command: str) -> None:
        child = Child(command, self._environment, ROOT, partial(self._files.write, name), self._keep_open)
        self._children[name] = child
        self._files.note(f"{name} started (pid {child.pid})")

    def wait(self, is_wanted: Callable[[], bool]) -> str | None:
        """Return the name of the first child that ends by itself, or None once we are asked to end."""
        while not self._asked and is_wanted():
            for name in self._ended():
                return name
            time.sleep(CHECK_S)
        return None

    def end(self, patience_s: float) -> dict[str, int | None]:
        """End all children, kill those that still run after `patience_s` seconds, and return their exit codes."""
        # Processes that a dead one left behind may still be running, so they end first.
        codes = {name: self._collect(name) for name in self._ended()}
        for name, child in self._children.items():
            self._files.note(f"ending {name} (pid {child.pid})")
            child.terminate()
        deadline = time.monotonic() + patience_s
        while self._children and time.monotonic() < deadline:
            codes |= {name: self._collect(name) for name in self._ended()}
            time.sleep(CHECK_S)
        return codes | {name: self._collect(name) for name in list(self._children)}

    def _ended(self) -> list[str]:
        return [name for name, child in self._children.items() if child.has_ended()]

    def _collect(self, name: str) -> int | None:
        code = self._children.pop(name).collect()
        self._files.note(f"{name} ended (exit {code})")
        return code

    def _take(self, sign: int, _: object) -> None:
        self._asked = True


def run_processes(
    settings: Settings,
    on_start: Callable[[], None],
    on_end: Callable[[], None],
    is_wanted: Callable[[], bool],
    keep_open: Sequence[int] = (),
) -> Ending | None:
    """Run the Procfile until a signal or `is_wanted` ends it (None) or a process ends by itself; all have ended then.

    The children inherit the file descriptors of `keep_open`.
    """
    files = LogFiles(log_folder(settings))
    supervisor = Supervisor(files, process_environment(settings), keep_open)
    for name, command in wanted_processes(settings).items():
        supervisor.start(name, command)
    on_start()
    first = supervisor.wait(is_wanted)
    on_end()
    codes = supervisor.end(END_AFTER_DEATH_S if first else END_S)
    files.close()
    return Ending(first, codes[first], files.last_lines(first)) if first else None


def wanted_processes(settings: Settings) -> dict[str, str]:
    """Return name and command of each process; the simulator only where Strava is simulated."""
    commands: list[tuple[str, str]] = PROCFILE_LINE.findall((ROOT / "Procfile").read_text())
    return {name: command for name, command in commands if name != "simulator" or settings.simulated}


def process_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the processes: ours, and what the lines of the Procfile name."""
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "LISTEN": f"{host}:{settings.port}",
        "LISTEN_SIM": f"127.0.0.1:{settings.sim_port}",
        # Not on the command line: it may contain a password, and everybody on the machine can read command lines.
        "RQ_REDIS_URL": settings.redis,
        "LOG_FORMAT": settings.log_format,
        "WORKERS_WEB": str(settings.web_workers),
        "THREADS_WEB": str(settings.web_threads),
        "WORKERS_JOBS": str(settings.job_workers),
    }
