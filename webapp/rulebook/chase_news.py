"""What is new in a chase: which overtakes came in late, and who came closer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo


def came_in_late(local_date: date, found_at: datetime, zone: ZoneInfo) -> bool:
    """Return whether an overtake was found after its date was over where the group is: a run was uploaded late."""
    return local_date < found_at.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class GapChange:
    """How a gap changed. `closer`: by how much it shrank, in the unit of the total; below zero, it grew."""

    side: Literal["ahead", "behind"]
    name: str
    entry_id: int
    closer: int


def gap_change(side: Literal["ahead", "behind"], own_id: int, other_id: int, gains: Mapping[int, int]) -> int | None:
    """Return by how much the gap to a neighbour shrank, from what each entry gained; None where that is not known."""
    if own_id not in gains or other_id not in gains:
        return None
    closer = gains[own_id] - gains[other_id]
    return closer if side == "ahead" else -closer
