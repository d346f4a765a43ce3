"""What it takes to catch somebody, within reason."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.chase_outlook import (
    PLAUSIBLE,
    Means,
    Outlook,
    UsualDays,
    is_shown,
    milestone_in_reach,
    next_milestone,
    outlook,
    span_of,
)
from webapp.rulebook.measures import Unit

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)
KM = 1000


def means(own: int | None, rival: int | None) -> Means:
    return Means(*(None if value is None else Fraction(value) for value in (own, rival)))


def test_one_usual_run_is_said_before_any_amount_a_day() -> None:
    found = outlook(400, means(2000, 2000), UsualDays(12 * KM, 8 * KM), "distance", FIRST, LAST)
    assert found == Outlook("run", 500)


def test_one_run_is_not_said_to_do_it_where_it_may_not_count_in_full() -> None:
    usual = UsualDays(12 * KM, 8 * KM)
    found = outlook(400, means(2000, 1000), usual, "distance", FIRST, LAST, one_run=False)
    assert found == Outlook("usual", on=FIRST)


def test_the_nearest_date_that_usual_days_allow_comes_next() -> None:
    found = outlook(9 * KM, means(3000, 2000), UsualDays(12 * KM, 8 * KM), "distance", FIRST, LAST)
    assert found == Outlook("usual", on=date(2026, 12, 9))
    late = outlook(9 * KM, means(3000, 2000), UsualDays(12 * KM, 8 * KM), "distance", date(2026, 12, 24), LAST)
    assert late == Outlook("daily", 3125)


def test_more_than_three_of_ones_own_best_days_a_day_is_out_of_reach() -> None:
    usual = UsualDays(10 * KM, 8 * KM)
    assert outlook(30 * KM, means(0, 0), usual, "distance", LAST, LAST) == Outlook("daily", 30 * KM)
    assert outlook(30 * KM + 1, means(0, 0), usual, "distance", LAST, LAST) == Outlook("far")


def test_a_day_has_one_day_and_a_day_has_24_hours() -> None:
    one_day = UsualDays(1, 1)
    assert outlook(3, means(0, 0), one_day, "days", date(2026, 12, 29), LAST) == Outlook("total", 3)
    assert outlook(4, means(0, 0), one_day, "days", date(2026, 12, 29), LAST) == Outlook("far")
    all_day = UsualDays(80_000, 70_000)
    assert outlook(86_400, means(0, 0), all_day, "time", LAST, LAST) == Outlook("daily", 86_400)
    assert outlook(86_401, means(0, 0), all_day, "time", LAST, LAST) == Outlook("far")


@pytest.mark.parametrize(
    ("shared", "usual", "today"),
    [
        (means(500, None), UsualDays(KM, KM), FIRST),
        (means(0, 500), None, FIRST),
        (means(500, 0), UsualDays(1, 1), LAST),
    ],
)
def test_nothing_is_said_without_the_rivals_mean_usual_days_of_ones_own_or_a_day_left(
    shared: Means, usual: UsualDays | None, today: date
) -> None:
    ends_on = date(2026, 12, 30) if today == LAST else LAST
    assert outlook(50 * KM, shared, usual, "distance", today, ends_on) is None


@given(st.integers(1, 10**6), st.integers(0, 30), st.integers(0, 10**6), st.integers(1, 10**5))
def test_an_amount_a_day_brings_level_and_a_metre_less_does_not(gap: int, day: int, ran: int, best: int) -> None:
    today, rival = date(2026, 12, 1 + day), Fraction(ran, 14)
    found = outlook(gap, Means(None, rival), UsualDays(best, 0), "distance", today, LAST)
    left = 31 - day
    assert found is not None
    if found.kind == "daily":
        assert (found.amount - rival) * left >= gap > (found.amount - 1 - rival) * left
    else:
        assert Fraction(gap, left) + rival > PLAUSIBLE * best


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [(99, "distance", False), (-100, "distance", True), (59, "time", False), (1, "runs", True), (99, "percent", False)],
)
def test_what_rounds_to_nothing_is_not_shown(amount: int, unit: Unit, shown: bool) -> None:
    assert is_shown(amount, unit) is shown


def test_the_next_milestone_is_a_round_total_in_the_viewers_unit() -> None:
    assert next_milestone(42_000, "distance", "km") == 50_000
    assert next_milestone(50_000, "distance", "km") == 75_000
    assert next_milestone(42_000, "distance", "mi") == 80_468
    assert next_milestone(10**9, "distance", "km") is None
    assert next_milestone(4, "days", "km") == 5


def test_a_milestone_is_in_reach_by_one_usual_day_or_by_going_on_as_before() -> None:
    assert milestone_in_reach(42_000, None, UsualDays(9 * KM, 8 * KM), 1, "distance", "km") == 50_000
    assert milestone_in_reach(42_000, None, UsualDays(9 * KM, 7 * KM), 1, "distance", "km") is None
    assert milestone_in_reach(42_000, Fraction(2000), None, 4, "distance", "km") == 50_000
    assert milestone_in_reach(42_000, Fraction(2000), None, 0, "distance", "km") is None


def test_the_dates_of_a_challenge_have_a_name() -> None:
    assert span_of(FIRST, LAST) == "month"
    assert span_of(date(2026, 12, 7), date(2026, 12, 13)) == "week"
    assert span_of(date(2026, 12, 1), date(2026, 12, 20)) == "time"
