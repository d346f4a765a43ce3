"""The invented runners: what each of them does on each day. Pure and seeded.

The same (seed, athlete, day) always gives the same runs, so that a log can be filled up to today repeatedly without
changing the past. Nothing here reads the time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from integrations.strava_simulator import figures
from integrations.strava_simulator.figures import dice
from integrations.strava_simulator.oddities import odd
from integrations.strava_simulator.people import TRIPS
from integrations.strava_simulator.run import DEVICES, Bout, SimulatorRun, offset, title_for

# Steps that spread any number of athletes evenly over several qualities at once (powers of 1/1.1673, the root of
# x^5 = x + 1; see M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences").
STEPS = (0.8566748838545029, 0.733891856627126, 0.6287067210378087, 0.5385972572236101)
WORLD = 60

OWN_TITLES = (
    "Tempo 3 × 10'",
    "Long one",
    "Easy <b>shake-out</b> & coffee",
    "“Recovery”, allegedly",
    "Hills, again",
    "🌧️🏃",
    "Parkrun legs",
    "Commute home",
)
OTHER_SPORTS = (("Ride", 70), ("Hike", 14), ("VirtualRide", 5), ("Walk", 5), ("Swim", 3), ("Padel", 3))
SPEED_M_S = {"Ride": 6.4, "Hike": 1.2, "VirtualRide": 7.8, "Walk": 1.4, "Swim": 0.8, "Padel": 0.6}
CLUB_MEETS = {1: 19, 6: 8}  # weekday -> hour; Tuesday evening and Sunday morning


@dataclass(frozen=True, slots=True)
class InventedRunner:
    """How one runner runs. The first three are normal deviates: how often, how far, how slow."""

    seed: int
    number: int
    zone: str
    often: float
    far: float
    slow: float
    morning: float
    twice: float
    other_sports: float
    treadmill: float
    private: float
    device: str


def invented_runner(seed: int, number: int, zone: str) -> InventedRunner:
    """Return how the athlete at this place in the world runs."""
    chance = dice(seed, "habits", number)
    often, far, slow, morning = (_spread(place_of(seed, number), step) for step in STEPS)
    return InventedRunner(
        seed=seed,
        number=number,
        zone=zone,
        often=figures.NORMAL.inv_cdf(often),
        far=figures.NORMAL.inv_cdf(far),
        slow=figures.NORMAL.inv_cdf(slow),
        morning=0.96 * morning**1.9,
        twice=0.02 + 0.16 * chance.random() ** 2,
        other_sports=chance.choice((0, 0, 0, 0.03, 0.06, 0.22)),
        treadmill=chance.choice((0, 0, 0, 0.01, 0.02, 0.12)),
        private=chance.choice((0, 0, 0, 0, 0.01, 0.08)),
        device=chance.choice(DEVICES),
    )


def place_of(seed: int, number: int) -> int:
    """Return the athlete's place among the kinds of runner: every seed has the same sixty kinds."""
    first = number // WORLD * WORLD
    return first + dice(seed, "places", first).sample(range(WORLD), WORLD)[number - first]


def _spread(place: int, step: float) -> float:
    # The start of the sequence was chosen so that a world of sixty comes closest to the published figures.
    return min(max((0.35 + (place + 1) * step) % 1.0, 0.002), 0.998)


def bouts_between(who: InventedRunner, first: date, last: date) -> Iterator[Bout]:
    """Yield what the runner recorded on the local dates from `first` to `last`, both included, in order."""
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        away = _trip(who, month)
        for day, count in _active_days(who, month, following):
            if first <= day <= last:
                yield from _day(who, day, count, away.get(day, who.zone))
        month = following


def _active_days(who: InventedRunner, month: date, following: date) -> list[tuple[date, int]]:
    """Return (date, number of runs) for each date with any activity; 0 runs is a day of another sport."""
    chance = dice(who.seed, who.number, "month", month)
    days = [month + timedelta(days=n) for n in range((following - month).days)]
    share = figures.blend(0.6, who.often, chance.gauss(0, 1))
    # One runner-month in fourteen is a month off.
    wanted = round(figures.ACTIVE_DAYS.at((share - 0.07) / 0.93)) if share > 0.07 else 0
    keys = {day: chance.random() ** (1 / figures.WEIGHT_BY_WEEKDAY[day.weekday()]) for day in days}
    running = set(sorted(days, key=keys.__getitem__, reverse=True)[:wanted])
    counts = [(day, 0 if day not in running else _runs_a_day(who, chance)) for day in days]
    return [(day, count) for day, count in counts if count or chance.random() < who.other_sports]


def _runs_a_day(who: InventedRunner, chance: Random) -> int:
    return 1 + (chance.random() < who.twice) + (chance.random() < who.twice / 8)


