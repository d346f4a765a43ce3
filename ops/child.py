"""One process of the Procfile, which only this program starts, signals and collects."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Thread

from jobs.parent_death import die_with_parent

# Seconds that we wait for a process after SIGKILL.
COLLECT_S = 5


class Child:
    """A process that leads a process group of its own. `on_line` gets the group's lines, in another thread.

    The kernel gives a pid to nobody else before the parent has collected the process. So everything is signalled
    before `collect`, and nothing after it.
    """

    def __init__(
        self,
        command: str,
        environment: Mapping[str, str],
        folder: Path,
        on_line: Callable[[str], None],
        keep_open: Sequence[int] = (),
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S602  # a line of the Procfile is one of a shell
            command,
            shell=True,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=keep_open,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, signal.SIGKILL, os.getpid()),
        )
        self.pid = self._process.pid
        self._on_line = on_line
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def has_ended(self) -> bool:
        """Return whether the process has ended, without collecting it where the system allows that."""
        if self._process.returncode is not None:
            return True
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self._process.poll() is not None
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def terminate(self) -> None:
        """Ask the process to end; it ends those that it has started."""
        if self._process.returncode is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group at once."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS, where only a zombie is left
                os.killpg(self.pid, signal.SIGKILL)

    def collect(self) -> int | None:
        """End what a process that has ended left behind, and return its exit code (None: it is stuck in the kernel)."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(COLLECT_S)
        self._reader.join(COLLECT_S)
        return self._process.returncode

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                # If a line cannot be stored, read on: a process whose pipe is full would hang.
                with contextlib.suppress(OSError):
                    self._on_line(line.decode(errors="replace").rstrip("\r\n"))
