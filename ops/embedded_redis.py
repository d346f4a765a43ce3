"""A Redis of our own: on a Unix socket, append-only, for this instance only; restarted when it is killed."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from redis import Redis, RedisError

from jobs.parent_death import die_with_parent
from ops.paths import log_folder, redis_folder
from ops.preflight import StartRefused
from ops.redis_server import find_server
from webapp.config import Settings

# Reading back a long append-only file takes its time.
START_S, END_S = 60, 20
# Seconds between an unexpected end and the next start. They double while it ends within STEADY_S: the disk may be full,
# and its log grows with each start.
AGAIN_S, MAX_PAUSE_S, STEADY_S = 0.5, 5.0, 10.0


def server_command(socket: Path, folder: Path) -> list[str]:
    """Return the command of a server that keeps its append-only file in `folder`."""
    options = {"port": "0", "unixsocket": socket, "unixsocketperm": "700", "dir": folder}
    options |= {"appendonly": "yes", "appendfsync": "everysec", "save": ""}
    return [find_server(), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]


class KeptRedis(threading.Thread):
    """A server that is restarted when it ends by itself, until `end` is called."""

    def __init__(self, command: list[str], output: IO[str], keep_open: Sequence[int] = ()) -> None:
        super().__init__(daemon=True)
        self._command, self._output, self._keep_open = command, output, keep_open
        self._lock, self._ending = threading.Lock(), threading.Event()
        self.server = self._begin()

    def run(self) -> None:
        pause = AGAIN_S
        while True:
            started = time.monotonic()
            self.server.wait()
            pause = AGAIN_S if time.monotonic() - started > STEADY_S else min(2 * pause, MAX_PAUSE_S)
            if self._ending.wait(pause):
                return
            with self._lock:
                if not self._ending.is_set():
                    self._begin_again()

    def end(self) -> None:
        """End it for good, and wait until it has ended."""
        with self._lock:
            self._ending.set()
        self.server.terminate()
        try:
            self.server.wait(END_S)
        except subprocess.TimeoutExpired:
            self.server.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # it is stuck in the kernel
                self.server.wait(END_S)

    def _begin_again(self) -> None:
        with contextlib.suppress(OSError):  # a full disk
            print(
                f"Redis ended by itself (exit {self.server.returncode}): started again.", file=self._output, flush=True
            )
        with contextlib.suppress(OSError, subprocess.SubprocessError):  # e.g. no memory: the next round tries again
            self.server = self._begin()

    def _begin(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,  # a Ctrl-C at the terminal is not for it: it goes last
            pass_fds=self._keep_open,
            preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),
        )


@contextmanager
def embedded_redis(settings: Settings, keep_open: Sequence[int] = ()) -> Iterator[None]:
    """Keep the server running while the block runs, and end it last. Raises StartRefused if it does not start.

    The server inherits the file descriptors of `keep_open`.
    """
    socket, folder = settings.redis_socket, redis_folder(settings)
    for needed in (socket.parent, folder):
        needed.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = log_folder(settings) / "redis.log"
    with log.open("w") as output:
        kept = KeptRedis(server_command(socket, folder), output, keep_open)
        try:
            _wait(kept.server, settings.redis, log, folder)
            kept.start()
            yield
        finally:
            kept.end()


def check_redis(url: str) -> None:
    """Raise StartRefused if the Redis of REDIS_URL does not answer."""
    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (RedisError, ValueError, OSError) as error:
        raise StartRefused(f"REDIS_URL: Redis does not answer ({str(error).splitlines()[0]}).") from None


def _wait(server: subprocess.Popen[bytes], url: str, log: Path, folder: Path) -> None:
    deadline = time.monotonic() + START_S
    with Redis.from_url(url, retry=None) as client:
        while server.poll() is None and time.monotonic() < deadline:
            try:
                client.ping()
            except (RedisError, OSError):
                time.sleep(0.02)
            else:
                return
    lines = log.read_text(errors="replace").splitlines() or ["it said nothing"]
    reason = lines[-1].partition(" # ")[2] or lines[-1]  # without process, time and level
    broken = f" Move {folder} away: Redis then starts empty, and rounds find in the database what is left to do."
    raise StartRefused(f"The embedded Redis did not start: {reason}{broken if 'append' in reason else ''}")
