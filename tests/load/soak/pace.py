"""When the clock may jump: whether anything is at work, what comes next, and the rounds of the schedule.

While something is at work the simulated clock runs at some speed; when nothing is, it jumps. RQ knows wall time only,
so what it was told to do later is moved along with each jump.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from redis import RedisError
from sqlalchemy import Select, false, func, not_, or_, select
from sqlalchemy.exc import SQLAlchemyError

from integrations.strava_simulator.store import Store, outbox
from jobs.schedule import ENTRIES
from webapp.clock import Clock
from webapp.db import db
from webapp.job_names import QUEUE
from webapp.models.scoring import Standing
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.queue import enqueue
from webapp.sync import rules

WAITING, IN_BETWEEN = f"rq:queue:{QUEUE}", f"rq:queue:{QUEUE}:intermediate"
STARTED, SCHEDULED = f"rq:wip:{QUEUE}", f"rq:scheduled:{QUEUE}"
# With something owed, no further at once than the rounds of the schedule are apart.
OWED_STEP = timedelta(seconds=15)
# A job that RQ calls started runs within this time, in seconds of real time; otherwise its worker was killed.
BEGINS_WITHIN_S = 1.5
# While nothing is owed, rounds that find nothing run once per step of the clock; those outside sync run at this
# interval.
SYNC = "jobs.sync."
OTHERS_AT_REST = timedelta(hours=1)


@contextmanager
def looking(app: Flask) -> Iterator[None]:
    """Look into the application's database. Its pages are asked for outside: they need a context of their own."""
    with app.app_context():
        try:
            yield
        finally:
            db.session.rollback()


class Rounds:
    """Asks for the entries of the schedule by the simulated clock.

    In life they come every few seconds and mostly find nothing. Here each comes when its interval has passed while
    something is owed, and more rarely otherwise.
    """

    def __init__(self, pace: "Pace") -> None:
        self._pace = pace
        self._asked: dict[str, datetime] = {}

    def go(self, now: datetime) -> None:
        """Ask for what is due."""
        over = [job for job, seconds in ENTRIES if self._is_over(job, timedelta(seconds=seconds), now)]
        due = [job for job in over if self._is_over(job, self._rest_of(job), now)]
        if len(over) > len(due) and self._pace.owes():
            due = over
        with self._pace.app.app_context():
            for job in due:
                self._asked[job] = now
                enqueue(job)

    def _rest_of(self, job: str) -> timedelta:
        return self._pace.step if job.startswith(SYNC) else max(OTHERS_AT_REST, self._pace.step)

    def _is_over(self, job: str, interval: timedelta, now: datetime) -> bool:
        last = self._asked.get(job)
        return last is None or now - last >= interval


