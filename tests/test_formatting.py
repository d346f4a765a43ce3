"""Numbers on pages."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.formatting import (
    METRES,
    at_least,
    days_in_words,
    distance,
    duration,
    full_stop,
    near,
    score,
    score_needed,
    signed,
    whole_percent,
)

UNITS = st.sampled_from(sorted(METRES))


@pytest.mark.parametrize(
    ("metres", "units", "words"),
    [(0, "km", "0.0 km"), (1999, "km", "1.9 km"), (1_234_567, "km", "1,234.5 km"), (42_195, "mi", "26.2 mi")],
)
def test_a_distance_is_cut_to_a_tenth(metres: int, units: str, words: str) -> None:
    assert distance(metres, units) == words


@pytest.mark.parametrize(
    ("metres", "units", "words"),
    [
        (0, "km", "0.0 km"),
        (1, "km", "1 m"),
        (99, "km", "99 m"),
        (100, "km", "0.1 km"),
        (1, "mi", "1 yd"),
        (161, "mi", "0.1 mi"),
    ],
)
def test_a_small_gap_is_told_in_the_smaller_unit(metres: int, units: str, words: str) -> None:
    assert near(metres, units) == words


@given(st.integers(0, 10**6), UNITS)
def test_what_is_still_to_be_run_is_never_told_short(metres: int, units: str) -> None:
    told = float(at_least(metres, units).split()[0].replace(",", "")) * METRES[units]
    assert metres - 0.001 <= told < metres + METRES[units] / 5


def test_durations_and_signs() -> None:
    assert (duration(59), duration(3725)) == ("0:59", "1:02:05")
    assert (signed(3), signed(0), signed(-2)) == ("+3", "0", "−2")
    assert (days_in_words(1), days_in_words(6)) == ("1 day", "6 days")


@pytest.mark.parametrize(
    ("thousandths", "words"),
    [(0, "0.0 %"), (1, "under 0.1 %"), (99, "under 0.1 %"), (100, "0.1 %"), (99_998, "99.9 %"), (99_999, "99.9 %"),
     (100_000, "100.0 %"), (199_999, "199.9 %"), (1_234_500, "1,234.5 %")],
)  # fmt: skip
def test_a_share_below_the_whole_never_reads_as_the_whole_nor_one_above_nothing_as_nothing(
    thousandths: int, words: str
) -> None:
    assert score(thousandths, "percent", "km") == words


@given(st.integers(1, 99_999))
def test_no_share_between_nothing_and_the_whole_reads_as_either(thousandths: int) -> None:
    assert score(thousandths, "percent", "mi") not in {"0.0 %", "100.0 %"}


@pytest.mark.parametrize(
    ("percent", "words"),
    [(0, "0 %"), (Fraction(1, 1000), "under 1 %"), (99.999, "99 %"), (Fraction(999_999, 10_000), "99 %"),
     (100, "100 %"), (Fraction(250), "250 %")],
)  # fmt: skip
def test_whole_per_cent_are_cut_in_the_same_way(percent: Fraction, words: str) -> None:
    assert whole_percent(percent) == words


def test_points_that_whole_metres_fell_short_of_are_still_those_points() -> None:
    assert score(19_998, "points", "km") == "20.0 pts"


@pytest.mark.parametrize(
    ("value", "unit", "units", "words"),
    [
        (61, "time", "km", "2 min"),
        (60, "time", "km", "1 min"),
        (1, "climb", "mi", "4 ft"),
        (101, "points", "km", "0.2 pts"),
        (100, "points", "km", "0.1 pts"),
        (50_001, "percent", "km", "50.1 %"),
        (3, "days", "km", "3 days"),
    ],
)
def test_what_is_still_needed_is_never_rounded_down(value: int, unit: str, units: str, words: str) -> None:
    assert score_needed(value, unit, units) == words


@pytest.mark.parametrize(("words", "ends"), [("Ana Ruiz", "Ana Ruiz."), ("Toby P.", "Toby P."), ("Run!", "Run!")])
def test_a_sentence_ends_with_one_full_stop(words: str, ends: str) -> None:
    assert full_stop(words) == ends
