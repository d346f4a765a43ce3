"""Reading the queue for seats, and what is known about free ones."""

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from redis import RedisError
from sqlalchemy import func, or_, select

from webapp.auth.rules import digest_of
from webapp.db import db
from webapp.models.accounts import SeatRequest
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.redis import redis_client
from webapp.seats import rules

FULL_KEY = "chasepack:seats:full"


@dataclass(frozen=True, slots=True)
class SeatOutlook:
    """What one visitor may expect. `mine` and `place` (from 1) are None if they are not in the queue."""

    # None: only Strava knows.
    free: int | None
    waiting: int
    # Whether this visitor may connect now.
    may_connect: bool
    mine: SeatRequest | None = None
    place: int | None = None
    # Until when the seat is held for this visitor.
    held_until: datetime | None = None
    # Whether this visitor may open the offer of a free seat, which holds it for a day.
    may_hold: bool = False

    @property
    def is_free(self) -> bool:
        """Return whether a seat is known to be free for this visitor, so that there is no need to queue."""
        return self.may_connect and self.free is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A visitor in the queue, as the operator sees them; `is_invited`: a seat is free for them."""

    id: int
    name: str
    contact: str | None
    asked_at: datetime
    is_invited: bool


def seat_outlook(secret: str | None, seats: int | None, now: datetime) -> SeatOutlook:
    """Return what the visitor with this ticket may expect, for a page, by Strava's latest word."""
    return _outlook(secret, seats, rules.free_seats(seats_taken(), seats, last_full(), now), now)


def may_connect(secret: str | None, seats: int | None, now: datetime) -> bool:
    """Return whether an athlete whom Strava has just let in may have the seat, or it is held for somebody else."""
    taken = seats_taken()
    free = rules.free_seats(taken, seats, rules.outdated(last_full(), taken), now)
    return _outlook(secret, seats, free, now).may_connect


def _outlook(secret: str | None, seats: int | None, free: int | None, now: datetime) -> SeatOutlook:
    waiters = queue_of_waiters(seats)
    lined_up = rules.allocate(waiters, free, now)
    mine = request_by(secret)
    place = next((n for n, waiter in enumerate(waiters, start=1) if mine and waiter.id == mine.id), None)
    if mine is None or place is None:
        return SeatOutlook(free, len(waiters), lined_up.open_to_all)
    invited = mine.id in lined_up.invited
    held = seats is not None and invited and rules.is_held(mine.opened_at, now)
    until = mine.opened_at + rules.HELD_FOR if held and mine.opened_at else None
    may_hold = seats is not None and lined_up.open_to_all and mine.opened_at is None
    return SeatOutlook(free, len(waiters), invited, mine, place, until, may_hold)


def queue_of_waiters(seats: int | None) -> list[rules.Waiter]:
    """Return everyone in the queue, in order. Without a number of seats no offer holds one."""
    in_line = select(SeatRequest.id, SeatRequest.opened_at).order_by(SeatRequest.asked_at, SeatRequest.id)
    waiters = [rules.Waiter(*row) for row in db.session.execute(in_line)]
    return waiters if seats is not None else [replace(waiter, opened_at=None) for waiter in waiters]


def waiting(seats: int | None, now: datetime) -> list[Waiting]:
    """Return everybody in the queue, in order, with whether a seat is free for them."""
    columns = (SeatRequest.id, SeatRequest.name, SeatRequest.contact, SeatRequest.asked_at)
    free = rules.free_seats(seats_taken(), seats, last_full(), now)
    invited = rules.allocate(queue_of_waiters(seats), free, now).invited
    in_line = select(*columns).order_by(SeatRequest.asked_at, SeatRequest.id)
    return [Waiting(*row, row.id in invited) for row in db.session.execute(in_line)]


def request_by(secret: str | None) -> SeatRequest | None:
    """Return the request with this ticket."""
    if not secret:
        return None
    return db.session.scalar(select(SeatRequest).where(SeatRequest.digest == digest_of(secret)))


def last_full() -> rules.Full | None:
    """Return what Strava last said about being full. None also if Redis is away or empty."""
    with contextlib.suppress(RedisError, ValueError):
        kept = redis_client().get(FULL_KEY)
        if isinstance(kept, bytes):
            at, taken = kept.split()
            return rules.Full(datetime.fromtimestamp(int(at), UTC), int(taken))
    return None


def seats_taken() -> int:
    """Return how many athletes are connected. An interrupted connection, or one from a backup, keeps its seat."""
    seated = or_(Connection.state != ConnectionState.DEAUTHORISED, Connection.restored_at.is_not(None))
    return db.session.scalar(select(func.count()).select_from(Connection).where(seated)) or 0
