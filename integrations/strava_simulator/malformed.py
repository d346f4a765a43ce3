"""Rows as they come when Strava is not itself: each of these was seen in the wild by somebody."""

from collections.abc import Callable
from random import Random
from typing import Any

Row = dict[str, Any]

KINDS: tuple[Callable[[Row], Any], ...] = (
    lambda row: {field: value for field, value in row.items() if field != "id"},
    lambda row: {field: value for field, value in row.items() if field != "start_date_local"},
    lambda row: row | {"distance": "far"},
    lambda row: row | {"distance": None, "moving_time": None},
    lambda row: row | {"moving_time": row.get("moving_time", 0) + 0.5, "elapsed_time": None},
    lambda row: row | {"start_date": "yesterday", "start_date_local": "yesterday"},
    lambda row: row | {"sport_type": None, "type": None},
    lambda row: row | {"athlete_count": 0, "start_latlng": [51.5]},
    lambda row: {"id": row["id"], "resource_state": 2},
    lambda _row: None,
)


def mangled(row: Row, dice: Random, rate: float) -> Any:
    """Return the row, or with probability `rate` something that resembles it."""
    return dice.choice(KINDS)(row) if dice.random() < rate else row
