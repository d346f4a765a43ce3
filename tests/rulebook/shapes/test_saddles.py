"""The points that the challenge Freezing Saddles publishes: miles, day totals."""

from datetime import date

import pytest

from tests.support.runs import make_run
from webapp.formatting import score
from webapp.rulebook.judging import day_values, sum_of
from webapp.rulebook.presets import preset_of
from webapp.rulebook.ruleset import RuleSet

# Miles, the same in whole metres, thousandths of a point, and what the board says.
PUBLISHED = [
    (0.99, 1_593, 0, "0.0 pts"),
    (1.0, 1_609, 19_998, "20.0 pts"),
    (3.0, 4_828, 37_000, "37.0 pts"),
    (5.0, 8_047, 50_001, "50.0 pts"),
    (8.0, 12_875, 62_000, "62.0 pts"),
    (9.99, 16_077, 64_995, "64.9 pts"),
    (10.0, 16_093, 65_000, "65.0 pts"),
    (26.2, 42_165, 81_200, "81.2 pts"),
]


def by_the_mile() -> RuleSet:
    preset = preset_of("saddles")
    assert preset is not None
    return preset.rules


def points(*days: list[int]) -> int:
    """Return the total of days, each with the metres of its runs."""
    runs = [
        make_run(local_date=date(2026, 1, number), distance_m=metres)
        for number, of_day in enumerate(days, start=1)
        for metres in of_day
    ]
    return sum_of(day_values(runs, [], by_the_mile()).values()).total


def published(miles: float) -> float:
    """Return the points as they are written down there."""
    if miles < 1:
        return 0
    return 10 + 0.5 * (21 * miles - miles**2) if miles <= 10 else 65 + miles - 10


@pytest.mark.parametrize(("miles", "metres", "thousandths", "shown"), PUBLISHED)
def test_the_published_values_come_out(miles: float, metres: int, thousandths: int, shown: str) -> None:
    assert metres == round(miles * 1609.344)
    assert points([metres]) == thousandths
    # A whole metre is the least that is kept of a run: it is worth no more than this.
    assert abs(thousandths / 1000 - published(miles)) < 0.003
    assert score(points([metres]), "points", "mi") == shown


def test_two_runs_in_a_day_are_one_day_of_eight_miles() -> None:
    assert points([4_828, 8_047]) == points([12_875]) == 62_000
    assert points([4_828], [8_047]) == 37_000 + 50_001


def test_two_runs_under_a_mile_are_a_day_over_it() -> None:
    assert points([966], [966]) == 0
    assert points([966, 966]) == points([1_932]) > 21_000


def test_the_mile_is_where_the_points_begin_and_ten_where_they_flatten() -> None:
    assert points([1_608]) == 0
    assert points([1_609]) == 19_998
    # A mile more is worth ten points at first, half a one before the tenth, and one from there on.
    assert [points([round(miles * 1609.344)]) // 100 for miles in (2, 9, 10, 10.6, 12)] == [290, 640, 650, 656, 670]
