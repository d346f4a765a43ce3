"""What the application must hold, by the simulator's own lists: every activity once, as it is there, and no other.

*Lost* is an activity that is on Strava, for the application to see, on a date from which it holds runs, and that it
does not hold; or one that counts by the second opinion and does not count here. *Doubled* is one that is held although
it is not (any more) on Strava, held twice, or counts here and not by the second opinion. Everything else that is not
equal is a *difference*. Whoever cannot be read at the end, since they took the connection back, is left out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from tests.load.soak.crowd import Crowd, Entrant
from tests.load.soak.pace import looking
from tests.oracle.judging import Row
from tests.support.strava import listed
from webapp.db import db
from webapp.models.activities import Activity
from webapp.models.sync import Connection

FIELDS = {
    "sport_type": "sport_type",
    "distance": "distance_m",
    "moving_time": "moving_s",
    "private": "private",
    "flagged": "flagged",
    "manual": "manual",
}


@dataclass
class Findings:
    """What was compared, how often, and what was not equal."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)

    def check(self, what: str, where: str, said: object, expected: object) -> None:
        """Compare one thing with what it must be."""
        self.compared[what] += 1
        if said != expected:
            self.differences.append(f"{where}: {what} is {said}, by the second opinion {expected}")

    def check_ids(self, what: str, where: str, said: Iterable[int], expected: Iterable[int]) -> None:
        """Compare activities: what is missing is lost, what is too much is doubled."""
        said, expected = set(said), set(expected)
        self.compared[what] += len(said | expected)
        self.lost += [f"{where}: {what} without {number}" for number in sorted(expected - said)]
        self.doubled += [f"{where}: {what} with {number}" for number in sorted(said - expected)]


@dataclass
class Read:
    """A runner who can be read: who, from which date runs are held, and what Strava shows us of theirs."""

    entrant: Entrant
    read_from: date
    rows: list[Row]


def readable(crowd: Crowd, away: Iterable[int]) -> dict[int, Read]:
    """Return everybody who is connected, with their list as it is now."""
    connected = select(Connection.athlete_id, Connection.read_from).where(Connection.state == "connected")
    with looking(crowd.app):
        found = {athlete_id: read_from or date.min for athlete_id, read_from in db.session.execute(connected)}
    reads = {}
    for athlete_id, read_from in found.items():
        entrant = crowd.entrants[athlete_id]
        if athlete_id not in set(away):
            rows = visible(entrant, listed(crowd.simulator, athlete_id))
            reads[entrant.runner_id] = Read(entrant, read_from, rows)
    return reads


def visible(entrant: Entrant, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that an application with what they granted is shown."""
    return [row for row in rows if entrant.sees_private or not row["private"]]


def day_of(row: Row) -> date:
    return date.fromisoformat(row["start_date_local"][:10])


def compare_stored(crowd: Crowd, reads: Mapping[int, Read], findings: Findings) -> None:
    """Compare the activities that are held, one by one."""
    with looking(crowd.app):
        for runner_id, read in reads.items():
            held = db.session.scalars(select(Activity).where(Activity.runner_id == runner_id)).all()
            _compare_one(f"athlete {read.entrant.athlete_id}", read, list(held), findings)


def _compare_one(where: str, read: Read, held: list[Activity], findings: Findings) -> None:
    expected = {row["id"]: row for row in read.rows if day_of(row) >= read.read_from}
    findings.check_ids("held", where, (int(each.source_id) for each in held), expected)
    findings.check("held twice", where, len(held) - len({each.source_id for each in held}), 0)
    for each in held:
        row = expected.get(int(each.source_id))
        if row:
            findings.check(f"activity {row['id']}", where, _told(each), _telling(row))


def _told(held: Activity) -> dict[str, Any]:
    return {name: getattr(held, column) for name, column in FIELDS.items()} | {"day": held.local_date}


def _telling(row: Row) -> dict[str, Any]:
    told = {name: row.get(name) for name in FIELDS} | {"day": day_of(row)}
    return told | {name: round(row.get(name) or 0) for name in ("distance", "moving_time")}
