"""Faults of single activities: Strava shows them too late, not everywhere, or with other values.

Switches put faults on a share of all uploads (`strike`, `timed`). The control API and the athlete's page break and
repair one activity (`put`). A fault with a duration ends by itself.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select
from sqlalchemy.dialects.sqlite import insert

from integrations.strava_simulator.faults import Faults
from integrations.strava_simulator.store import activity_fault

KINDS = {
    "unreadable": "It cannot be read yet",
    "error": "By its id it answers 500",
    "unlisted": "The list leaves it out",
    "not_found": "By its id it answers 404",
    "shown": "It has null fields",
}
UNLISTED = frozenset({"unreadable", "unlisted"})
NOT_BY_ID = frozenset({"unreadable", "not_found"})

# The switches that strike uploads, and the kinds of fault they make.
SWITCHES = {
    "unreadable_uploads": "unreadable",
    "single_errors": "error",
    "unlisted_uploads": "unlisted",
    "single_404": "not_found",
}
# Fields that were seen as null in practice. Without the first one, a row is not an activity.
NULLS = (
    ("start_date_local",),
    ("elapsed_time", "total_elevation_gain"),
    ("utc_offset", "timezone"),
    ("name", "device_name", "workout_type"),
)
OTHER_TYPES = ("Ride", "Workout", "Walk")


def strike(connection: Connection, faults: Faults, activity_id: int, now: int) -> None:
    """Put faults on an upload at the rates of the switches."""
    switches = faults.switches
    for name, kind in SWITCHES.items():
        if faults.strikes(name):
            lasts = switches.unreadable_seconds if kind == "unreadable" else switches.odd_seconds
            _set(connection, activity_id, kind, now + int(lasts))
    shown: dict[str, Any] = {}
    if faults.strikes("other_types"):
        shown["type"] = faults.dice("which type").choice(OTHER_TYPES)
    if faults.strikes("null_fields"):
        shown |= dict.fromkeys(faults.dice("which nulls").choice(NULLS))
    if shown:
        _set(connection, activity_id, "shown", now + int(switches.odd_seconds), shown)


def timed(faults: Faults, row: dict[str, Any]) -> dict[str, Any]:
    """Return an upload's row with the elapsed time that the switches give it."""
    if faults.strikes("elapsed_wrong"):
        return row | {"elapsed": faults.dice("which elapsed").choice((0, row["moving"] // 2))}
    if faults.strikes("pauses"):
        # The end stays the same, so the start moves back by the pause.
        pause = faults.dice("how long").randint(1800, 6 * 3600)
        local = datetime.fromisoformat(row["start_local"]) - timedelta(seconds=pause)
        begun = {"start": row["start"] - pause, "start_local": local.isoformat()}
        return row | begun | {"elapsed": row["elapsed"] + pause}
    return row


def put(connection: Connection, activity_id: int, changes: dict[str, Any], now: int) -> None:
    """Break or repair one activity as the control API says. Raises ValueError for an unknown kind or value."""
    for kind, value in changes.items():
        if kind not in KINDS:
            raise ValueError(f"there is no fault {kind!r}")
        if value is False:
            connection.execute(delete(activity_fault).where(_of(activity_id), activity_fault.c.kind == kind))
        elif kind == "shown" and isinstance(value, dict) and value:
            _set(connection, activity_id, kind, None, value)
        elif kind != "shown" and isinstance(value, int | float) and value > 0:
            _set(connection, activity_id, kind, None if value is True else now + int(value))
        else:
            raise ValueError(f"{kind} cannot be {value!r}")


def example(kind: str) -> dict[str, Any]:
    """Return a change for `put` that breaks an activity in this way until it is repaired."""
    return {kind: dict.fromkeys(NULLS[0]) if kind == "shown" else True}


def _set(
    connection: Connection, activity_id: int, kind: str, until: int | None, shown: dict[str, Any] | None = None
) -> None:
    row = insert(activity_fault).values(activity_id=activity_id, kind=kind, until=until, shown=shown)
    columns = {"until": row.excluded.until, "shown": row.excluded.shown}
    connection.execute(row.on_conflict_do_update(index_elements=["activity_id", "kind"], set_=columns))


def put_all_right(connection: Connection) -> None:
    """End every fault of every activity."""
    connection.execute(delete(activity_fault))


# Reads for answers ------------------------------------------------------------------------------------------------


def of(connection: Connection, activity_id: int, now: int) -> dict[str, Any]:
    """Return the faults of an activity: kind -> until when (true: until it is repaired), or the fields shown."""
    rows = connection.execute(select(activity_fault).where(_of(activity_id), _lasts(now))).all()
    return {row.kind: row.shown if row.kind == "shown" else row.until or True for row in rows}


def kinds_of(connection: Connection, activity_id: int, now: int) -> set[str]:
    """Return the kinds of fault that an activity has now."""
    return set(of(connection, activity_id, now))


def masks_of(connection: Connection, activity_ids: Collection[int], now: int) -> dict[int, dict[str, Any]]:
    """Return, by activity, the fields that are shown with other values than they have."""
    masked = select(activity_fault.c.activity_id, activity_fault.c.shown).where(
        activity_fault.c.kind == "shown", activity_fault.c.activity_id.in_(list(activity_ids)), _lasts(now)
    )
    return dict(connection.execute(masked).all())


def unlisted(now: int) -> Select[Any]:
    """Return the query for the ids that no list shows."""
    return select(activity_fault.c.activity_id).where(activity_fault.c.kind.in_(UNLISTED), _lasts(now))


def _of(activity_id: int) -> Any:
    return activity_fault.c.activity_id == activity_id


def _lasts(now: int) -> Any:
    return or_(activity_fault.c.until.is_(None), activity_fault.c.until > now)
