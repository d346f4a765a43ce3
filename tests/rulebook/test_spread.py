"""How even a table is."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.spread import measure_spread, ranks

totals = st.lists(st.integers(0, 10**6), max_size=60)


def test_where_all_have_the_same_nothing_is_more_even() -> None:
    even = measure_spread([5000] * 12)
    assert (even.within_reach, even.grade) == (12, "very even")
    assert even.ratio == 1
    assert even.gini == 0


def test_where_one_has_all_the_others_are_nowhere_near() -> None:
    even = measure_spread([100_000, *[1] * 99])
    assert even.grade == "very spread"
    assert even.gini > Fraction(9, 10)


def test_a_gini_by_hand() -> None:
    # Of 1, 2 and 3 the mean difference of two is 4/3 over both orders and itself: 8/9; halved by the mean 2.
    assert measure_spread([3, 1, 2]).gini == Fraction(2, 9)


def test_nine_tenths_up_against_one_tenth_up() -> None:
    assert measure_spread(range(1, 101)).ratio == Fraction(90, 10)


@pytest.mark.parametrize(
    ("given_totals", "within"),
    [
        ([100] * 10 + [80, 79], 11),  # at least 80 % of the tenth
        ([100, 50], 2),  # fewer than ten: the last of them is the tenth
        ([1000, 900, 0, 0], 2),
        ([0, 0], 0),
        ([], 0),
    ],
)
def test_within_reach_is_who_has_four_fifths_of_the_tenth(given_totals: list[int], within: int) -> None:
    assert measure_spread(given_totals).within_reach == within


@given(totals)
def test_more_than_all_or_less_than_nobody_is_never_said(given_totals: list[int]) -> None:
    even = measure_spread(given_totals)
    assert 0 <= even.gini < 1
    assert 0 <= even.within_reach <= even.ran <= even.members
    assert 0 <= even.reach_percent <= 100
    assert even.ratio is None or even.ratio >= 1
    assert measure_spread(sorted(given_totals)) == even


@given(totals.filter(bool))
def test_places_are_shared_and_leave_a_gap_behind(given_totals: list[int]) -> None:
    places = ranks(dict(enumerate(given_totals)))
    assert all(
        places[runner] == 1 + sum(other > total for other in given_totals) for runner, total in enumerate(given_totals)
    )
