"""The people of the month, what they have run before, and what they will record: invented, or clones of the real log.

A clone has the runs of one real runner, moved by whole weeks so that some month in which that runner was out becomes
this one, and shaken a little, so that no two are alike. Clones live in the folder of the instance and nowhere else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import delete, insert, select, update

from integrations.strava_simulator.activities import row_of
from integrations.strava_simulator.log import read_log
from integrations.strava_simulator.population import HISTORY, populate
from integrations.strava_simulator.run import SimulatorRun
from integrations.strava_simulator.settings import SimulatorSettings
from integrations.strava_simulator.store import Store, activity, athlete, planned
from integrations.strava_simulator.world import bouts_between, invented_runner

WEEK = timedelta(weeks=1)
# A watch that runs for days would upload after the month.
LONGEST = 24 * 3600


@dataclass(frozen=True)
class Person:
    """An athlete: number, club, the runs of the month in order of their ends, and the ids of the days before it."""

    id: int
    number: int
    club: int
    name: str
    coming: Sequence[SimulatorRun]
    recent: Sequence[int] = field(default=())


@dataclass(frozen=True)
class Month:
    """The span of the simulated time."""

    begin: datetime
    end: datetime

    def holds(self, run: SimulatorRun) -> bool:
        return self.begin.timestamp() < run.end <= self.end.timestamp() and run.elapsed <= LONGEST


def fill_world(settings: SimulatorSettings, month: Month, log: Path | None) -> list[Person]:
    """Fill the simulator's store with everybody and their runs before the month; return them with those to come.

    `log`: the real log to clone, else everybody is invented. The same seed makes the same world.
    """
    store = Store(settings.store)
    with store.writing() as connection:
        populate(connection, settings, month.begin)
        # What the invented ones have before them is uploaded by the script.
        connection.execute(delete(planned))
        clones = dict(_clones(settings, month, log)) if log else {}
        for number, runs in clones.items():
            this_one = athlete.c.number == number
            athlete_id = connection.scalars(select(athlete.c.id).where(this_one)).one()
            connection.execute(delete(activity).where(activity.c.athlete_id == athlete_id))
            # People with a log of their own get no invented days.
            connection.execute(update(athlete).where(this_one).values(log_name="clone"))
            past = [row_of(run, athlete_id) for run in runs if run.end <= month.begin.timestamp()]
            if past:
                connection.execute(insert(activity), sorted(past, key=lambda row: row["start"]))
        people = [_person(connection, who, settings, month, clones.get(who.number)) for who in _everybody(connection)]
    store.close()
    return people


def _everybody(connection: Any) -> list[Any]:
    return list(connection.execute(select(athlete).order_by(athlete.c.number)))


def _person(
    connection: Any, who: Any, settings: SimulatorSettings, month: Month, clone: list[SimulatorRun] | None
) -> Person:
    runs = clone if clone is not None else list(_invented(who, settings, month))
    of_month = month.begin.replace(day=1).timestamp()
    recent = select(activity.c.id).where(activity.c.athlete_id == who.id, activity.c.start >= of_month)
    return Person(
        id=who.id,
        number=who.number,
        club=who.club,
        name=f"{who.firstname} {who.lastname}",
        coming=sorted((run for run in runs if month.holds(run)), key=lambda run: run.end),
        recent=connection.scalars(recent.order_by(activity.c.id)).all(),
    )


def _invented(who: Any, settings: SimulatorSettings, month: Month) -> Iterator[SimulatorRun]:
    day = timedelta(days=1)
    first, last = (month.begin - day).date(), (month.end + day).date()
    for bout in bouts_between(invented_runner(settings.seed, who.number, who.zone), first, last):
        yield from bout


def _clones(settings: SimulatorSettings, month: Month, log: Path) -> Iterator[tuple[int, list[SimulatorRun]]]:
    logs = list(read_log(log, month.begin).values())
    for number in range(settings.athletes):
        dice = Random(f"clone {settings.seed} {number}")
        yield number, _shaken(_moved(dice.choice(logs), month, dice), month, dice)


def _moved(runs: Sequence[SimulatorRun], month: Month, dice: Random) -> list[SimulatorRun]:
    """Move a log by whole weeks, so that one of the months in which its runner was out becomes this month."""
    first = datetime.fromtimestamp(runs[0].start, UTC)
    length = month.end - month.begin
    months = sorted({(datetime.fromtimestamp(run.start, UTC) - first) // length for run in runs})
    shift = WEEK * round((month.begin - (first + dice.choice(months) * length)) / WEEK)
    return [replace(run, start_local=run.start_local + shift) for run in runs]


def _shaken(runs: Sequence[SimulatorRun], month: Month, dice: Random) -> list[SimulatorRun]:
    first = (month.begin - HISTORY).timestamp()
    return [_shake(run, dice) for run in runs if first <= run.start <= month.end.timestamp()]


def _shake(run: SimulatorRun, dice: Random) -> SimulatorRun:
    stretch = dice.uniform(0.97, 1.03)
    moving = round(run.moving * stretch)
    return replace(
        run,
        start_local=run.start_local + timedelta(minutes=dice.randint(-20, 20), seconds=dice.randint(0, 59)),
        distance=round(run.distance * stretch, 1),
        moving=moving,
        elapsed=moving,
    )
