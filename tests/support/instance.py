"""A whole instance for a test: the processes of `make run`, in a folder and on ports of their own."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psutil

from ops.backup import SQLITE
from ops.console import Console
from ops.paths import filled_mark
from ops.seed_demo import Filler
from tests.support.servers import free_port
from webapp.clock import Clock
from webapp.config import Settings, load_settings

ROOT = Path(__file__).parent.parent.parent
# How long a test waits for a start, and for an end; a busy machine takes long.
START_S, END_S = 300, 120


class Instance:
    """`python -m ops.run` and what it says. `values` are settings; those not named have their defaults."""

    def __init__(self, home: Path, **values: str) -> None:
        # An empty value is the default, whatever a developer's own .env says.
        nothing = {name.upper(): "" for name in Settings.model_fields}
        ports = {"PORT": str(free_port()), "SIM_PORT": str(free_port())}
        self.values = {**nothing, "CHASEPACK_HOME": str(home), "SIM_SPEED": "0", "SIM_ATHLETES": "8", **ports, **values}
        self.environment = {**os.environ, **self.values}
        self.lines: list[str] = []
        self._heard = threading.Condition()
        self._process: subprocess.Popen[str] | None = None

    @property
    def settings(self) -> Settings:
        return load_settings(self.values, env_file=None)

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "start it first"
        return self._process

    def processes(self) -> list[psutil.Process]:
        """Return every process of it while it runs, the main one first."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def begin_at(self, moment: datetime) -> None:
        """Let its clock tell this time and go on from there; before the start, so that its world is of that time."""
        settings = self.settings
        settings.home.mkdir(parents=True, exist_ok=True)
        Clock(settings.clock_file).set(now=moment)

    def stay_empty(self) -> None:
        """Have nobody fill the trial; before the start."""
        settings = self.settings
        settings.home.mkdir(parents=True, exist_ok=True)
        filled_mark(settings).touch(mode=0o600)

    def begin_migrated(self, migrated: Path) -> None:
        """Begin with a copy of a migrated database (the fixture `migrated_sqlite`), once; before the start."""
        settings = self.settings
        settings.home.mkdir(parents=True, exist_ok=True)
        database = settings.home / SQLITE
        if not database.exists():
            shutil.copyfile(migrated, database)
            database.chmod(0o600)

    def fill_first_group(self) -> None:
        """Fill the first group of an empty trial that is up, as an instance fills all of them; with three months."""
        filler = Filler(self.settings, Console())
        filler.groups, filler.months = filler.groups[:1], 3
        filler.fill()

    def start(self, *command: str) -> None:
        """Start it, by another command than `python -m ops.run` if need be; what it says is gathered in `lines`."""
        self._process = subprocess.Popen(
            command or (sys.executable, "-m", "ops.run"),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_for(self, holds: Callable[[str], bool]) -> str:
        """Return the first line for which `holds`; fails when it ends or nothing of the kind comes."""
        with self._heard:
            found = self._heard.wait_for(lambda: self._first(holds) or self._ended(), timeout=START_S)
        assert found, f"waited in vain; it said {self.lines}"
        line = self._first(holds)
        assert line, f"it ended and said {self.lines}"
        return line

    def wait_until_up(self) -> None:
        self.wait_for(lambda line: line.startswith("Chasepack is at "))

    def end(self, sign: signal.Signals = signal.SIGINT) -> int:
        """Send `sign` as a terminal would, to the whole group, and return the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, sign)
        return self.process.wait(END_S)

    def __enter__(self) -> "Instance":
        return self

    def __exit__(self, *_: object) -> None:
        """End it, whatever state it is in: the test may have failed at any point."""
        if self._process is None:
            return
        try:
            self.end()
        except subprocess.TimeoutExpired:
            self.process.kill()  # the rest ends with it
            self.process.wait(END_S)
            raise

    def run(self, module: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Run one of our programs with the settings of this instance, to its end."""
        command = [sys.executable, "-m", module, *args]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=START_S)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                with self._heard:
                    self.lines.append(line.rstrip("\n"))
                    self._heard.notify_all()
        self.process.wait()
        with self._heard:
            self._heard.notify_all()

    def _first(self, holds: Callable[[str], bool]) -> str | None:
        return next((line for line in self.lines if holds(line)), None)

    def _ended(self) -> bool:
        return self.process.poll() is not None


def assert_refused(instance: Instance, word: str) -> str:
    """Assert that a start says one line with `word`, exits with 1 and leaves nothing running; return the line."""
    with instance:
        instance.start()
        assert instance.process.wait(120) == 1
        line = instance.wait_for(lambda line: word in line)
        assert instance.lines == [line]
        return line


def names_in(process: psutil.Process) -> set[str]:
    """Return the words of a command line, without the folders of programs."""
    return {Path(word).name for word in process.cmdline()}


def led_by(instance: Instance, word: str) -> list[psutil.Process]:
    """Return the children of the main process that have `word` in their command line: one, once all have started."""
    return [one for one in psutil.Process(instance.process.pid).children() if word in _command_line_of(one)]


def workers_of(instance: Instance, word: str) -> list[psutil.Process]:
    """Return the children of those: what gunicorn or RQ started."""
    return [worker for leader in led_by(instance, word) for worker in leader.children()]


def _command_line_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
