"""Seats: a free one is held only for somebody who queued when none was free and has opened the offer."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

# How long a seat is held, from the moment its offer was opened. An offer that nobody opens holds nothing.
HELD_FOR = timedelta(hours=24)
# Strava's answer that it is full holds for this long, or until a runner leaves; then another visitor may try.
FULL_FOR = timedelta(hours=6)
KEPT_FOR = timedelta(days=90)
MAX_WAITING = 500
# A network is what one household or office usually has: a /24 of IPv4, a /64 of IPv6.
MAX_PER_NETWORK = 2
PREFIXES = {4: 24, 6: 64}


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody in the queue; `opened_at`: when they opened the offer of a free seat."""

    id: int
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Full:
    """Strava's answer that it is full: when it said so, and how many seats were taken here."""

    at: datetime
    taken: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The visitors who may connect now: ids of people in the queue, and whether others may."""

    invited: frozenset[int]
    open_to_all: bool


def free_seats(taken: int, seats: int | None, full: Full | None, now: datetime) -> int | None:
    """Return how many seats are free; None if only Strava knows.

    `seats` is what the operator set. Strava's word counts while it is fresh and more were not let in since.
    """
    caps = [] if seats is None else [seats]
    if full is not None and abs(now - full.at) < FULL_FOR and taken <= full.taken:
        caps.append(full.taken)
    return max(0, min(caps) - taken) if caps else None


def outdated(full: Full | None, taken: int) -> Full | None:
    """Return Strava's answer that it is full, corrected now that it accepts one more than `taken`."""
    return replace(full, taken=taken + 1) if full and full.taken == taken else full


def allocate(waiters: Sequence[Waiter], free: int | None, now: datetime) -> Allocation:
    """Return who may connect now: of those in the queue (first come first), and of others.

    Held seats are set apart; the rest are open to everyone. If the number of free seats is unknown, none can be held:
    anyone may try, and Strava decides.
    """
    everybody = frozenset(one.id for one in waiters)
    if free is None:
        return Allocation(everybody, True)
    holders = [one.id for one in waiters if is_held(one.opened_at, now)][:free]
    is_open = len(holders) < free
    return Allocation(everybody if is_open else frozenset(holders), is_open)


def is_held(opened_at: datetime | None, now: datetime) -> bool:
    """Return whether a seat is held for somebody who opened the offer at `opened_at`."""
    # A time far ahead comes from a clock that was put back since.
    return opened_at is not None and abs(now - opened_at) < HELD_FOR


def network_digest(address: str | None, key: str) -> str:
    """Return a keyed digest of the network an address belongs to. All invalid addresses count as one network."""
    return hmac.new(key.encode(), f"seat network:{_network(address or '')}".encode(), "sha256").hexdigest()


def _network(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, PREFIXES[found.version]), strict=False))
