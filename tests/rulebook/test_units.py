"""Amounts and paces as they are typed and written, in km and in miles."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook import units


@pytest.mark.parametrize(
    ("typed", "unit", "inside"),
    [
        ("12.5", "distance", 12_500), ("12,5 km", "distance", 12_500), ("0.001", "distance", 1),
        ("1:30", "time", 5400), ("1.5", "time", 5400), ("2 h", "time", 7200), ("0:01", "time", 60),
        ("350 m", "climb", 350), ("3", "runs", 3), ("2 days", "days", 2), ("150%", "percent", 150),
        (" 7 ", "points", 7), ("0:01:30", "time", 90), ("800 m", "distance", 800),
        ("1,000", "distance", 1_000_000), ("1,250.5", "distance", 1_250_500),
    ],
)  # fmt: skip
def test_amounts_are_typed_as_people_say_them(typed: str, unit: Any, inside: int) -> None:
    assert units.read_amount(typed, unit, "km") == inside


@pytest.mark.parametrize(
    ("typed", "unit", "inside"),
    [
        ("10", "distance", 16_093), ("26.2", "distance", 42_165), ("3,5 miles", "distance", 5633),
        ("1 mi", "distance", 1609), ("1,000", "distance", 1_609_344),
        ("1000", "climb", 305), ("2500 ft", "climb", 762), ("1:30", "time", 5400), ("3", "runs", 3),
        # A unit that is said is meant.
        ("10 km", "distance", 10_000), ("300 m", "climb", 300),
    ],
)  # fmt: skip
def test_someone_who_runs_in_miles_types_miles_and_feet(typed: str, unit: Any, inside: int) -> None:
    assert units.read_amount(typed, unit, "mi") == inside


def test_a_mile_is_a_mile_to_who_types_km_elsewhere() -> None:
    assert units.read_amount("3 miles", "distance", "km") == 4828
    assert units.read_amount("100 ft", "climb", "km") == 30


@pytest.mark.parametrize("typed", ["1", "3.1", "6.21", "9.99", "26.2", "100", "621.3", "12.25"])
def test_miles_come_back_as_they_were_typed(typed: str) -> None:
    assert units.write_amount(units.read_amount(typed, "distance", "mi"), "distance", "mi") == typed


@pytest.mark.parametrize("typed", ["50", "100", "350", "1000", "2500", "29030"])
def test_feet_come_back_as_they_were_typed(typed: str) -> None:
    assert units.write_amount(units.read_amount(typed, "climb", "mi"), "climb", "mi") == typed


@pytest.mark.parametrize("typed", ["4:00", "5:45", "8:00", "8:30", "9:59", "14:35", "60:00"])
def test_paces_a_mile_come_back_as_they_were_typed(typed: str) -> None:
    assert units.write_pace(units.read_pace(typed, "mi"), "mi") == typed


@given(
    value=st.integers(0, 10**8), own=st.sampled_from(["km", "mi"]), unit=st.sampled_from(["distance", "climb", "time"])
)
def test_no_amount_changes_by_being_shown_and_sent(value: int, own: str, unit: Any) -> None:
    assert units.read_amount(units.write_amount(value, unit, own), unit, own) == value


@given(seconds=st.integers(60, 7200), own=st.sampled_from(["km", "mi"]))
def test_no_pace_changes_by_being_shown_and_sent(seconds: int, own: str) -> None:
    assert units.read_pace(units.write_pace(seconds, own), own) == seconds


@pytest.mark.parametrize(
    ("typed", "unit"),
    [("", "distance"), ("lots", "distance"), ("-3", "distance"), ("1:75", "time"), ("3.5", "runs"), ("1e9", "climb"),
     ("12.3456", "distance"), ("९", "runs"), ("1" * 40, "distance"), ("\x00", "days"),
     ("5 km", "runs"), ("30 m", "time"), ("1,00,000", "distance")],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str, unit: Any) -> None:
    with pytest.raises(units.UnreadableError):
        units.read_amount(typed, unit, "km")
