"""What is new in a chase: which overtakes came in late, and who came closer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Side = Literal["ahead", "behind"]


# Overtakes are derived within minutes of a run; a day allows for an outage.
FOUND_WITHIN = timedelta(days=1)


def came_in_late(local_date: date, at: datetime, zone: ZoneInfo) -> bool:
    """Return whether a date was over where the group is when an overtake of it was found, or a run came."""
    return local_date < at.astimezone(zone).date()


def is_by_a_run(local_date: date, found_at: datetime, arrived_at: datetime | None, zone: ZoneInfo) -> bool:
    """Return whether a run brought an overtake about, on its date or by a late upload.

    A change of rules, a review, or a member who is back bring up old ones. `arrived_at`: when the latest run of the
    passer up to the date came, None if none is stored.
    """
    if not came_in_late(local_date, found_at, zone):
        return True
    if arrived_at is None or not came_in_late(local_date, arrived_at, zone):
        return False
    return found_at - arrived_at < FOUND_WITHIN


@dataclass(frozen=True, slots=True)
class GapChange:
    """How a gap changed. `closer`: by how much it shrank, in the unit of the total; below zero, it grew."""

    side: Side
    name: str
    entry_id: int
    closer: int


def gap_change(side: Side, own_id: int, other_id: int, gains: Mapping[int, int]) -> int | None:
    """Return by how much the gap to a neighbour shrank, from what each entry gained; None where that is not known."""
    if own_id not in gains or other_id not in gains:
        return None
    closer = gains[own_id] - gains[other_id]
    return closer if side == "ahead" else -closer


@dataclass(frozen=True, slots=True)
class OddsMove:
    """How the odds against a neighbour moved, in steps of 100: the chance that the one behind ends up ahead."""

    side: Side
    name: str
    before: int
    now: int


def largest_move(moves: Iterable[OddsMove]) -> OddsMove | None:
    """Return the move by the most steps, of equal ones the first; None if none moved."""
    moved = [move for move in moves if move.before != move.now]
    return max(moved, key=lambda move: abs(move.now - move.before), default=None)


def closeness(own_total: int, gaps: Iterable[int | None]) -> float:
    """Return how close a chase is, to order chases of any measure: the smallest gap as a share of one's own total."""
    return min((gap / own_total for gap in gaps if gap is not None and own_total), default=float("inf"))
