"""The dates of a break: both ends belong to it."""

from datetime import date

import pytest

from webapp.rulebook.breaks import BreakSpan

SPAN = BreakSpan(date(2024, 2, 28), date(2024, 3, 1))


@pytest.mark.parametrize(
    ("day", "is_covered"),
    [
        (date(2024, 2, 27), False),
        (date(2024, 2, 28), True),
        (date(2024, 2, 29), True),
        (date(2024, 3, 1), True),
        (date(2024, 3, 2), False),
    ],
)
def test_both_ends_belong_to_it(day: date, is_covered: bool) -> None:
    assert SPAN.covers(day) is is_covered


@pytest.mark.parametrize(
    ("first", "last", "is_touched"),
    [
        (date(2024, 2, 20), date(2024, 2, 27), False),
        (date(2024, 2, 20), date(2024, 2, 28), True),
        (date(2024, 2, 29), date(2024, 2, 29), True),
        (date(2024, 3, 1), date(2024, 3, 10), True),
        (date(2024, 3, 2), date(2024, 3, 10), False),
        (date(2024, 1, 1), date(2024, 12, 31), True),
    ],
)
def test_it_touches_dates_that_have_one_of_its_own(first: date, last: date, is_touched: bool) -> None:
    assert SPAN.touches(first, last) is is_touched
