"""The processes of the Procfile, run together by honcho: all of them or none."""

import logging
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, NamedTuple

import honcho.manager
from honcho.environ import parse_procfile
from honcho.process import Popen, Process

from jobs.lifeline import die_with_parent
from ops.places import ROOT, log_folder
from webapp.config import Settings

# Seconds that a running job is given to finish; honcho's own five would cut it off.
KILL_WAIT = 40
LOG_BYTES, LOGS_KEPT, LINES_SHOWN = 10_000_000, 5, 12
STOPPED = re.compile(r"(\S+) stopped \(rc=(-?\d+)\)")


class Ending(NamedTuple):
    """Which process ended first, by itself, with what code, and what it said last."""

    name: str
    code: int
    last_lines: list[str]


class LogFiles:
    """Honcho's printer: every process's lines go to a file of its own, a fresh one at each start.

    The processes say themselves when they say something; only honcho's own words are given the time.
    """

    width = 0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.first_stopped: tuple[str, int] | None = None
        self._files: dict[str, logging.Handler] = {}
        self._last: dict[str, deque[str]] = {}

    def write(self, message: Any) -> None:
        """Take in one message of honcho's: `name`, `data` (text or bytes) and `time`."""
        data = message.data
        text = data.decode(errors="replace") if isinstance(data, bytes) else str(data)
        honchos = message.name == honcho.manager.SYSTEM_PRINTER_NAME
        for line in text.splitlines():
            said = f"{message.time:%Y-%m-%d %H:%M:%S} {line}" if honchos else line
            self._file(message.name).emit(logging.makeLogRecord({"msg": said}))
            self._last[message.name].append(line)
        stopped = STOPPED.match(text) if honchos else None
        if stopped and self.first_stopped is None:
            self.first_stopped = stopped[1], int(stopped[2])

    def last_lines(self, name: str) -> list[str]:
        return list(self._last.get(name, ()))

    def close(self) -> None:
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


class TiedProcess(Process):  # type: ignore[misc]  # honcho ships no types
    """A process that ends with us, even when we are killed outright."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        die_with_parent(signal.SIGKILL)
        self._child_ctor = partial(Popen, preexec_fn=partial(die_with_parent, signal.SIGTERM))
        super().run(events, ignore_signals)


class House(honcho.manager.Manager):  # type: ignore[misc]  # honcho ships no types
    """Honcho's manager, which also tells `on_start` and `on_end` when all have started and when the end begins."""

    def __init__(self, files: LogFiles, on_start: Callable[[], None], on_end: Callable[[], None]) -> None:
        super().__init__(files)
        self._process_ctor = TiedProcess
        self._files, self._on_start, self._on_end = files, on_start, on_end
        self.asked_to_end = False

    def _start(self) -> None:
        super()._start()
        self._on_start()

    def terminate(self) -> None:
        # The loop calls this after a process ended by itself; without one, a signal did.
        self.asked_to_end = self.asked_to_end or self._files.first_stopped is None
        self._on_end()
        super().terminate()


def run_house(settings: Settings, on_start: Callable[[], None], on_end: Callable[[], None]) -> Ending | None:
    """Run the Procfile until a signal ends it (None) or a process ends by itself; all of them have ended then."""
    files = LogFiles(log_folder(settings))
    honcho.manager.KILL_WAIT = KILL_WAIT
    house = House(files, on_start, on_end)
    environment = process_environment(settings)
    for name, command in wanted_processes(settings).items():
        house.add_process(name, command, env=environment, cwd=str(ROOT))
    # A closed terminal ends it as well as SIGTERM does, for which honcho has its handler.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    house.loop()
    files.close()
    if house.asked_to_end or files.first_stopped is None:
        return None
    name, code = files.first_stopped
    return Ending(name, code, files.last_lines(name))


def wanted_processes(settings: Settings) -> dict[str, str]:
    """Return name and command of each process; the simulator only where Strava is simulated."""
    commands: Mapping[str, str] = parse_procfile((ROOT / "Procfile").read_text()).processes
    return {name: command for name, command in commands.items() if name != "simulator" or settings.simulated}


def process_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the processes: ours, and what the lines of the Procfile name."""
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "LISTEN": f"{host}:{settings.port}",
        "LISTEN_SIM": f"127.0.0.1:{settings.sim_port}",
        # Not on the command line: it may hold a password, and everybody on the machine can read those.
        "RQ_REDIS_URL": settings.redis,
        "LOG_FORMAT": settings.log_format,
        "WORKERS_WEB": str(settings.web_workers),
        "THREADS_WEB": str(settings.web_threads),
        "WORKERS_JOBS": str(settings.job_workers),
    }
