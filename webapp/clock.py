"""The one clock of web, worker, schedule and simulator.

Nothing else in the project reads the time of day. In a live instance the clock is the wall clock. A trial instance may
run on faster time: every process of it then reads the same small file, so all of them agree on what time it is.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Pace:
    """One straight line of time: `origin` (epoch seconds) at wall time `wall`, then `speed` seconds per second."""

    origin: float
    wall: float
    speed: float

    def at(self, wall: float) -> float:
        return self.origin + (wall - self.wall) * self.speed


LIFE = Pace(0.0, 0.0, 1.0)


class Clock:
    """A clock. `path` names the shared file of a trial instance; None is always the wall clock."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._pace = LIFE
        self._stamp = (0, 0)

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.fromtimestamp(self._current().at(time.time()), UTC)

    def today(self, zone: str) -> date:
        """Return the present date in the time zone named `zone`."""
        return self.now().astimezone(ZoneInfo(zone)).date()

    @property
    def speed(self) -> float:
        return self._current().speed

    def set(self, *, speed: float = 1.0, now: datetime | None = None) -> None:
        """Run at `speed` from here on, from `now` if given. Every process that shares the file follows.

        Raises RuntimeError for the wall clock, which cannot be set.
        """
        if self.path is None:
            raise RuntimeError("the clock of a live instance is the wall clock")
        wall = time.time()
        origin = now.timestamp() if now else self._current().at(wall)
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(Pace(origin, wall, speed))))
        fresh.replace(self.path)

    def _current(self) -> Pace:
        if self.path is None:
            return LIFE
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return LIFE
        # Some file systems give two writes within some milliseconds the same time.
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._pace, self._stamp = Pace(**json.loads(self.path.read_text())), stamp
        return self._pace


# Every date begins first in the zone of Kiritimati.
_FIRST_ZONE = timedelta(hours=14)


def latest_date(now: datetime) -> date:
    """Return the latest date that has begun anywhere on earth by `now` (UTC): today at UTC+14."""
    return (now + _FIRST_ZONE).date()


def days_between(first: date, last: date) -> list[date]:
    """Return every date from `first` to `last`, both included; empty when `last` is before `first`."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
