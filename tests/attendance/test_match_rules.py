"""Which recorded runs may have been a group run."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.runs import make_run
from webapp.attendance.match_rules import PlannedDistance, can_match, matches

STARTS = make_run().start_utc
TEN_KM = PlannedDistance(10_000, 10_000)


@pytest.mark.parametrize(("minutes", "fits"), [(-46, False), (-45, True), (0, True), (45, True), (46, False)])
def test_it_starts_within_three_quarters_of_an_hour(minutes: int, fits: bool) -> None:
    run = make_run(start_utc=STARTS + timedelta(minutes=minutes))
    assert matches(run, STARTS, TEN_KM) is fits


@pytest.mark.parametrize(("metres", "fits"), [(6999, False), (7000, True), (15_000, True), (15_001, False)])
def test_it_is_about_as_long(metres: int, fits: bool) -> None:
    assert matches(make_run(distance_m=metres), STARTS, TEN_KM) is fits


def test_the_distance_may_be_a_range_one_end_or_unknown() -> None:
    assert PlannedDistance(5000, 10_000).fits(3500) and PlannedDistance(5000, 10_000).fits(15_000)
    assert not PlannedDistance(5000, 10_000).fits(3499)
    assert PlannedDistance(None, 10_000).fits(7000) and not PlannedDistance(10_000, None).fits(15_001)
    assert PlannedDistance(None, None).fits(1)


@pytest.mark.parametrize(
    "values",
    [{"start_hidden": True}, {"manual": True}, {"trainer": True}, {"sport_type": "VirtualRun"}, {"sport_type": "Ride"}],
)
def test_what_nobody_can_have_run_together_or_has_no_start_suggests_nothing(values: dict[str, Any]) -> None:
    assert not can_match(make_run(**values))
    assert not matches(make_run(**values), STARTS, TEN_KM)


def test_walkers_and_private_runs_suggest_too() -> None:
    assert can_match(make_run(sport_type="Walk")) and can_match(make_run(private=True))
