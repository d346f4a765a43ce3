"""What of a run's quantities counts: each has a bound, and outside it counts nothing, or the bound."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.support.runs import make_run
from webapp.rulebook.judging import (
    ChallengeRules,
    Decision,
    Override,
    RunnerContext,
    as_counted,
    counting,
    day_values,
    ledger,
)
from webapp.rulebook.measures import MEASURES
from webapp.rulebook.plausibility import MAX_DAY_M, MAX_DAY_RUNS, MAX_DAY_S, MAX_RUN_M, Quantity, outside, plausible
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import Run

DAY = date(2026, 11, 12)
NOVEMBER = ChallengeRules(date(2026, 11, 1), date(2026, 11, 30))


def amount(measure: str, runs: list[Run], own: RunnerContext | None = None) -> int:
    """Return what the runs, all of one date, bring to a challenge by this measure."""
    days = day_values(counting(runs, NOVEMBER, own or RunnerContext(), date.max), [], RuleSet(measure=measure))
    return days[DAY].amount


def test_a_watch_left_on_covers_a_day_of_time_and_its_whole_distance() -> None:
    run = make_run(distance_m=12_000, moving_s=4_208_400, elapsed_s=4_208_400)
    assert (amount("moving_time", [run]), amount("distance", [run])) == (86_400, 12_000)
    assert ledger([run], date.max)["run", DAY][:2] == (12_000, 86_400)


def test_more_than_the_record_of_24_hours_is_no_distance_of_one_run_and_its_other_quantities_count() -> None:
    run = make_run(distance_m=MAX_RUN_M + 1, moving_s=200_000, climb_m=50)
    assert outside(run) == {Quantity.DISTANCE, Quantity.TIME}
    assert [amount(measure, [run]) for measure in ("distance", "longest_run", "runs", "climb")] == [0, 0, 1, 50]
    assert ledger([run], date.max)["run", DAY] == (0, 86_400, 50, 1, 0)
    assert amount("distance", [make_run(distance_m=MAX_RUN_M, moving_s=90_000)]) == MAX_RUN_M


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({"climb_m": 100, "distance_m": 400, "moving_s": 200}, True),
        ({"climb_m": 101, "distance_m": 100, "moving_s": 3_000}, False),
        # The fastest vertical kilometre itself, and a metre more; then the steepest.
        ({"climb_m": 1_000, "distance_m": 1_920, "moving_s": 1_641}, True),
        ({"climb_m": 1_001, "distance_m": 1_920, "moving_s": 1_641}, False),
        ({"climb_m": 600, "distance_m": 1_000, "moving_s": 1_641}, True),
        ({"climb_m": 601, "distance_m": 1_000, "moving_s": 1_641}, False),
        ({"climb_m": 10_040, "distance_m": 171_000, "moving_s": 72_000}, True),  # round Mont Blanc
        ({"climb_m": 100_000, "distance_m": 40_000, "moving_s": 14_400}, False),
    ],
)
def test_climb_is_no_faster_and_no_steeper_than_anybody_climbs(values: dict[str, int], counts: bool) -> None:
    run = make_run(**values)
    assert plausible(run).climb_m == (values["climb_m"] if counts else 0)
    assert amount("distance", [run]) == values["distance_m"]


def one_after_the_other(how_many: int, **values: Any) -> list[Run]:
    start = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    return [make_run(start_utc=start + timedelta(days=n), **values) for n in range(how_many)]


def test_a_day_brings_no_more_than_can_be_run_from_its_beginning_to_a_day_after_its_end() -> None:
    runs = one_after_the_other(3, distance_m=300_000, moving_s=86_400, elapsed_s=80_000)
    assert (amount("distance", runs), amount("moving_time", runs)) == (MAX_DAY_M, MAX_DAY_S)
    assert ledger(runs, date.max)["run", DAY][:2] == (MAX_DAY_M, MAX_DAY_S)


def test_a_day_brings_no_more_runs_than_laps_of_a_backyard_ultra() -> None:
    runs = one_after_the_other(30, distance_m=6_706)
    assert (amount("runs", runs), amount("distance", runs)) == (MAX_DAY_RUNS, 30 * 6_706)
    assert ledger(runs, date.max)["run", DAY].runs == MAX_DAY_RUNS


def test_an_organiser_may_let_count_what_is_outside_its_bound() -> None:
    run = make_run(distance_m=330_000, moving_s=90_000, climb_m=90_000)
    override = Override(Decision.COUNT, run.distance_m, run.moving_s)
    own = RunnerContext(overrides={(run.source, run.source_id): override})
    assert as_counted(run, own) == run._replace(climb_m=0)
    shown = RunnerContext(overrides={(run.source, run.source_id): replace(override, climb_m=90_000)})
    assert as_counted(run, shown) == run
    # What grew since was not looked at.
    assert as_counted(run._replace(climb_m=90_001), shown).climb_m == 0
    assert as_counted(run._replace(moving_s=90_001), shown).moving_s == 86_400


def test_every_measure_of_a_run_has_a_bound() -> None:
    """However large the numbers of a watch are, a day of them fits every column that sums are kept in."""
    runs = one_after_the_other(60, distance_m=10_000_000, moving_s=366 * 86_400, climb_m=100_000)
    for name, measure in MEASURES.items():
        assert 0 <= measure.of_day([plausible(run) for run in runs]) <= 48 * 3600 * 60, name
