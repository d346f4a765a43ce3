"""The worker: one application per process, and time-outs that find a dead worker within a minute.

RQ forks a work horse for each job. A fork, a fresh connection to the database and statements that are compiled again
cost more than most of our jobs, so here a horse does other waiting jobs for some seconds before it ends.

Run by `rq worker-pool -w jobs.worker.AppWorker default`; the pool has no options for what this class sets.
"""

import contextlib
import importlib
import inspect
import logging
import multiprocessing
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from flask import Flask
from redis import RedisError
from rq import Queue, Worker, worker_registration
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.utils import now
from sqlalchemy.orm import configure_mappers

# Imported before the fork. Otherwise each job would pay for the import.
import integrations.strava.protocol  # noqa: F401  # imported only for that
from jobs.dead_workers import remove_dead_workers
from jobs.delayed import ENDING, DelayedJobs
from jobs.parent_death import die_with_parent
from webapp import job_names, logs, queue
from webapp.config import SettingsError, load_settings
from webapp.db import db
from webapp.factory import create_app
from webapp.job_serializer import PlainData
from webapp.redis import redis_client

log = logging.getLogger(__name__)

# After this many seconds a horse begins no further job. A worker that ends waits for its horse, so this is short.
HORSE_WORKS_S = 5.0
# A worker that Redis has not heard from for this long counts as dead. It sends a heartbeat every 3 s while it waits
# and every 10 s while it works. RQ would wait 105 s.
HEARD_WITHIN_S = 30

# As above: what jobs need is imported before the fork.
for _module in sorted({job.rpartition(".")[0] for job in job_names.Job}):
    importlib.import_module(_module)


