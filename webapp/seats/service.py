"""Changing the line of those who wait for a seat. Nothing here commits."""

import contextlib
import secrets
from datetime import datetime

from redis import RedisError
from sqlalchemy import delete, func, select, text, update

from webapp.accounts.models import SeatRequest
from webapp.accounts.queries import seats_taken
from webapp.accounts.rules import digest_of
from webapp.extensions import db, redis_client
from webapp.seats import queries, rules

# Any number, the same in every process: PostgreSQL's lock for "somebody is taking a seat, or a place in the line".
SEAT_LOCK = 726_101_978
FULL_KEPT_S = 86_400


def one_at_a_time() -> None:
    """Let nobody else take a seat, or a place in the line, before this transaction ends."""
    # SQLite has one writer in any case.
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEAT_LOCK})


def wait(secret: str | None, name: str, contact: str | None, after: str | None, now: datetime) -> str | None:
    """Take a place at the end of the line and return its ticket; whoever has one keeps the place and is renamed.

    None, with nothing changed, where the line is as long as it may be.
    """
    one_at_a_time()
    mine = queries.request_by(secret)
    if mine is not None:
        mine.name, mine.contact, mine.after = name, contact, after or mine.after
        return secret
    if (db.session.scalar(select(func.count()).select_from(SeatRequest)) or 0) >= rules.MOST_WAITING:
        return None
    secret = secrets.token_urlsafe(32)
    db.session.add(SeatRequest(digest=digest_of(secret), name=name, contact=contact, after=after, asked_at=now))
    return secret


def leave(secret: str | None) -> bool:
    """Erase the place of this ticket; tell whether there was one."""
    if not secret:
        return False
    mine = delete(SeatRequest).where(SeatRequest.digest == digest_of(secret)).returning(SeatRequest.id)
    return db.session.scalar(mine) is not None


def remove(request_id: int) -> bool:
    """Erase a place by its number, for the operator; tell whether there was one."""
    gone = delete(SeatRequest).where(SeatRequest.id == request_id).returning(SeatRequest.id)
    return db.session.scalar(gone) is not None


def settle(seats: int | None, now: datetime) -> None:
    """Note for whom a seat is free and since when, and forget those who have waited too long."""
    one_at_a_time()
    db.session.execute(delete(SeatRequest).where(SeatRequest.asked_at <= now - rules.KEPT_FOR))
    waiters = queries.line()
    free = rules.free_seats(seats_taken(), seats, queries.last_full(), now)
    invited = rules.line_up(waiters, free, now).invited
    fresh = [one.id for one in waiters if one.id in invited and one.offered_at is None]
    # The seat went before they came. Whose time was over is not waited for a second time.
    out = [one for one in waiters if one.offered_at is not None and one.id not in invited]
    lost = [one.id for one in out if rules.is_held(one.offered_at, now)]
    for ids, offered_at in ((fresh, now), (lost, None)):
        if ids:
            db.session.execute(update(SeatRequest).where(SeatRequest.id.in_(ids)).values(offered_at=offered_at))


def note_full(now: datetime) -> None:
    """Keep that Strava let nobody else in just now. Without Redis nobody knows, and the next one asks Strava."""
    with contextlib.suppress(RedisError):
        redis_client().set(queries.FULL_KEY, f"{int(now.timestamp())} {seats_taken()}", ex=FULL_KEPT_S)
