"""What happens in the month, by seeded dice, as one list in the order of the simulated time.

Everything here is what people do on Strava, and what breaks; when it is done, and by whom, is fixed by the seed alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from integrations.strava_simulator.run import SimulatorRun
from tests.load.soak.people import Month, Person

MINUTE, HOUR, DAY = 60, 3600, 86_400
# Shares of uploads that get a title of their own, another sport, and so on.
RENAMED, RETYPED, CORRECTED, HIDDEN, FLAGGED, DELETED = 0.30, 0.02, 0.03, 0.02, 0.004, 0.03
# The share of uploads that belong to another athlete within days, as after a merge of two accounts.
HANDED_OVER = 0.01
# None move in this time before a month ends, or while its lists are kept: each of two lists has its own final sync.
NOT_HANDED_OVER = 3 * DAY
# The share of runs that reach Strava only days later.
LATE = 0.05
# The share of runners who end the connection on Strava once, and the share of those who come back.
LEAVING, COMING_BACK = 0.015, 0.7
# The seconds that a rush of uploads takes; something breaks in its middle.
RUSH_S = 12.0
# After this time from the end of a month its runs are surely purged (RAW_DAYS, the hourly purge, and a day for a runner
# read late).
LET_GO = 8 * DAY
# Runs of the first days of the month that are changed or deleted, per runner.
OLD_CHANGED = 0.2


@dataclass(frozen=True, order=True)
class Happening:
    """One thing at a time (epoch seconds). `key` names an activity: (athlete, place in the plan), or an id."""

    at: float
    order: int
    kind: str = field(compare=False)
    athlete_id: int = field(default=0, compare=False)
    key: Any = field(default=None, compare=False)
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False)


class Plot:
    """Gathers happenings and gives them their order."""

    def __init__(self, month: Month) -> None:
        self._month, self._found = month, list[Happening]()

    def add(self, at: float, kind: str, athlete_id: int = 0, key: Any = None, **fields: Any) -> None:
        """Let something happen, unless the month is over by then."""
        if self._month.begin.timestamp() < at < self._month.end.timestamp():
            self._found.append(Happening(at, len(self._found), kind, athlete_id, key, fields))

    def told(self) -> list[Happening]:
        return sorted(self._found)


def write(people: Sequence[Person], month: Month, seed: int) -> list[Happening]:
    """Return all that people do in the month."""
    plot = Plot(month)
    for person in people:
        dice = Random(f"story {seed} {person.number}")
        for place, run in enumerate(person.coming):
            _upload(plot, person, place, run, dice)
            if len(people) > 1 and dice.random() < HANDED_OVER:
                other = dice.choice([one for one in people if one.id != person.id])
                _hand_over(plot, month, person, place, run.end + dice.uniform(HOUR, 2 * DAY), other)
        for activity_id in person.recent:
            if dice.random() < OLD_CHANGED:
                _change_old(plot, month, person, activity_id, dice)
        if dice.random() < LEAVING:
            _leave(plot, month, person, dice)
    return plot.told()


def _upload(plot: Plot, person: Person, place: int, run: SimulatorRun, dice: Random) -> None:
    key = (person.id, place)
    at = run.end + (_late(dice) if dice.random() < LATE else dice.lognormvariate(5.2, 0.8))
    plot.add(at, "upload", person.id, key, **posted(run))
    for chance, kind, fields, within in _afterthoughts(run, dice):
        if dice.random() < chance:
            later = at + dice.uniform(MINUTE / 2, within)
            plot.add(later, kind, person.id, key, **fields)
            if kind == "hide" and dice.random() < 0.5:
                plot.add(later + dice.uniform(MINUTE, 3 * DAY), "edit", person.id, key, private=False)


def _hand_over(plot: Plot, month: Month, person: Person, place: int, at: float, other: Person) -> None:
    turns = [turn.timestamp() for turn in turns_of_month(month)]
    if not any(turn - NOT_HANDED_OVER < at < turn + LET_GO for turn in turns):
        plot.add(at, "hand over", person.id, (person.id, place), athlete=other.id)


def _late(dice: Random) -> float:
    return dice.uniform(6 * HOUR, 8 * DAY)


def _afterthoughts(run: SimulatorRun, dice: Random) -> Iterator[tuple[float, str, dict[str, Any], float]]:
    """Yield (how likely, what, which fields, within how many seconds after the upload)."""
    sport = dice.choice([name for name in ("Run", "TrailRun", "Ride", "Walk") if name != run.sport_type])
    metres = round(run.distance * dice.uniform(0.6, 1.3), 1)
    yield RENAMED, "edit", {"name": dice.choice(("Easy one", "With the dog", "Tempo", "Sunday long"))}, HOUR
    yield RETYPED, "edit", {"sport_type": sport}, 6 * HOUR
    # Strava sends no event for these two.
    yield CORRECTED, "edit", {"distance": metres}, 4 * DAY
    yield FLAGGED, "edit", {"flagged": True}, 4 * DAY
    yield HIDDEN, "hide", {"private": True}, 2 * DAY
    yield DELETED, "delete", {}, 6 * DAY


def posted(run: SimulatorRun) -> dict[str, Any]:
    """Return a run as the fields of an upload to the simulator."""
    fields = {
        "name": run.name,
        "distance": run.distance,
        "moving_time": run.moving,
        "elapsed_time": run.elapsed,
        "total_elevation_gain": run.climb,
        "sport_type": run.sport_type,
        "average_heartrate": run.heart_rate,
        "workout_type": run.workout_type,
        "device_name": run.device,
        "start_date_local": f"{run.start_local:%Y-%m-%dT%H:%M:%S}",
        "utc_offset": run.utc_offset,
        "timezone": run.zone,
        "missing": list(run.missing),
    }
    flags = ("private", "flagged", "manual", "trainer", "commute", "hidden_start")
    return fields | {name: True for name in flags if getattr(run, name)}


def _change_old(plot: Plot, month: Month, person: Person, activity_id: int, dice: Random) -> None:
    at = dice.uniform(month.begin.timestamp(), month.begin.timestamp() + 12 * DAY)
    metres = round(dice.uniform(1_000, 20_000), 1)
    fields: dict[str, Any] = dice.choice([{}, {"distance": metres}, {"name": "An old one"}])
    plot.add(at, "edit" if fields else "delete", person.id, activity_id, **fields)


def _leave(plot: Plot, month: Month, person: Person, dice: Random) -> None:
    at = dice.uniform(month.begin.timestamp() + 2 * DAY, month.end.timestamp() - 8 * DAY)
    plot.add(at, "deauthorise", person.id)
    if dice.random() < COMING_BACK:
        plot.add(at + dice.uniform(HOUR, 5 * DAY), "reconnect", person.id)


# What breaks --------------------------------------------------------------------------------------------------------

# The part of the month in which the subscription dies.
SUBSCRIPTION_DIES = (0.1, 0.4)

RATES: Mapping[str, Any] = {
    "signature": "right",
    "signatures_none": 0.05,
    "signatures_wrong": 0.04,
    "signatures_stale": 0.04,
    "events_lost": 0.10,
    "events_doubled": 0.10,
    "events_late": 0.05,
    # Late by more than the next upload takes, so that it overtakes.
    "late_seconds": 3.0 * HOUR,
    "error_500": 0.02,
    "timeout": 0.01,
    "timeout_seconds": 1.5,
    # Of rows, not of pages: every seventieth page or so holds one.
    "malformed_rows": 0.0004,
    "token_timeout": 0.001,
    # Valid tokens that get 401 for once, refreshes that are refused, token answers that do not say whose they are.
    "error_401": 0.002,
    "refuse_refresh": 0.001,
    "no_athlete": 0.3,
    # Of uploads and edits: what goes wrong with single activities.
    "unreadable_uploads": 0.05,
    "unreadable_seconds": 90.0,
    "single_errors": 0.02,
    "unlisted_uploads": 0.02,
    "single_404": 0.02,
    "odd_seconds": 2.0 * HOUR,
    "null_fields": 0.02,
    "other_types": 0.02,
    "elapsed_wrong": 0.01,
    "pauses": 0.02,
    "updates_split": 0.3,
}


def weather(month: Month, seed: int, rates: Mapping[str, Any]) -> list[Happening]:
    """Return how the simulator's faults are switched: from the first minute on, again each day.

    On some days a refreshed token is always a new one. From the last day of a month until its challenges are frozen no
    row is malformed: of a last read that Strava itself made wrong, nobody could know.
    """
    dice = Random(f"weather {seed}")
    found = list[Happening]()
    at, turns = month.begin + timedelta(minutes=1), list(turns_of_month(month))
    while at < month.end:
        calm = any(turn - timedelta(days=1) <= at <= turn + timedelta(days=3) for turn in turns)
        rows = {"malformed_rows": 0.0} if calm else {}
        fields = {**RATES, **rates, **rows, "reuse_access_token": dice.random() < 0.7, "seed": seed + len(found)}
        found.append(Happening(at.timestamp(), -1, "faults", fields=fields))
        at += timedelta(days=1)
    return found


def silent_death(month: Month, seed: int) -> Happening:
    """Return the moment when the subscription to events dies, and Strava says nothing of it."""
    span = (month.end - month.begin).total_seconds()
    at = month.begin.timestamp() + span * Random(f"subscription {seed}").uniform(*SUBSCRIPTION_DIES)
    return Happening(at, -4, "lose subscription")


def turns(month: Month) -> list[Happening]:
    """Return what is done when a month turns: lists are kept, and new challenges are started.

    Lists are kept until the runs of the old month are purged: until then late uploads of its last days come in.
    """
    found: list[Happening] = []
    for turn in turns_of_month(month):
        begins = turn.timestamp()
        found.append(Happening(begins, -3, "keep", key=True))
        found.append(Happening(begins + 7 * HOUR, -2, "challenges", key=f"{turn:%Y-%m-%d}"))
        found.append(Happening(begins + LET_GO, -3, "keep", key=False))
    return found


def breakages(happenings: Sequence[Happening], faults: Sequence[str], seed: int) -> list[Happening]:
    """Return the script with `faults` in it, in random order, each in the middle of the uploads of some people."""
    dice = Random(f"troubles {seed}")
    told = list(happenings)
    uploads = [one for one in told if one.kind == "upload"]
    if not uploads:
        return told
    hours = sorted(dice.sample(range(len(uploads)), min(len(uploads), len(faults))))
    kinds = dice.sample(list(faults), len(hours))
    for place, kind in zip(hours, kinds, strict=True):
        told = _gather(told, uploads[max(0, place - 8) : place + 1], dice)
        told.append(Happening(uploads[place].at + 0.5, len(told), "trouble", key=kind))
    return sorted(told)


def _gather(told: Sequence[Happening], uploads: Sequence[Happening], dice: Random) -> list[Happening]:
    """Let the last few who uploaded do so within some seconds: something must be going on when it breaks."""
    last = uploads[-1].at
    later = {one.order: last + dice.uniform(0, RUSH_S) for one in uploads if last - one.at < 3 * HOUR}
    keys = {one.key for one in uploads if one.order in later}
    return [_moved(one, later, last + 2 * MINUTE) if one.key in keys else one for one in told]


def _moved(one: Happening, later: Mapping[int, float], afterwards: float) -> Happening:
    """Move an upload, and what is done to it afterwards behind it."""
    at = later.get(one.order) or max(one.at, afterwards)
    return Happening(at, one.order, one.kind, one.athlete_id, one.key, one.fields)


def turns_of_month(month: Month) -> Iterator[datetime]:
    """Yield the first moments (UTC) of the months that begin within the span."""
    this = month.begin.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = (this + timedelta(days=32)).replace(day=1)
    while first < month.end:
        yield first
        first = (first + timedelta(days=32)).replace(day=1)
