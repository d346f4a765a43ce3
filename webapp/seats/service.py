"""Changing the queue for seats. Nothing here commits."""

import contextlib
from dataclasses import asdict, dataclass
from datetime import datetime

from redis import RedisError
from sqlalchemy import ColumnElement, delete, func, select, text, update

from webapp.auth.rules import digest_of
from webapp.db import db
from webapp.invitations.service import hold_place
from webapp.job_names import Job
from webapp.models.accounts import SeatRequest
from webapp.queue import after_commit
from webapp.redis import redis_client
from webapp.seats import queries, rules
from webapp.seats.queries import seats_taken

# PostgreSQL's advisory lock for taking a seat or a place in the queue: an arbitrary number, the same in every process.
SEAT_LOCK = 726_101_978
FULL_KEPT_S = 86_400


def one_at_a_time() -> None:
    """Let nobody else take a seat, or a place in the queue, before this transaction ends."""
    # SQLite has one writer in any case.
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEAT_LOCK})


class NoPlace(Exception):
    """There is no place in the queue for this visitor; `reason` is "free", "network" or "full"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SeatRequestDetails:
    """What a visitor who wants a seat entered; `network`: a keyed digest of the network they came from."""

    name: str
    contact: str | None
    after: str | None
    network: str


def wait(secret: str | None, offered: str, details: SeatRequestDetails, seats: int | None, now: datetime) -> str:
    """Take a place at the end of the queue and return its ticket. A visitor who has a place keeps it, under a new name.

    `secret` is the ticket that the browser has, if any; `offered` the one that we made for a new place.
    If they came by an invite link, its place is held for them. Raises NoPlace, with nothing changed, if a seat is free
    for them, if two from their network wait already, or if the queue is full.
    Enqueues Job.ALLOCATE_SEATS, as leaving it does.
    """
    one_at_a_time()
    after_commit(Job.ALLOCATE_SEATS)
    for held in (secret, offered):
        if held and (mine := queries.request_by(held)):
            mine.name, mine.contact, mine.after = details.name, details.contact, details.after or mine.after
            hold_place(mine.after, mine.id, now)
            return held
    if queries.seat_outlook(None, seats, now).is_free:
        raise NoPlace("free")
    if _count(SeatRequest.network == details.network) >= rules.MAX_PER_NETWORK:
        raise NoPlace("network")
    if _count() >= rules.MAX_WAITING:
        raise NoPlace("full")
    made = SeatRequest(digest=digest_of(offered), asked_at=now, **asdict(details))
    db.session.add(made)
    db.session.flush()
    hold_place(made.after, made.id, now)
    return offered


def _count(*of: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(SeatRequest).where(*of)) or 0


def open_offer(secret: str | None, seats: int | None, now: datetime) -> bool:
    """Hold a free seat for the holder of this ticket; return whether one is held. Each offer can be opened once."""
    one_at_a_time()
    outlook = queries.seat_outlook(secret, seats, now)
    if outlook.mine is not None and outlook.may_hold:
        outlook.mine.opened_at = now
        return True
    return outlook.held_until is not None


def leave(secret: str | None) -> bool:
    """Erase the place of this ticket; return whether there was one."""
    return secret is not None and _erase(SeatRequest.digest == digest_of(secret))


def remove(request_id: int) -> bool:
    """Erase a place by its number, for the operator; return whether there was one."""
    return _erase(SeatRequest.id == request_id)


def _erase(place: ColumnElement[bool]) -> bool:
    erased = db.session.scalar(delete(SeatRequest).where(place).returning(SeatRequest.id)) is not None
    if erased:
        after_commit(Job.ALLOCATE_SEATS)
    return erased


def allocate_seats(seats: int | None, now: datetime) -> None:
    """Withdraw offers whose seat has been taken, and delete entries that have waited too long."""
    one_at_a_time()
    db.session.execute(delete(SeatRequest).where(SeatRequest.asked_at <= now - rules.KEPT_FOR))
    waiters = queries.queue_of_waiters(seats)
    free = rules.free_seats(seats_taken(), seats, queries.last_full(), now)
    invited = rules.allocate(waiters, free, now).invited
    # They may open the next offer. An offer that ran out is not made a second time.
    lost = [one.id for one in waiters if one.id not in invited and rules.is_held(one.opened_at, now)]
    if lost:
        db.session.execute(update(SeatRequest).where(SeatRequest.id.in_(lost)).values(opened_at=None))


def record_full(now: datetime) -> None:
    """Record that Strava is full. Without Redis this is lost, and the next visitor asks Strava."""
    with contextlib.suppress(RedisError):
        redis_client().set(queries.FULL_KEY, f"{int(now.timestamp())} {seats_taken()}", ex=FULL_KEPT_S)
