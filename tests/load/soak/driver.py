"""The month, driven: happenings in their order, rounds of the schedule, and a clock that jumps when nothing is at work.

The clock runs at `Speeds.busy` while something is at work, so a delay of 10 s by the clock is half a second of
life at 20 times. In a trouble it runs at `Speeds.trouble`, and no jump is made until all is mended and idle.
"""

import heapq
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from redis import RedisError
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from tests.load.soak.actions import Actor
from tests.load.soak.crowd import Crowd
from tests.load.soak.faults import Faults
from tests.load.soak.pace import Pace, Rounds, looking
from tests.load.soak.script import Happening
from tests.load.soak.watch import Watch
from webapp.db import db
from webapp.models.sync import Connection

POLL_S = 0.01
# Runners who are asked to connect again do so some hours later.
SOON_H = (1.0, 9.0)
# How often everything is inspected: which runners cannot be read, what broke by itself. By the simulated clock.
INSPECTION = timedelta(hours=1)


@dataclass(frozen=True)
class Speeds:
    """Simulated seconds per second of real time, and how the clock jumps.

    `step`: how far at once, with nothing owed; `mend_s`: after a fault, no jump for this many seconds of real time,
    unless everything that is behind is found before.
    """

    busy: float = 20.0
    trouble: float = 2.0
    step: timedelta = timedelta(minutes=20)
    mend_s: float = 100.0


class Driver:
    """Lets time pass."""

    def __init__(
        self, crowd: Crowd, pace: Pace, watch: Watch, actor: Actor, story: Sequence[Happening], speeds: Speeds
    ) -> None:
        self.crowd, self.pace, self.watch, self.actor, self.speeds = crowd, pace, watch, actor, speeds
        self.clock, self.rounds = pace.clock, Rounds(pace)
        self.faults: Faults | None = None
        self.each_glance: list[Callable[[], None]] = []
        self._story = list(story)
        heapq.heapify(self._story)
        self._inspected: datetime | None = None
        self._dice = Random("reconnects")
        self._in_fault = False

    @property
    def expects_somebody(self) -> bool:
        """Return whether somebody is about to connect again."""
        return any(one.kind == "reconnect" for one in self._story)

    def run(self, until: datetime, *, stop: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until then, or until `stop`, which is asked at every jump."""
        self.clock.set(speed=self.speeds.busy)
        while self.clock.now() < until:
            self._do_what_is_due()
            if self.pace.is_at_work():
                time.sleep(POLL_S)
                continue
            self._glance(whole=True)
            if stop():
                return
            self.pace.jump(min(self.pace.next_due(), until, self._next_happening()), self.speeds.busy)

    def tick(self) -> None:
        """Do what is due, and let a moment of life pass."""
        self._do_what_is_due()
        time.sleep(POLL_S)

    def _do_what_is_due(self) -> None:
        now = self.clock.now()
        self._inspect(now)
        while self._story and self._story[0].at <= now.timestamp():
            self._do(heapq.heappop(self._story))
        self.rounds.go(now)
        with suppress(RedisError):  # away; what was put off waits in its file
            self.pace.bring_forward()
        self._glance(whole=False)

    def _glance(self, *, whole: bool) -> None:
        self.watch.look(self.clock.now(), at_all=whole)
        for look in self.each_glance if whole else ():
            look()

    def _next_happening(self) -> datetime:
        if not self._story:
            return datetime.max.replace(tzinfo=UTC)
        return datetime.fromtimestamp(self._story[0].at, UTC)

    def _do(self, one: Happening) -> None:
        if one.kind != "trouble":
            self.actor.do(one)
        elif self.faults and not self._in_fault:
            self._suffer(str(one.key))

    def _suffer(self, kind: str) -> None:
        """Let something break, at the speed of life or near it, until nothing is left of it."""
        assert self.faults
        self._in_fault = True
        self.clock.set(speed=self.speeds.trouble)
        begun = time.monotonic()
        self.faults.strike(kind)
        deadline = time.monotonic() + self.speeds.mend_s
        while time.monotonic() < deadline:
            self.tick()
            self.faults.look_after()
            if not self.pace.is_at_work() and not self.pace.owes():
                break
        self.faults.took_s[kind].append(round(time.monotonic() - begun, 1))
        self.clock.set(speed=self.speeds.busy)
        self._in_fault = False

    def _inspect(self, now: datetime) -> None:
        if self._inspected is not None and now - self._inspected < INSPECTION:
            return
        self._inspected = now
        if self.faults and not self._in_fault:
            self.faults.look_after()
        self._invite_back(now)
        self.actor.subscription.look()

    def _invite_back(self, now: datetime) -> None:
        """Have those who read that they must connect again do so within hours; a refused token asks that as well."""
        refused = (Connection.state == "deauthorised") & Connection.refused_at.is_not(None)
        wanted = select(Connection.athlete_id).where(or_(Connection.state == "needs_reconnect", refused))
        try:
            with looking(self.pace.app):
                found = set(db.session.scalars(wanted)) - self.actor.away
        except SQLAlchemyError:
            return
        for athlete_id in sorted(found):
            self.actor.lost_touch(athlete_id)
            self.actor.done["must reconnect"] += 1
            at = now.timestamp() + 3600 * self._dice.uniform(*SOON_H)
            heapq.heappush(self._story, Happening(at, -athlete_id, "reconnect", athlete_id))
