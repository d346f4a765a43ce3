"""Releasing the day's planned runs, faster than real time: each release is an upload that ends just now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from integrations.strava_simulator.activities import offset_at, row_of, upload
from integrations.strava_simulator.faults import Faults
from integrations.strava_simulator.population import catch_up, load, local_midnight
from integrations.strava_simulator.run import TITLES, Bout, SimulatorRun, title_for
from integrations.strava_simulator.settings import SimulatorClock, SimulatorSettings
from integrations.strava_simulator.store import Store, activity, planned

# Between two runs of one athlete, when the later one is moved forward.
REST = 600


class Releaser:
    """Releases planned runs of a store by the clock, `release_speed` times as fast."""

    def __init__(self, settings: SimulatorSettings, store: Store, faults: Faults, clock: SimulatorClock) -> None:
        self._settings, self._store, self._faults, self._clock = settings, store, faults, clock
        self._looked = datetime.min.replace(tzinfo=UTC)
        # The plan begins here; due times from an earlier start are computed again.
        with store.writing() as connection:
            connection.execute(update(planned).values(due=None))

    def work(self) -> int:
        """Plan new days and release what is due; return how many bouts were released."""
        now = self._clock.now()
        if not self._settings.release_speed or not self._has_work(now):
            return 0
        moment = int(now.timestamp())
        with self._store.writing() as connection:
            catch_up(connection, self._settings, now, record=False)
            self._reckon(connection, moment)
            due = connection.execute(select(planned).where(planned.c.due <= moment).order_by(planned.c.due)).all()
            return sum(self._release(connection, plan, moment) for plan in due)

    def _has_work(self, now: datetime) -> bool:
        """Return whether something is due, or a minute has passed in which a day may have begun somewhere."""
        if now - self._looked >= timedelta(minutes=1) or now < self._looked:
            self._looked = now
            return True
        due = planned.c.due.is_(None) | (planned.c.due <= int(now.timestamp()))
        with self._store.reading() as connection:
            return connection.scalar(select(planned.c.id).where(due).limit(1)) is not None

    def release_next(self, athlete_id: int | None = None) -> list[int]:
        """Release the next planned bout now, of one athlete or of anybody; return the activities' ids."""
        now = int(self._clock.now().timestamp())
        chosen = planned.c.athlete_id == athlete_id if athlete_id else planned.c.id > 0
        with self._store.writing() as connection:
            catch_up(connection, self._settings, self._clock.now(), record=False)
            plans = connection.execute(select(planned).where(chosen).order_by(planned.c.ends, planned.c.id)).all()
            free = [plan for plan in plans if _room(connection, plan, now) <= now]
            return self._record(connection, (free or plans)[0], now) if plans else []

    def left(self) -> int:
        """Return how many planned bouts still wait."""
        with self._store.reading() as connection:
            return connection.scalar(select(func.count()).select_from(planned)) or 0

    def due(self) -> int:
        """Return how many are due by now; 0 if nothing is released automatically."""
        now = int(self._clock.now().timestamp())
        waiting = planned.c.due.is_(None) if self._settings.release_speed else planned.c.id < 0
        with self._store.reading() as connection:
            return connection.scalar(select(func.count()).where(waiting | (planned.c.due <= now))) or 0

    def _reckon(self, connection: Connection, now: int) -> None:
        """Compute when each newly planned bout is due: ahead of its plan, but never before its own date has begun."""
        for plan in connection.execute(select(planned).where(planned.c.due.is_(None))).all():
            due = self._due(load(plan.bout)[0], plan.ends, now)
            connection.execute(update(planned).where(planned.c.id == plan.id).values(due=due))

    def _due(self, run: SimulatorRun, ends: int, now: int) -> int:
        soonest = local_midnight(run.zone, run.start) + run.elapsed + 60
        hurried = now + max(ends - now, 0) / self._settings.release_speed
        return min(max(int(hurried), soonest), max(ends, now))

    def _release(self, connection: Connection, plan: Row[Any], now: int) -> bool:
        room = _room(connection, plan, now)
        if room > now:
            connection.execute(update(planned).where(planned.c.id == plan.id).values(due=room))
            return False
        return bool(self._record(connection, plan, now))

    def _record(self, connection: Connection, plan: Row[Any], now: int) -> list[int]:
        connection.execute(delete(planned).where(planned.c.id == plan.id))
        runs = moved(load(plan.bout), now)
        return [upload(connection, self._faults, row_of(run, plan.athlete_id), now) for run in runs]


def _room(connection: Connection, plan: Row[Any], now: int) -> int:
    """Return when the bout can be released without overlapping the athlete's other runs."""
    bout = load(plan.bout)
    if plan.ends <= now or bout[0].hidden_start:
        return int(max(plan.ends, now))  # a start that nobody sees cannot be moved
    last = connection.scalar(
        select(func.max(activity.c.start + activity.c.elapsed)).where(activity.c.athlete_id == plan.athlete_id)
    )
    longest = max(run.elapsed for run in bout)
    return int(min(max((last or 0) + REST + longest, now), plan.ends))


def moved(bout: Bout, now: int) -> Bout:
    """Return the bout as if it ended just now; one that has ended already stays where it was."""
    ahead = max(run.end for run in bout) - now
    return bout if ahead <= 0 else tuple(_earlier(run, ahead) for run in bout)


def _earlier(run: SimulatorRun, seconds: int) -> SimulatorRun:
    if run.hidden_start:
        return run
    utc = datetime.fromtimestamp(run.start - seconds, UTC).replace(tzinfo=None)
    utc_offset = offset_at(utc, run.zone)
    start = utc + timedelta(seconds=utc_offset)
    name = title_for(start) if run.name in TITLES else run.name
    return replace(run, start_local=start, utc_offset=utc_offset, name=name)