class AppWorker(Worker):
    """Runs jobs inside the application."""

    app: Flask
    scheduler: DelayedJobs | None
    _tired_at = 0.0
    # Seconds between two attempts to reach Redis; RQ's own grow to a minute.
    max_connection_wait_time = 5.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Seconds. With RQ's own values a job of a killed worker starts again after 810 s, with these after 31 s.
        kwargs.update(job_monitoring_interval=10, maintenance_interval=30, worker_ttl=45)
        # The pool makes the queues with RQ's own serializer.
        redis = kwargs["connection"]
        args = ([queue.job_queue(redis)], *args[1:])
        kwargs.update(serializer=PlainData)
        try:
            super().__init__(*args, **kwargs)
        except RedisError as error:
            # Otherwise the process would print a traceback into the log. The pool starts another worker.
            log.warning("cannot reach Redis; this worker ends: %s", type(error).__name__)
            raise SystemExit(1) from None

    @property
    def dequeue_timeout(self) -> int:
        # Seconds. After each wait for a job, a worker checks itself and its scheduler.
        return 3

    @property
    def should_run_maintenance_tasks(self) -> bool:
        # After the clock was put back, the last time lies in the future.
        last = cast("datetime | None", self.last_cleaned_at)
        return (last is not None and last > now()) or bool(super().should_run_maintenance_tasks)

    def work(self, *args: Any, **kwargs: Any) -> bool:
        # This comes first: if we fail while starting, the worker that we replace must not look alive.
        with contextlib.suppress(RedisError):
            remove_dead_workers(self.connection, self.hostname)
        try:
            settings = load_settings()
        except SettingsError as error:
            raise SystemExit(str(error)) from None
        logs.start(settings.log_format, settings.secrets)
        self.app = create_app(settings)
        configure_mappers()  # otherwise every horse does it, at its first query
        pool = multiprocessing.parent_process()
        # A pool that is killed takes its workers with it, so nothing goes on running that cannot be ended.
        die_with_parent(signal.SIGKILL, pool.pid if pool else None)
        try:
            return super().work(*args, **kwargs)
        except RedisError as error:
            # As above.
            log.warning("cannot reach Redis; this worker ends: %s", type(error).__name__)
            return False

    def subscribe(self) -> None:
        # Signals go to the main thread. One that arrived in the thread started here would not wake it.
        with _held_back():
            super().subscribe()  # type: ignore[no-untyped-call]  # RQ's

    def _start_scheduler(self, *args: Any, **kwargs: Any) -> None:
        self.scheduler = DelayedJobs(self.queues, self.connection, serializer=self.serializer)
        # At a fork, the logging module could swallow a signal, and the worker would never end.
        with _held_back():
            self.scheduler.take_over()

    def stop_scheduler(self) -> None:
        if self.scheduler:
            self.scheduler.end()

    def serialize(self) -> dict[Any, Any]:
        # RQ leaves the state out. Without it, a worker that is only starting looks like any other.
        return {**super().serialize(), "state": self.get_state()}

    def register_birth(self) -> None:
        super().register_birth()  # type: ignore[no-untyped-call]  # RQ's
        self.connection.expire(self.key, HEARD_WITHIN_S)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        (self.connection if pipeline is None else pipeline).expire(self.key, HEARD_WITHIN_S)
        if pipeline is None and self.scheduler and not self.is_horse and not self._stop_requested:
            self.scheduler.keep_alive()
        if pipeline is None and not self.connection.hexists(self.key, "birth"):
            # Redis came back empty, and does not know this worker any more.
            self.connection.hset(self.key, mapping=self.serialize())
            worker_registration.register(self)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        # A worker killed by SIGKILL would leave its horse running, and the job would then run twice at once.
        die_with_parent(signal.SIGKILL, self.pid)
        with self.app.app_context():
            db.engine.dispose(close=False)  # the parent's connections are the parent's
        self._tired_at = time.monotonic() + HORSE_WORKS_S
        super().main_work_horse(job, queue)

    def perform_job(self, job: Job, rq_queue: Queue, execution: Execution) -> bool:
        """Perform a job and, in a horse, those that wait behind it."""
        done = self._perform(job, rq_queue, execution)
        while following := self._next_job():
            following_job, its_queue = following
            self._perform(following_job, its_queue, self.prepare_execution(following_job))
        return done

    def _next_job(self) -> tuple[Job, Queue] | None:
        if time.monotonic() >= self._tired_at:
            return None
        with contextlib.suppress(RedisError):
            return Queue.dequeue_any(
                self.queues,
                None,  # without waiting for one
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        return None

    def _perform(self, job: Job, rq_queue: Queue, execution: Execution) -> bool:
        with self.app.app_context(), logs.about(**ids_of(job)):
            with contextlib.suppress(Exception):
                queue.started(redis_client(), str(job.func_name), tuple(job.args))
            try:
                return super().perform_job(job, rq_queue, execution)
            finally:
                db.session.remove()

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Send the heartbeats of a horse. RQ does so for its first job only, and takes later ones for abandoned."""
        super().maintain_heartbeats(job, execution)
        for later in self.get_current_executions(refresh=True):
            if later.id != execution.id:
                with contextlib.suppress(NoSuchJobError):
                    super().maintain_heartbeats(later.job, later)

    def monitor_work_horse(self, job: Job, queue: Queue, execution: Execution) -> None:
        """Wait for the horse. If it was killed during a later job than its first, put that job back at once."""
        super().monitor_work_horse(job, queue, execution)
        for left in self.get_current_executions(refresh=True):
            with contextlib.suppress(NoSuchJobError):
                self.handle_job_failure(left.job, queue, exc_string="The work horse was killed.", execution=left)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Block the signals that end us until after this block. Processes and threads started in it inherit that."""
    known = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, known)


def ids_of(job: Job) -> dict[str, Any]:
    """Return the fields of a job's log lines: its id, and the ids among its arguments (`runner_id` gives `runner`)."""
    found: dict[str, Any] = {"job": job.id}
    with contextlib.suppress(Exception):  # RQ reports a job that cannot be run
        named = inspect.signature(job.func).bind(*job.args).arguments
        found.update((name.removesuffix("_id"), value) for name, value in named.items() if name.endswith("_id"))
    return found
