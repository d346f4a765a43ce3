"""Which dates a board may have, and what is said of those that are none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.date_ranges import MAX_DAYS, MEASURES, spans, wanted

TODAY = date(2026, 11, 12)  # a Thursday
BY_WEEKS = ("time", "climb", "runs", "longest")


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (
            TODAY,
            {
                "This week": (date(2026, 11, 9), date(2026, 11, 15)),
                "Last week": (date(2026, 11, 2), date(2026, 11, 8)),
                "This month": (date(2026, 11, 1), date(2026, 11, 30)),
                "Last month": (date(2026, 10, 1), date(2026, 10, 31)),
                "This year": (date(2026, 1, 1), date(2026, 12, 31)),
            },
        ),
        (
            date(2024, 3, 3),  # a Sunday, after a leap day
            {
                "This week": (date(2024, 2, 26), date(2024, 3, 3)),
                "Last week": (date(2024, 2, 19), date(2024, 2, 25)),
                "This month": (date(2024, 3, 1), date(2024, 3, 31)),
                "Last month": (date(2024, 2, 1), date(2024, 2, 29)),
                "This year": (date(2024, 1, 1), date(2024, 12, 31)),
            },
        ),
        (
            date(2026, 1, 1),
            {
                "This week": (date(2025, 12, 29), date(2026, 1, 4)),
                "Last week": (date(2025, 12, 22), date(2025, 12, 28)),
                "This month": (date(2026, 1, 1), date(2026, 1, 31)),
                "Last month": (date(2025, 12, 1), date(2025, 12, 31)),
                "This year": (date(2026, 1, 1), date(2026, 12, 31)),
            },
        ),
    ],
)
def test_the_usual_dates_are_whole_weeks_months_and_years(today: date, found: dict[str, tuple[date, date]]) -> None:
    assert {span.words: (span.first, span.last) for span in spans(today, MEASURES["distance"])} == found


@pytest.mark.parametrize("measure", BY_WEEKS)
@pytest.mark.parametrize(
    ("today", "found"),
    [
        (
            TODAY,
            {
                "Last week": (date(2026, 11, 2), date(2026, 11, 8)),
                "This month": (date(2026, 11, 2), date(2026, 11, 8)),
                "Last month": (date(2026, 10, 5), date(2026, 10, 25)),
                "This year": (date(2026, 1, 5), date(2026, 11, 8)),
            },
        ),
        (
            date(2026, 11, 8),  # a Sunday that is not over
            {
                "Last week": (date(2026, 10, 26), date(2026, 11, 1)),
                "Last month": (date(2026, 10, 5), date(2026, 10, 25)),
                "This year": (date(2026, 1, 5), date(2026, 11, 1)),
            },
        ),
        (
            date(2026, 11, 10),  # late runs of the week before may still come in
            {
                "Last month": (date(2026, 10, 5), date(2026, 10, 25)),
                "This year": (date(2026, 1, 5), date(2026, 11, 1)),
            },
        ),
    ],
)
def test_of_what_comes_in_weeks_they_are_the_weeks_that_are_over(
    today: date, found: dict[str, tuple[date, date]], measure: str
) -> None:
    assert {span.words: (span.first, span.last) for span in spans(today, MEASURES[measure])} == found


def test_nothing_asked_for_is_this_month_by_distance() -> None:
    found = wanted(None, None, None, TODAY)
    assert (found.measure, found.first, found.last) == ("distance", date(2026, 11, 1), date(2026, 11, 30))
    assert found.errors == {}


@pytest.mark.parametrize(
    ("first", "last", "measure", "wrong"),
    [
        ("2026-02-31", "2026-03-01", "distance", {"from"}),
        ("2026-02-01", "", "distance", {"to"}),
        ("x", "20261101", "distance", {"from", "to"}),
        ("２０２６-01-01", "2026-W01-1", "distance", {"from", "to"}),
        ("2026-11-02", "2026-11-01", "distance", {"to"}),
        ("2024-11-11", "2026-11-12", "distance", {"to"}),
        ("1999-12-31", "2000-01-02", "distance", {"from"}),
        ("2026-11-13", "2026-11-20", "distance", {"from"}),
        ("2026-11-01", "2026-11-07", "time", {"to"}),
        ("2026-10-27", "2026-11-07", "climb", {"to"}),
        ("2026-11-02", "2026-11-02", "longest", {"to"}),
        ("2026-11-09", "2026-11-15", "time", {"to"}),  # not over
        ("9999-12-30", "9999-12-31", "time", {"from"}),
        ("2026-11-01", "2026-11-30", "pace", {"measure"}),
        ("2026-11-01", "x", "", {"measure", "to"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(first: str, last: str, measure: str, wrong: set[str]) -> None:
    assert wanted(first, last, measure, TODAY).errors.keys() == wrong


@pytest.mark.parametrize(
    ("first", "last", "measure"),
    [
        ("2026-11-12", "2026-11-12", "distance"),
        ("2026-11-12", "2026-11-12", "days"),
        ("2026-11-02", "2026-11-08", "time"),
        ("2024-11-12", "2026-11-12", "distance"),  # two years and a day, over a leap day or not
        ("2000-01-01", "2000-01-31", "days"),
        (" 2026-11-01 ", "2026-12-31", "days"),
    ],
)
def test_what_is_right_is_taken(first: str, last: str, measure: str) -> None:
    found = wanted(first, last, measure, TODAY)
    assert found.errors == {}
    assert (found.first.isoformat(), found.last.isoformat()) == (first.strip(), last)


@pytest.mark.parametrize("measure", BY_WEEKS)
@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.dates(date(2026, 1, 1), date(2027, 3, 31)))
def test_no_two_ranges_of_what_comes_in_weeks_differ_by_less_than_a_week(measure: str, first: date, last: date) -> None:
    found = wanted(str(first), str(last), measure, TODAY)
    if not found.errors:
        assert (found.first.isoweekday(), found.last.isoweekday()) == (1, 7)
        assert first <= found.first < found.last <= min(last, date(2026, 11, 8))


@given(st.text(max_size=12) | st.dates().map(str), st.text(max_size=12) | st.dates().map(str), st.text(max_size=9))
def test_whatever_is_written_the_dates_are_some_that_a_board_can_have(first: str, last: str, measure: str) -> None:
    found = wanted(first, last, measure, TODAY)
    assert found.measure in MEASURES
    if not found.errors:
        assert 0 <= (found.last - found.first).days < MAX_DAYS