class Pace:
    """Observes everything that could be running.

    `running`: how many processes run a job right now; `step`: how far the clock may jump at once with nothing owed.
    """

    def __init__(self, app: Flask, clock: Clock, strava: Store, running: Callable[[], int], step: timedelta) -> None:
        self.step = step
        self.app, self.clock, self._strava, self._running = app, clock, strava, running
        self._stirred = 0.0
        # Its commands are typed for all of its kinds of connection at once.
        self._redis: Any = app.extensions["redis"]
        self.jumps = 0

    # At work -----------------------------------------------------------------------------------------------------

    def is_at_work(self) -> bool:
        """Return whether an event is on its way or a job waits or runs. In the order in which work moves along."""
        with self._strava.reading() as connection:
            if connection.scalar(select(func.count()).where(*self._on_their_way())):
                return True
        try:
            waiting, started = self._jobs()
        except RedisError:
            return True
        if waiting or not started:
            self._stirred = time.monotonic()
            return waiting > 0
        return time.monotonic() - self._stirred < BEGINS_WITHIN_S or self._is_running()

    def _is_running(self) -> bool:
        """Return whether a job that RQ calls started runs or is about to: those of killed workers do not."""
        if self._running():
            self._stirred = time.monotonic()
            return True
        return False

    def _on_their_way(self) -> tuple[Any, ...]:
        return outbox.c.state == "pending", outbox.c.due <= self.clock.now().timestamp()

    def _jobs(self) -> tuple[int, int]:
        """Return how many jobs wait, and how many RQ calls started."""
        with self._redis.pipeline(transaction=True) as view:
            for list_key in (WAITING, IN_BETWEEN):
                view.llen(list_key)
            view.zcount(SCHEDULED, "-inf", time.time()).zcard(STARTED)
            *waiting, started = view.execute()
        return sum(waiting), started

    def owes(self) -> bool:
        """Return whether the rounds have something to do that nobody has begun: events, initial imports, boards."""
        try:
            with looking(self.app):
                return any(db.session.scalar(debt.limit(1)) is not None for debt in self._debts())
        except SQLAlchemyError:
            return True

    def _debts(self) -> Iterator[Select[Any]]:
        now = self.clock.now()
        resting = or_(Connection.rest_until.is_(None), Connection.rest_until <= now)
        ready = (Connection.state == "connected") & resting & Connection.gave_up_at.is_(None)
        events = select(StoredEvent.id).join(Connection, Connection.runner_id == StoredEvent.runner_id)
        syncs = select(InitialImport.runner_id).join(Connection, Connection.runner_id == InitialImport.runner_id)
        waits = or_(StoredEvent.retry_at > now, StoredEvent.small & (StoredEvent.received_at > now - rules.HINT_WAIT))
        yield events.where(StoredEvent.done_at.is_(None), not_(func.coalesce(waits, false())), ready)
        yield syncs.where(InitialImport.state.in_(("waiting", "reading")), ready)
        yield select(Standing.entry_id).where(Standing.dirty_from.is_not(None))

    # What comes next -----------------------------------------------------------------------------------------------

    def next_due(self) -> datetime:
        """Return when something is due by itself: the next round, a late event, a runner's rest that ends."""
        now = self.clock.now()
        step = OWED_STEP if self.owes() else self.step
        return max(
            min([now + step, *self._rests_end(now), *self._retries(now), *self._letters_due(), *self._put_off()]), now
        )

    def _rests_end(self, now: datetime) -> list[datetime]:
        """Return when a runner's rest ends, or the lease of a worker that is no more."""
        with looking(self.app):
            ends = [
                db.session.scalar(select(func.min(column)).where(column > now))
                for column in (Connection.rest_until, Connection.syncing_until)
            ]
        return [end for end in ends if end]

    def _retries(self, now: datetime) -> list[datetime]:
        """Return when an event is asked about once more, or a new title has waited long enough."""
        undone = StoredEvent.done_at.is_(None)
        with looking(self.app):
            again = db.session.scalar(select(func.min(StoredEvent.retry_at)).where(undone, StoredEvent.retry_at > now))
            hint = select(func.min(StoredEvent.received_at)).where(undone, StoredEvent.small)
            told = db.session.scalar(hint.where(StoredEvent.received_at > now - rules.HINT_WAIT))
        return [at for at in (again, told and told + rules.HINT_WAIT) if at]

    def _letters_due(self) -> list[datetime]:
        with self._strava.reading() as connection:
            due = connection.scalar(select(func.min(outbox.c.due)).where(outbox.c.state == "pending"))
        return [datetime.fromtimestamp(due, self.clock.now().tzinfo)] if due else []

    def _put_off(self) -> list[datetime]:
        """Return when RQ's next job is due, by the simulated clock."""
        first = self._redis.zrange(SCHEDULED, 0, 0, withscores=True)
        return [self.clock.now() + timedelta(seconds=(due - time.time()) * self.clock.speed) for _, due in first]

    # Moving on -----------------------------------------------------------------------------------------------------

    def jump(self, target: datetime, speed: float) -> None:
        """Let the time between now and `target` have passed, for RQ too."""
        passed = (target - self.clock.now()).total_seconds()
        if passed > 0:
            self.clock.set(speed=speed, now=target)
            self.jumps += 1
            for job_id in self._redis.zrange(SCHEDULED, 0, -1):
                self._redis.zincrby(SCHEDULED, -passed / speed, job_id)
        self.bring_forward()

    def bring_forward(self) -> None:
        """Put into the queue what RQ was to do by now: its own scheduler looks once a second, that is a while here."""
        for job_id in self._redis.zrangebyscore(SCHEDULED, "-inf", time.time()):
            if self._redis.zrem(SCHEDULED, job_id):
                self._redis.rpush(WAITING, job_id)
