"""Chasing, against the plainest way to say it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.chase.rules import NEAREST, Overtaken, closing, has_mean, mean, overtakes, settling_delay, what_it_takes
from webapp.scoring.measures import MEASURES

ENTRIES = st.integers(1, 40)
BEFORE = st.dictionaries(ENTRIES, st.integers(0, 30), max_size=40)
GAINED = st.dictionaries(ENTRIES, st.integers(0, 30), max_size=25)


def naive(before: dict[int, int], gained: dict[int, int]) -> dict[int, Overtaken]:
    after = {entry: total + gained.get(entry, 0) for entry, total in before.items()}
    found = {}
    for passer in before:
        passed = [
            other
            for other in before
            if 0 < before[passer] < before[other] and before[other] > 0 and after[passer] > after[other]
        ]
        nearest = sorted(passed, key=lambda other: (-after[other], other))[:NEAREST]
        if passed:
            found[passer] = Overtaken(len(passed), tuple(nearest))
    return found


@given(BEFORE, GAINED)
def test_overtakes_are_those_that_comparing_everyone_with_everyone_finds(
    before: dict[int, int], gained: dict[int, int]
) -> None:
    assert overtakes(before, gained) == naive(before, gained)


@given(BEFORE, GAINED, st.randoms())
def test_the_order_of_arrival_does_not_matter(before: dict[int, int], gained: dict[int, int], chance: object) -> None:
    turned = dict(reversed(list(gained.items())))
    assert overtakes(before, gained) == overtakes(before, turned)


def test_who_stood_at_zero_neither_passes_nor_is_passed() -> None:
    assert overtakes({1: 0, 2: 500}, {1: 900}) == {}
    assert overtakes({1: 100, 2: 0}, {1: 900}) == {}


def test_drawing_level_is_no_overtake() -> None:
    assert overtakes({1: 100, 2: 500}, {1: 400}) == {}
    assert overtakes({1: 500, 2: 500}, {1: 400}) == {}


def test_of_many_passed_the_ten_nearest_are_named() -> None:
    before = {1: 100, **{entry: 100 * entry for entry in range(2, 30)}}
    assert overtakes(before, {1: 2450}) == {1: Overtaken(24, tuple(range(25, 15, -1)))}


@pytest.mark.parametrize(
    ("gap", "days_left", "rival", "metres"),
    [
        (3000, 3, Fraction(0), 1000),
        (1000, 3, Fraction(0), 334),
        (1000, 4, Fraction(5000, 14), 608),
        (1, 0, Fraction(0), None),
    ],
)
def test_what_it_takes_is_the_gap_spread_over_the_days_and_the_rivals_mean(
    gap: int, days_left: int, rival: Fraction, metres: int | None
) -> None:
    assert what_it_takes(gap, days_left, rival) == metres


@given(st.integers(1, 10**6), st.integers(1, 31), st.integers(0, 10**6))
def test_what_it_takes_brings_level_and_a_metre_less_does_not(gap: int, days_left: int, ran: int) -> None:
    a_day = what_it_takes(gap, days_left, mean(ran))
    assert a_day is not None
    assert (a_day - mean(ran)) * days_left >= gap
    assert (a_day - 1 - mean(ran)) * days_left < gap


def test_a_gap_closes_by_the_difference_of_the_means() -> None:
    assert closing(mean(28_000), mean(14_000)) == 1000
    assert closing(mean(14_000), mean(28_000)) == -1000


def test_a_small_board_settles_at_once_and_a_large_one_waits() -> None:
    assert settling_delay(2000) == 0
    assert settling_delay(10_000) == 20
    assert settling_delay(10**9) == 300


@pytest.mark.parametrize(
    ("measure", "shape", "means"),
    [
        ("distance", "plain", True),
        ("distance", "daily_cap", True),
        ("points", "steps", True),
        ("distance", "streak", False),
        ("longest_run", "plain", False),
        ("longest_run", "target_share", False),
    ],
)
def test_a_daily_mean_is_told_where_days_add_up(measure: str, shape: str, means: bool) -> None:
    assert has_mean(shape, adds_up=MEASURES[measure].adds_up) is means
