"""The invented world runs as real people do, figures and oddities alike."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from statistics import quantiles

import pytest

from integrations.strava_simulator.people import CLUBS, club_of
from integrations.strava_simulator.run import Bout, SimulatorRun
from integrations.strava_simulator.world import bouts_between, invented_runner

FIRST_DAY, LAST_DAY = date(2025, 12, 1), date(2026, 10, 31)
RUNNING = ("Run", "TrailRun", "VirtualRun")


def bouts_of(number: int, first: date = FIRST_DAY, last: date = LAST_DAY, seed: int = 1) -> list[Bout]:
    return list(bouts_between(invented_runner(seed, number, CLUBS[club_of(number, 60)].tz), first, last))


@pytest.fixture(scope="module", params=[1, 7])
def world(request: pytest.FixtureRequest) -> dict[int, list[Bout]]:
    return {number: bouts_of(number, seed=request.param) for number in range(60)}


@pytest.fixture(scope="module")
def everything(world: dict[int, list[Bout]]) -> list[SimulatorRun]:
    return [run for bouts in world.values() for bout in bouts for run in bout]


@pytest.fixture(scope="module")
def runs(everything: list[SimulatorRun]) -> list[SimulatorRun]:
    return [run for run in everything if run.sport_type in RUNNING]


def months(world: dict[int, list[Bout]]) -> dict[tuple[int, int], list[SimulatorRun]]:
    found: dict[tuple[int, int], list[SimulatorRun]] = defaultdict(list)
    for number, bouts in world.items():
        for run in (run for bout in bouts for run in bout if run.sport_type in RUNNING):
            found[number, run.start_local.month].append(run)
    return found


def assert_quantiles(values: list[float], expected: Mapping[int, float], tolerance: float) -> None:
    found = quantiles(values, n=100, method="inclusive")
    for per_cent, value in expected.items():
        assert found[per_cent - 1] == pytest.approx(value, rel=tolerance), f"at {per_cent} %"


def test_distances_lie_within_a_quarter_of_the_real_ones(runs: list[SimulatorRun]) -> None:
    published = {5: 1.1, 25: 3.2, 50: 5.4, 75: 10.0, 95: 15.6, 99: 26.0}
    assert_quantiles([run.distance / 1000 for run in runs], published, 0.25)


def test_paces_lie_within_a_tenth_of_the_real_ones(runs: list[SimulatorRun]) -> None:
    published = {1: 3.65, 5: 4.49, 25: 5.24, 50: 5.71, 75: 6.26, 95: 7.85, 99: 11.7}
    assert_quantiles([run.moving / 60 / (run.distance / 1000) for run in runs if run.distance], published, 0.1)


def test_kilometres_a_month_lie_within_a_quarter_of_the_real_ones(world: dict[int, list[Bout]]) -> None:
    published = {10: 6, 25: 17, 50: 49, 75: 115, 90: 185, 99: 285}
    assert_quantiles([sum(run.distance for run in month) / 1000 for month in months(world).values()], published, 0.25)


def test_active_days_a_month_are_within_three_of_the_real_ones(world: dict[int, list[Bout]]) -> None:
    days = [len({run.start_local.date() for run in month}) for month in months(world).values()]
    found = quantiles(days, n=100, method="inclusive")
    for per_cent, value in {10: 1, 25: 3, 50: 7, 75: 15, 90: 22, 99: 31}.items():
        assert abs(found[per_cent - 1] - value) <= 3


def test_starts_peak_at_six_and_at_eight_in_the_evening(runs: list[SimulatorRun]) -> None:
    hours = Counter(run.start_local.hour for run in runs)
    morning, evening = (max(span, key=hours.__getitem__) for span in (range(12), range(12, 24)))
    assert abs(morning - 6) <= 2 and abs(evening - 20) <= 1
    night = sum(hours[hour] for hour in (23, 0)) / len(runs)
    assert 0.008 <= night <= 0.03


def test_tuesdays_and_sundays_are_busier_than_fridays(runs: list[SimulatorRun]) -> None:
    days = Counter(run.start_local.weekday() for run in runs)
    assert days[1] > days[4] and days[6] > days[4]


@pytest.mark.parametrize(
    ("oddity", "holds"),
    [
        ("zero distance", lambda run: run.distance == 0),
        ("zero moving time", lambda run: run.moving == 0),
        ("a ride saved as a run", lambda run: run.sport_type == "Run" and run.distance > 5.9 * run.moving > 0),
        ("entered by hand", lambda run: run.manual),
        ("treadmill", lambda run: run.trainer),
        ("hidden start", lambda run: run.hidden_start),
        ("only for its owner", lambda run: run.private),
        ("flagged", lambda run: run.flagged),
        ("fields missing", lambda run: run.missing),
        ("a run across midnight", lambda run: run.start_local.hour == 23 and run.moving > 1800),
        ("another time zone", lambda run: run.zone not in {club.tz for club in CLUBS}),
        ("a ride", lambda run: run.sport_type == "Ride"),
        ("a sport nobody expected", lambda run: run.sport_type == "Padel"),
    ],
)
def test_the_oddities_of_real_logs_are_there_and_rare(
    everything: list[SimulatorRun], oddity: str, holds: object
) -> None:
    assert callable(holds)
    found = sum(bool(holds(run)) for run in everything)
    assert 0 < found < len(everything) / 8, oddity


def test_some_runs_come_twice_and_some_from_two_watches(world: dict[int, list[Bout]]) -> None:
    pairs = [bout for bouts in world.values() for bout in bouts if len(bout) == 2]
    exact = [pair for pair in pairs if pair[0] == pair[1]]
    watches = [pair for pair in pairs if pair[0].device != pair[1].device]
    assert exact and watches
    for one, other in watches:
        assert abs(other.start - one.start) <= 300
        assert other.distance == pytest.approx(one.distance, rel=0.05, abs=1)


def test_the_past_is_the_same_whenever_it_is_asked_for() -> None:
    whole = bouts_of(5)
    split = bouts_of(5, FIRST_DAY, date(2026, 4, 17)) + bouts_of(5, date(2026, 4, 18), LAST_DAY)
    assert whole == split


def test_another_seed_is_another_world() -> None:
    others = list(bouts_between(invented_runner(2, 5, "Europe/London"), FIRST_DAY, LAST_DAY))
    assert others != bouts_of(5)


def test_nobody_runs_twice_at_once(world: dict[int, list[Bout]]) -> None:
    quiet = [bout for bout in world[11] if bout[0].elapsed < 7200 and not bout[0].hidden_start]
    same_day = [(a[0], b[0]) for a, b in pairwise(quiet) if a[0].start_local.date() == b[0].start_local.date()]
    assert all(later.start > earlier.start for earlier, later in same_day)
