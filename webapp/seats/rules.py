"""Who gets the next seat: first come, first served, and nobody who stays away holds up the others."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

# A seat that comes free is held so long for whoever is next; after that the one behind may take it, too.
HELD_FOR = timedelta(days=3)
# Strava's word that it is full is believed so long, or until somebody leaves; then one may try again.
FULL_FOR = timedelta(hours=6)
KEPT_FOR = timedelta(days=90)
MOST_WAITING = 500


class Waiter(NamedTuple):
    """Somebody in the line; `offered_at`: when a seat was first free for them."""

    id: int
    offered_at: datetime | None


class Full(NamedTuple):
    """That Strava let nobody else in: when it said so, and how many seats were taken here."""

    at: datetime
    taken: int


class Line(NamedTuple):
    """Who may connect now: the ids of those who wait, and whether anybody else may."""

    invited: frozenset[int]
    open_to_all: bool


def free_seats(taken: int, seats: int | None, full: Full | None, now: datetime) -> int | None:
    """Return how many seats are free; None where nobody can tell but Strava.

    `seats` is what the operator set. Strava's word counts while it is fresh and more were not let in since.
    """
    caps = [] if seats is None else [seats]
    if full is not None and now - full.at < FULL_FOR and taken <= full.taken:
        caps.append(full.taken)
    return max(0, min(caps) - taken) if caps else None


def line_up(waiters: Sequence[Waiter], free: int | None, now: datetime) -> Line:
    """Say who may connect now, of those who wait (the first first) and of others.

    Each who is invited takes up a seat, until the time it is held for them is over. Where nobody knows how many seats
    are free, there is taken to be one: whoever is first may try.
    """
    left = 1 if free is None else free
    invited = []
    for waiter in waiters:
        if left <= 0:
            break
        invited.append(waiter.id)
        left -= is_held(waiter.offered_at, now)
    return Line(frozenset(invited), left > 0)


def is_held(offered_at: datetime | None, now: datetime) -> bool:
    """Tell whether an invited one's seat is kept from those behind."""
    return offered_at is None or now - offered_at < HELD_FOR
