"""The athletes' changes of their own activities on Strava: upload, edit, hide, retype, flag, delete."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from integrations.strava_simulator import activity_faults, grants
from integrations.strava_simulator.events import WorldChange, announce, announce_each
from integrations.strava_simulator.faults import Faults
from integrations.strava_simulator.run import SimulatorRun, offset, title_for
from integrations.strava_simulator.store import activity, athlete

# The names of fields in the control API (Strava's own) and in the store.
COLUMNS = {
    "name": "name",
    "distance": "distance",
    "moving_time": "moving",
    "elapsed_time": "elapsed",
    "total_elevation_gain": "climb",
    "sport_type": "sport_type",
    "average_heartrate": "heart_rate",
    "workout_type": "workout_type",
    "device_name": "device",
    "private": "private",
    "flagged": "flagged",
    "manual": "manual",
    "trainer": "trainer",
    "commute": "commute",
    "missing": "missing",
}
WHEN = ("start_date", "start_date_local", "utc_offset", "timezone", "hidden_start")
FLAGS = ("private", "flagged", "manual", "trainer", "commute", "hidden_start")
NUMBERS = ("distance", "moving_time", "elapsed_time", "total_elevation_gain", "utc_offset")


def row_of(run: SimulatorRun, athlete_id: int) -> dict[str, Any]:
    """Return a run as the store holds it."""
    return {
        "athlete_id": athlete_id,
        "start": run.start,
        "start_local": run.start_local.isoformat(),
        "utc_offset": run.utc_offset,
        "zone": run.zone,
        "sport_type": run.sport_type,
        "name": run.name,
        "distance": run.distance,
        "moving": run.moving,
        "elapsed": run.elapsed,
        "climb": run.climb,
        "heart_rate": run.heart_rate,
        "workout_type": run.workout_type,
        "device": run.device,
        "private": run.private,
        "flagged": run.flagged,
        "manual": run.manual,
        "trainer": run.trainer,
        "commute": run.commute,
        "missing": list(run.missing),
    }


def upload(connection: Connection, faults: Faults, row: dict[str, Any], now: int) -> int:
    """Store an activity (a row as `row_of` makes it) as the faults leave it, and announce it. Return its id."""
    made = connection.execute(insert(activity).values(activity_faults.timed(faults, row))).inserted_primary_key
    activity_id = int(made[0]) if made else 0
    activity_faults.strike(connection, faults, activity_id, now)
    announce(connection, faults, WorldChange(row["athlete_id"], activity_id, None, bool(row["private"])), now)
    return activity_id


def find(connection: Connection, athlete_id: int, activity_id: int) -> Row[Any] | None:
    """Return the activity if it is the athlete's."""
    return connection.execute(
        select(activity).where(activity.c.id == activity_id, activity.c.athlete_id == athlete_id)
    ).one_or_none()


def edit(connection: Connection, faults: Faults, stored: Row[Any], values: dict[str, Any], now: int) -> None:
    """Change columns of an activity. Events announce only its title, its type and whether it is private."""
    connection.execute(update(activity).where(activity.c.id == stored.id).values(values))
    updates = {}
    if values.get("name", stored.name) != stored.name:
        updates["title"] = values["name"]
    if values.get("sport_type", stored.sport_type) != stored.sport_type:
        updates["type"] = values["sport_type"]
    private = bool(values.get("private", stored.private))
    tell = announce_each if faults.strikes("updates_split") else announce
    tell(connection, faults, WorldChange(stored.athlete_id, stored.id, stored.private, private, updates), now)


def remove(connection: Connection, faults: Faults, stored: Row[Any], now: int) -> None:
    """Delete an activity for good."""
    connection.execute(delete(activity).where(activity.c.id == stored.id))
    announce(connection, faults, WorldChange(stored.athlete_id, stored.id, stored.private, None), now)


def hand_over(connection: Connection, activity_ids: Iterable[int], athlete_id: int) -> None:
    """Let activities belong to another athlete from now on, as after a merge of two accounts. No event announces it."""
    moved = update(activity).where(activity.c.id.in_(list(activity_ids)))
    connection.execute(moved.values(athlete_id=athlete_id))


