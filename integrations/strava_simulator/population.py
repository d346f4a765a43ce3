"""Filling the store with people and their logs: eleven months at first, later the time since."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from integrations.strava_simulator.activities import row_of
from integrations.strava_simulator.log import read_log
from integrations.strava_simulator.people import CLUBS, SimulatedPerson, club_of, person
from integrations.strava_simulator.run import Bout, SimulatorRun
from integrations.strava_simulator.settings import SimulatorSettings
from integrations.strava_simulator.store import activity, athlete, planned
from integrations.strava_simulator.world import bouts_between, invented_runner

FIRST_ATHLETE = 140_000_001
# Strava's numbers for activities do not fit in 32 bits.
FIRST_ACTIVITY = 16_000_000_001
HISTORY = timedelta(days=335)


def populate(connection: Connection, settings: SimulatorSettings, now: datetime) -> None:
    """Fill an empty store with the world, and any store with what should have happened since."""
    if connection.scalar(select(func.count()).select_from(athlete)) == 0:
        if settings.runs:
            _fill_from_log(connection, settings, now)
        else:
            _make_world(connection, settings, now)
    catch_up(connection, settings, now, record=True)
    _record_the_past(connection, int(now.timestamp()))


def _record_the_past(connection: Connection, now: int) -> None:
    """Record planned runs that ended while the simulator was not running."""
    over = connection.execute(select(planned).where(planned.c.ends <= now)).all()
    connection.execute(delete(planned).where(planned.c.ends <= now))
    _keep(connection, [(plan.athlete_id, load(plan.bout)) for plan in over], now, record=True)


def _make_world(connection: Connection, settings: SimulatorSettings, now: datetime) -> None:
    numbers = range(settings.athletes)
    rows = [_row(settings, number, now, club_of(number, settings.athletes)) for number in numbers]
    if rows:
        connection.execute(insert(athlete), rows)


def _row(settings: SimulatorSettings, number: int, now: datetime, club: int) -> dict[str, Any]:
    name, home = person(settings.seed, number), CLUBS[club]
    return {
        "id": FIRST_ATHLETE + number,
        "number": number,
        **asdict(name),
        "city": home.city,
        "country": home.country,
        "zone": home.tz,
        "club": club,
        "made_at": int((now - HISTORY).timestamp()),
        "log_name": None,
        "filled_to": None,
    }


def _fill_from_log(connection: Connection, settings: SimulatorSettings, now: datetime) -> None:
    """Make an athlete of every runner in the log. Runs that the shift of dates puts into the future are planned."""
    logs = read_log(settings.runs, now) if settings.runs else {}
    bouts: list[tuple[int, Bout]] = []
    for number, (runner, runs) in enumerate(logs.items()):
        row = _row(settings, number, now, club_of(number, len(logs)))
        row |= {"zone": runs[-1].zone, "log_name": runner, "made_at": runs[0].start}
        connection.execute(insert(athlete).values(row))
        bouts.extend((row["id"], (run,)) for run in runs)
    _keep(connection, bouts, int(now.timestamp()), record=True)


def add_athlete(
    connection: Connection, settings: SimulatorSettings, who: SimulatedPerson, zone: str, now: datetime
) -> int:
    """Make a new athlete with a fresh log of eleven months, and return the id. Raises KeyError for an unknown zone."""
    ZoneInfo(zone)
    number = (connection.scalar(select(func.max(athlete.c.number))) or 0) + 1
    home = next((club for club in CLUBS if club.tz == zone), None)
    row = _row(settings, number, now, 0) | asdict(who) | {"zone": zone, "club": None}
    row |= {"city": home.city if home else None, "country": home.country if home else None}
    connection.execute(insert(athlete).values(row))
    catch_up(connection, settings, now, record=True)
    return int(row["id"])


def catch_up(connection: Connection, settings: SimulatorSettings, now: datetime, *, record: bool) -> None:
    """Plan every local date up to each athlete's today.

    With `record`, runs that have ended are in the log at once, without events; all others wait to be released.
    """
    behind = [
        (who, day)
        for who in connection.execute(select(athlete).where(athlete.c.log_name.is_(None)))
        if (day := now.astimezone(ZoneInfo(who.zone)).date()).isoformat() != who.filled_to
    ]
    bouts = ((who.id, bout) for who, today in behind for bout in _missing_bouts(settings, who, today))
    _keep(connection, bouts, int(now.timestamp()), record=record)
    for who, day in behind:
        connection.execute(update(athlete).where(athlete.c.id == who.id).values(filled_to=day.isoformat()))


def _missing_bouts(settings: SimulatorSettings, who: Row[Any], today: date) -> Iterator[Bout]:
    first = date.fromisoformat(who.filled_to) + timedelta(days=1) if who.filled_to else today - HISTORY
    return bouts_between(invented_runner(settings.seed, who.number, who.zone), first, today)


def _keep(connection: Connection, bouts: Iterable[tuple[int, Bout]], now: int, *, record: bool) -> None:
    past: list[dict[str, Any]] = []
    ahead: list[dict[str, Any]] = []
    for athlete_id, bout in bouts:
        ends = max(run.end for run in bout)
        if record and ends <= now:
            past.extend(row_of(run, athlete_id) for run in bout)
        else:
            ahead.append({"athlete_id": athlete_id, "ends": ends, "due": None, "bout": dump(bout)})
    _record(connection, sorted(past, key=lambda row: row["start"]))
    if ahead:
        connection.execute(insert(planned), ahead)


def _record(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows and not connection.scalar(select(activity.c.id).limit(1)):
        # The numbers go on from the first one.
        connection.execute(insert(activity).values({**rows[0], "id": FIRST_ACTIVITY}))
        rows = rows[1:]
    if rows:
        connection.execute(insert(activity), rows)


def dump(bout: Bout) -> str:
    """Return a bout as JSON."""
    return json.dumps([asdict(run) | {"start_local": run.start_local.isoformat()} for run in bout])


def load(text: str) -> Bout:
    """Return the bout that `dump` wrote."""
    rows = json.loads(text)
    return tuple(
        SimulatorRun(
            **row | {"start_local": datetime.fromisoformat(row["start_local"]), "missing": tuple(row["missing"])}
        )
        for row in rows
    )


def local_midnight(zone: str, moment: int) -> int:
    """Return when the local date that holds `moment` began, in epoch seconds."""
    there = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone))
    return int(there.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
