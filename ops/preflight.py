"""Checks before anything is started. Each failure is one clear line."""

import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from integrations.strava_simulator.log import read_log
from ops.paths import lock_file
from webapp.clock import Clock
from webapp.config import Settings

# Redis's file, the logs and the database grow by about this much within hours.
MIN_ROOM_BYTES = 4 * 1024 * 1024


class StartRefused(Exception):
    """The start cannot continue; the text is the line that the operator reads."""


@contextmanager
def locked(settings: Settings) -> Iterator[int]:
    """Lock the instance while the block runs: one start or restore at a time. Raises StartRefused.

    Yields the file descriptor of the lock. A process that inherits it also keeps the instance locked, as long as it
    lives.
    """
    path = lock_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartRefused(f"Chasepack is already running with {settings.home}: end it first.") from None
        yield file.fileno()


def check_folder(settings: Settings) -> None:
    """Raise StartRefused if the folder of the instance is full or read-only."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home) as probe:
            probe.write(bytes(MIN_ROOM_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise StartRefused(f"{settings.home} cannot be written: {error.strerror}.") from None


def check_log(settings: Settings) -> None:
    """Raise StartRefused if the log of SIM_RUNS cannot be read from its first line to its last."""
    if not settings.simulated or settings.sim_runs is None:
        return
    try:
        read_log(settings.sim_runs, Clock().now())
    except (OSError, EOFError, KeyError, ValueError, TypeError):
        raise StartRefused(f"SIM_RUNS: {settings.sim_runs} is not a log of runs (see docs/operating.md).") from None


def check_ports(settings: Settings) -> None:
    """Raise StartRefused if a needed port cannot be opened."""
    wanted = {"PORT": (settings.bind, settings.port)}
    if settings.simulated:
        wanted["SIM_PORT"] = ("127.0.0.1", settings.sim_port)
        if settings.port == settings.sim_port:
            raise StartRefused(f"PORT and SIM_PORT are both {settings.port}; set one of them to another.")
    for name, (host, port) in wanted.items():
        _check_port(name, host, port)


def _check_port(name: str, host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise StartRefused(_in_words(error, name, host, port)) from None


def _in_words(error: OSError, name: str, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{name} {port} is in use; set {name}=... to another."
    if error.errno == errno.EACCES:
        return f"{name} {port} may not be opened by this user; set {name}=... to one above 1023."
    return f"BIND {host} is not an address of this machine ({error.strerror})."
