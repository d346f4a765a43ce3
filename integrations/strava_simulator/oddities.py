"""The oddities of real logs, at about their real rates."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from integrations.strava_simulator.run import DEVICES, Bout, SimulatorRun, offset


def _zero_distance(run: SimulatorRun, _chance: Random) -> Bout:
    return (replace(run, distance=0.0),)


def _zero_moving(run: SimulatorRun, _chance: Random) -> Bout:
    return (replace(run, moving=0),)


def _ride_saved_as_run(run: SimulatorRun, chance: Random) -> Bout:
    moving = chance.randint(4200, 9000)
    metres = round(moving * chance.uniform(6.0, 9.0), 1)
    return (replace(run, distance=metres, moving=moving, elapsed=moving + 600),)


def _exact_double(run: SimulatorRun, _chance: Random) -> Bout:
    return run, run


def _two_watches(run: SimulatorRun, chance: Random) -> Bout:
    other = next(name for name in DEVICES if name != run.device)
    begun = run.start_local + timedelta(seconds=chance.randint(5, 240))
    metres = round(run.distance * chance.uniform(0.965, 1.035), 1)
    return run, replace(run, start_local=begun, distance=metres, device=other, heart_rate=None)


def _by_hand(run: SimulatorRun, _chance: Random) -> Bout:
    start = run.start_local.replace(second=0)
    metres = round(run.distance, -2)
    return (replace(run, start_local=start, distance=metres, manual=True, device=None, heart_rate=None),)


def _hidden_start(run: SimulatorRun, _chance: Random) -> Bout:
    # Both start fields then read one second past midnight of the local date.
    start = run.start_local.replace(hour=0, minute=0, second=1)
    return (replace(run, start_local=start, hidden_start=True),)


def _flagged(run: SimulatorRun, _chance: Random) -> Bout:
    return (replace(run, flagged=True),)


def _fields_missing(run: SimulatorRun, chance: Random) -> Bout:
    fields = ("total_elevation_gain", "elapsed_time", "max_speed", "device_name", "workout_type", "average_speed")
    return (replace(run, missing=tuple(chance.sample(fields, 3))),)


def _past_midnight(run: SimulatorRun, chance: Random) -> Bout:
    start = run.start_local.replace(hour=23, minute=chance.randint(35, 55))
    return (replace(run, start_local=start, utc_offset=offset(start, run.zone)),)


def _watch_left_on(run: SimulatorRun, chance: Random) -> Bout:
    return (replace(run, elapsed=run.elapsed + chance.randint(7200, 30000)),)


# How many runs in ten thousand.
ODDITIES = (
    (25, _zero_distance),
    (5, _zero_moving),
    (12, _ride_saved_as_run),
    (15, _exact_double),
    (35, _two_watches),
    (90, _by_hand),
    (50, _hidden_start),
    (10, _flagged),
    (30, _fields_missing),
    (25, _past_midnight),
    (10, _watch_left_on),
)


def odd(run: SimulatorRun, chance: Random) -> Bout:
    """Return the run as it reaches Strava: almost always unchanged."""
    drawn = chance.randrange(10_000)
    for rate, oddity in ODDITIES:
        if drawn < rate:
            return oddity(run, chance)
        drawn -= rate
    return (run,)
