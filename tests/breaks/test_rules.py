"""Which dates a break may have."""

from datetime import date, timedelta

import pytest

from webapp.breaks.rules import MAX_DAYS_AWAY, Dates, wrong_first_day, wrong_last_day

TODAY, A_DAY = date(2026, 11, 12), timedelta(days=1)
A_YEAR = timedelta(days=MAX_DAYS_AWAY)


def test_a_break_begins_within_a_year_of_today() -> None:
    assert wrong_first_day(TODAY - A_YEAR, TODAY) is wrong_first_day(TODAY + A_YEAR, TODAY) is None
    assert wrong_first_day(TODAY - A_YEAR - A_DAY, TODAY) and wrong_first_day(TODAY + A_YEAR + A_DAY, TODAY)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "said"),
    [
        (TODAY, None, None),
        (TODAY, TODAY, None),
        (TODAY - A_DAY, TODAY + A_YEAR, None),
        (TODAY, TODAY - A_DAY, "before its first day"),
        (TODAY - 9 * A_DAY, TODAY - A_DAY, "is over"),
        (TODAY, TODAY + A_YEAR + A_DAY, "within a year"),
    ],
)
def test_a_last_day_is_none_or_from_today_on(starts_on: date, ends_on: date | None, said: str | None) -> None:
    wrong = wrong_last_day(Dates(starts_on, ends_on), TODAY)
    assert (wrong is None) if said is None else (wrong is not None and said in wrong)