def merge(connection: Connection, athlete_id: int, into: int) -> None:
    """Merge one athlete's account into another's: the activities move, and its grant ends. No event announces it."""
    hand_over(connection, connection.scalars(select(activity.c.id).where(activity.c.athlete_id == athlete_id)), into)
    grants.end(connection, athlete_id)


def most_distance(connection: Connection, month: str) -> set[int]:
    """Return the athlete of each club who ran most in a month ("2026-11")."""
    metres = func.sum(activity.c.distance)
    ran = activity.c.sport_type.in_(("Run", "TrailRun", "VirtualRun")) & activity.c.start_local.startswith(month)
    totals = (
        select(athlete.c.club, athlete.c.id)
        .join(activity, activity.c.athlete_id == athlete.c.id)
        .where(ran, athlete.c.club.is_not(None))
        .group_by(athlete.c.club, athlete.c.id)
        .order_by(athlete.c.club, metres)
    )
    return set(dict(connection.execute(totals).all()).values())


def uploaded_row(who: Row[Any], fields: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the row of an upload; by default it is a 5-km run of half an hour that ends now.

    Fields: those of COLUMNS, and `start_date` (UTC) or `start_date_local`, `timezone` (a zone name), `utc_offset`
    (seconds; by default the zone's), `hidden_start`. Raises ValueError, naming the field, for an invalid value.
    """
    check(fields)
    moving = int(fields.get("moving_time", 1800))
    elapsed = int(fields.get("elapsed_time", moving))
    run = _placed(who.zone, fields, now - timedelta(seconds=elapsed))
    row = row_of(run, who.id) | {"moving": moving, "elapsed": elapsed, "distance": 5000.0}
    row["name"] = title_for(run.start_local)
    return row | columns(fields)


def edited_columns(stored: Row[Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that change. Raises ValueError as `uploaded_row` does."""
    check(fields)
    values = columns(fields)
    if any(name in fields for name in WHEN):
        start = datetime.fromtimestamp(stored.start, UTC)
        kept: dict[str, Any] = {"timezone": stored.zone}
        if "start_date_local" in fields and "timezone" not in fields:
            kept["utc_offset"] = stored.utc_offset
        run = _placed(stored.zone, kept | fields, start)
        values |= {
            name: value
            for name, value in row_of(run, 0).items()
            if name in ("start", "start_local", "utc_offset", "zone")
        }
    return values


def columns(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that are columns, under the store's names."""
    return {COLUMNS[name]: value for name, value in fields.items() if name in COLUMNS}


def check(fields: dict[str, Any]) -> None:
    """Raise ValueError for a field that does not exist or whose value is of the wrong kind."""
    for name, value in fields.items():
        if name not in COLUMNS and name not in WHEN:
            raise ValueError(f"there is no field {name!r}")
        if name in FLAGS and not isinstance(value, bool):
            raise ValueError(f"{name} is true or false")
        if name in NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueError(f"{name} is a number")


def _placed(zone: str, fields: dict[str, Any], start: datetime) -> SimulatorRun:
    """Return an empty run at the time and place in the fields, by default at `start` in `zone`."""
    zone = str(fields.get("timezone", zone))
    if zone not in available_timezones():
        raise ValueError(f"timezone: there is no {zone!r}")
    if "start_date_local" in fields:
        local = _wall(fields["start_date_local"])
        utc_offset = int(fields.get("utc_offset", offset(local, zone)))
    else:
        utc = _utc(fields["start_date"]) if "start_date" in fields else start.replace(tzinfo=None, microsecond=0)
        utc_offset = int(fields.get("utc_offset", offset_at(utc, zone)))
        local = utc + timedelta(seconds=utc_offset)
    hidden = bool(fields.get("hidden_start", False))
    local = local.replace(hour=0, minute=0, second=1) if hidden else local
    return SimulatorRun(local, zone, utc_offset, 0.0, 0, 0, hidden_start=hidden)


def offset_at(utc: datetime, zone: str) -> int:
    """Return local minus UTC, in seconds, at a UTC time (naive) in the zone."""
    there = utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return int(there.total_seconds()) if there else 0


def _utc(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0) if moment.tzinfo else moment


def _wall(text: Any) -> datetime:
    # Strava's local times carry a false Z.
    return datetime.fromisoformat(str(text)).replace(tzinfo=None, microsecond=0)