def _trip(who: InventedRunner, month: date) -> dict[date, str]:
    """Return the dates of this month spent in another time zone, with that zone."""
    chance = dice(who.seed, who.number, "trip", month)
    if chance.random() > 0.06:
        return {}
    first = month + timedelta(days=chance.randrange(24))
    zone = chance.choice(TRIPS)
    return {first + timedelta(days=n): zone for n in range(chance.randint(3, 12))}


def _day(who: InventedRunner, day: date, count: int, zone: str) -> list[Bout]:
    chance = dice(who.seed, who.number, "day", day)
    if count == 0:
        return [(_other_sport(who, day, zone, chance),)]
    runs = sorted((_run(who, day, zone, chance) for _ in range(count)), key=lambda run: run.start_local)
    return [odd(run, chance) for run in _apart(runs)]


def _apart(runs: list[SimulatorRun]) -> list[SimulatorRun]:
    """Drop runs that would begin before the one before them ended: nobody runs twice at once."""
    kept: list[SimulatorRun] = []
    for run in runs:
        if not kept or run.start > kept[-1].end:
            kept.append(run)
    return kept


def _run(who: InventedRunner, day: date, zone: str, chance: Random) -> SimulatorRun:
    start = _start(who, day, zone, chance)
    metres = _metres(who, chance)
    pace = figures.PACE_MIN_PER_KM.at(figures.blend(0.45, who.slow, chance.gauss(0, 1)))
    moving = max(60, round(metres / 1000 * pace * 60))
    trainer = chance.random() < who.treadmill
    return SimulatorRun(
        start_local=start,
        zone=zone,
        utc_offset=offset(start, zone),
        distance=round(metres, 1),
        moving=moving,
        elapsed=moving + round(chance.expovariate(1 / (15 + moving * 0.04))),
        sport_type=_kind(trainer, chance),
        name=_title(start, chance),
        climb=0.0 if trainer else round(metres / 1000 * figures.CLIMB_M_PER_KM.at(chance.random()), 1),
        heart_rate=round(chance.gauss(149, 9)) if chance.random() < 0.8 else None,
        workout_type=chance.choices((None, 0, 1, 2, 3), (40, 40, 1, 9, 10))[0],
        device=who.device,
        private=chance.random() < who.private,
        trainer=trainer,
        commute=chance.random() < 0.02,
    )


def _kind(trainer: bool, chance: Random) -> str:
    if trainer and chance.random() < 0.3:
        return "VirtualRun"
    return "TrailRun" if not trainer and chance.random() < 0.03 else "Run"


def _metres(who: InventedRunner, chance: Random) -> float:
    """Return the distance; people round up to usual distances such as ten km or a half marathon."""
    # Frequent runners run a little further each time.
    metres = 1000 * figures.DISTANCE_KM.at(figures.blend(0.2, who.far + 0.2 * who.often, chance.gauss(0, 1)))
    for goal in (3000, 5000, 10000, 21097, 42195):
        if abs(metres - goal) < 0.05 * goal and chance.random() < 0.5:
            return goal + chance.random() * 40
    return metres


def _start(who: InventedRunner, day: date, zone: str, chance: Random) -> datetime:
    meet = CLUB_MEETS.get(day.weekday())
    if meet is not None and chance.random() < 0.2:
        minute = chance.randint(0, 5)
        return datetime.combine(day, time(meet, minute, chance.randrange(60)))
    before, after = who.morning / figures.STARTS_BEFORE_NOON, (1 - who.morning) / (1 - figures.STARTS_BEFORE_NOON)
    weights = [weight * (before if hour < 12 else after) for hour, weight in enumerate(figures.STARTS_BY_HOUR)]
    hour = chance.choices(range(24), weights)[0]
    return datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)))


def _title(start: datetime, chance: Random) -> str:
    if chance.random() < 0.12:
        return chance.choice(OWN_TITLES)
    return title_for(start)


def _other_sport(who: InventedRunner, day: date, zone: str, chance: Random) -> SimulatorRun:
    names, weights = zip(*OTHER_SPORTS, strict=True)
    sport = chance.choices(names, weights)[0]
    start = datetime.combine(day, time(chance.randint(7, 18), chance.randrange(60), chance.randrange(60)))
    moving = chance.randint(1500, 7200)
    return SimulatorRun(
        start_local=start,
        zone=zone,
        utc_offset=offset(start, zone),
        distance=round(moving * SPEED_M_S[sport] * chance.uniform(0.8, 1.2), 1),
        moving=moving,
        elapsed=moving + chance.randint(30, 900),
        sport_type=sport,
        name=f"{start:%A} {sport}",
        climb=round(chance.uniform(0, 300), 1) if sport in ("Ride", "Hike") else 0.0,
        device=who.device,
    )
