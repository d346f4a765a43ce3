"""The test's side of `tests.fault_injection.forks`: processes that race, and processes that are killed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.config import Settings

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: killed by which signal (0: by none), and what its call returned or which error it raised."""

    signal: int
    result: Any


class ForkServer:
    """Starts processes that have the application loaded already. What they log goes to a file."""

    def __init__(self, settings: Settings) -> None:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed with the fork server
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.fault_injection.forks"],
            cwd=ROOT,
            env={**os.environ, **environment_of(settings)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        self._hear("ready")

    def start(self, call: str, *args: int | str, times: int = 1, die_at: int = 0, **settings: Any) -> list[int]:
        """Have `times` processes call the function of this name at once, and return their pids."""
        return self._start(call, [args] * times, die_at, settings)

    def ended(self) -> list[Ended]:
        """Wait until all of them have ended."""
        return [Ended(status & 0x7F, result) for status, result in self._hear("ended")]

    def run(self, call: str, *args: int | str, times: int = 1, die_at: int = 0, **settings: Any) -> list[Ended]:
        """Start them and wait for their end."""
        self.start(call, *args, times=times, die_at=die_at, **settings)
        return self.ended()

    def run_each(self, call: str, each: Iterable[int | str], **settings: Any) -> list[Ended]:
        """Start a process for each argument, all at once, and wait for their end."""
        self._start(call, [(argument,) for argument in each], 0, settings)
        return self.ended()

    def start_each(self, call: str, each: Iterable[Sequence[int | str]], *, die_at: int = 0) -> list[int]:
        """Start a process for each list of arguments, all at once, and return their pids in this order."""
        return self._start(call, list(each), die_at, {})

    def _start(
        self, call: str, each: Sequence[Sequence[int | str]], die_at: int, settings: dict[str, Any]
    ) -> list[int]:
        order = {"call": call, "each": each, "die_at": die_at, "settings": settings}
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()
        pids: list[int] = self._hear("pids")
        return pids

    def _hear(self, word: str) -> Any:
        assert self._program.stdout is not None
        told = json.loads(self._program.stdout.readline() or "{}")
        assert word in told, f"the program ended and said {self._last_words()}"
        return told[word]

    def _last_words(self) -> list[str]:
        self._said.seek(0)
        return self._said.read().splitlines()[-5:]

    def close(self) -> None:
        self._program.kill()
        self._program.communicate()
        self._said.close()


@contextmanager
def fork_server_for(settings: Settings) -> Iterator[ForkServer]:
    fork_server = ForkServer(settings)
    try:
        yield fork_server
    finally:
        fork_server.close()


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment that makes a process read these very settings."""
    return {name.upper(): _written(getattr(settings, name)) for name in Settings.model_fields}


def _written(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def kill(pid: int) -> None:
    """End a process as the kernel does when memory runs out: at once, with nothing put in order."""
    os.kill(pid, signal.SIGKILL)
