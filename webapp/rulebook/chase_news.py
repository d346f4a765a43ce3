"""What is new in a chase: which overtakes came in late, and who came closer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

Side = Literal["ahead", "behind"]


def came_in_late(local_date: date, found_at: datetime, zone: ZoneInfo) -> bool:
    """Return whether an overtake was found after its date was over where the group is: a run was uploaded late."""
    return local_date < found_at.astimezone(zone).date()


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
