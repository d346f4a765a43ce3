"""A usual week: four whole weeks, whole kilometres, and nothing of a short history."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.usual_week import A_YEAR, LedgerSum, UsualWeek, last_whole_weeks, usual_week_in

THURSDAY = date(2026, 11, 12)
SPAN = last_whole_weeks(THURSDAY)


def run(days_in: int, metres: int, longest: int | None = None) -> LedgerSum:
    return LedgerSum(SPAN[0] + timedelta(days=days_in), metres, longest or metres)


def test_the_weeks_are_the_last_four_whole_ones_from_monday_to_sunday() -> None:
    assert (date(2026, 10, 12), date(2026, 11, 8)) == SPAN
    assert last_whole_weeks(date(2026, 11, 9)) == SPAN and last_whole_weeks(date(2026, 11, 15)) == SPAN
    assert last_whole_weeks(date(2026, 11, 8)) == (date(2026, 10, 5), date(2026, 11, 1))
    assert (SPAN[0] - A_YEAR).weekday() == 0


def test_weeks_of_rest_are_weeks_too_and_kilometres_are_whole() -> None:
    days = [run(0, 10_400), run(2, 9_600), run(8, 21_100, 15_000)]
    assert usual_week_in(days, SPAN, SPAN[0]) == UsualWeek(10, Fraction(8, 10), 7)


def test_nothing_is_known_of_less_than_28_days() -> None:
    days = [run(5, 10_000)]
    assert usual_week_in(days, SPAN, SPAN[0] + timedelta(days=1)) is None
    assert usual_week_in(days, SPAN, None) is None
    assert usual_week_in([], SPAN, SPAN[0]) is None
    assert usual_week_in(days, SPAN, SPAN[0]) == UsualWeek(3, Fraction(3, 10), 10)


@given(st.lists(st.tuples(st.integers(-7, 34), st.integers(1, 60_000)), unique_by=lambda day: day[0]))
def test_a_second_count_says_the_same(days: list[tuple[int, int]]) -> None:
    found = usual_week_in([run(n, metres) for n, metres in days], SPAN, SPAN[0])
    inside = {n: metres for n, metres in days if 0 <= n < 28}
    if not inside:
        assert found is None
        return
    assert found
    assert abs(found.km * 4000 - sum(inside.values())) <= 2000
    assert abs(found.days * 4 - len(inside)) <= Fraction(2, 10) and found.days_in_all == len(inside)
    longest = max(inside.values())
    weeks = [sum(inside.get(7 * (n // 7) + k, 0) for k in range(7)) for n in inside if inside[n] == longest]
    assert any(abs(found.longest_tenths / 10 - longest / week) <= 0.0501 for week in weeks)
