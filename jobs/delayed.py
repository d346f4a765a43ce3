"""The process of a pool that puts delayed jobs into the queue when they are due: RQ's scheduler.

One worker of the pool runs it. RQ checks on it every half minute, and after a kill a lock keeps others out for a
minute. Here the worker checks every few seconds, and the lock of a dead process on this machine is ignored.
"""

import logging
import os
import signal
from multiprocessing.process import BaseProcess
from typing import Any, cast

from redis import RedisError
from rq.exceptions import SchedulerNotFound
from rq.registry import ScheduledJobRegistry, StartedJobRegistry
from rq.scheduler import RQScheduler
from rq.scripts import release_lock
from rq.utils import as_text, current_timestamp

from jobs.dead_workers import is_running
from jobs.parent_death import die_with_parent

log = logging.getLogger(__name__)

ENDING = (signal.SIGINT, signal.SIGTERM)
# Seconds in which the process releases its locks; Redis may be away.
END_S = 5
# No job is delayed, or runs without a heartbeat, for longer than this.
MAX_WAIT_S = 3600


class DelayedJobs(RQScheduler):
    """RQ's scheduler, which ends with its worker and is restarted when it is killed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._worker = os.getpid()

    def work(self) -> None:
        die_with_parent(signal.SIGKILL, self._worker)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        try:
            super().work()  # type: ignore[no-untyped-call]  # RQ's
        except RedisError as error:
            # Otherwise the process would print a traceback into the log. Its worker starts another one.
            log.warning("cannot reach Redis; delayed jobs wait: %s", type(error).__name__)

    def enqueue_scheduled_jobs(self) -> None:
        for queue in self._queue_names:
            self._bring_near(queue)
        super().enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]  # RQ's

    def _bring_near(self, queue: str) -> None:
        """Enqueue jobs now if they are set impossibly late, because the clock was put back since they were delayed."""
        moment = current_timestamp()
        for registry in (ScheduledJobRegistry, StartedJobRegistry):
            key = registry(queue, connection=self.connection).key
            too_far = self.connection.zrangebyscore(key, moment + MAX_WAIT_S, "+inf")
            if too_far:
                self.connection.zadd(key, dict.fromkeys(too_far, moment), xx=True)

    def take_over(self) -> None:
        """Start unless another scheduler is alive."""
        for name in self._queue_names:
            self._free_lock_of_the_dead(name)
        self.acquire_locks(auto_start=True)  # type: ignore[no-untyped-call]  # RQ's

    def keep_alive(self) -> None:
        """Take over if the process is not ours or has ended."""
        process = self.process()
        if process is None or not process.is_alive():
            self.take_over()

    def end(self) -> None:
        """End the process. RQ's own worker sends the signal even if the pid belongs to another process by now."""
        process = self.process()
        if process and process.is_alive():
            process.terminate()
            process.join(END_S)
            process.kill()

    def process(self) -> BaseProcess | None:
        return cast("BaseProcess | None", self._process)

    def _free_lock_of_the_dead(self, queue: str) -> None:
        key = self.get_locking_key(queue)
        lease = self.connection.get(key)
        if lease and self._is_dead(holder := as_text(lease)):
            release_lock(self.connection, key, holder)

    def _is_dead(self, holder: str) -> bool:
        try:
            other = RQScheduler.fetch(holder, self.connection)
        except SchedulerNotFound:
            return False
        return other.hostname == self.hostname and not is_running(other.pid)
