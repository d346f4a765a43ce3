"""One level above, the order of a week, and which next step is small enough."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.habits import Habit, habit_in, in_order_of, is_one_level_above, next_step, was_alike
from webapp.rulebook.usual_week import LedgerSum, UsualWeek

MONDAY = date(2026, 10, 12)
NOW, BEFORE = (MONDAY, MONDAY + timedelta(days=27)), (MONDAY - timedelta(weeks=52), MONDAY - timedelta(days=337))


def habit(km: int, weekdays: tuple[int, ...]) -> Habit:
    return Habit(UsualWeek(km, Fraction(sum(weekdays), 4), 5), weekdays, None)


def test_a_habit_counts_on_how_many_mondays_and_so_on_somebody_ran() -> None:
    days = [LedgerSum(MONDAY + timedelta(days=n), 5000, 5000) for n in (0, 7, 14, 3)]
    found = habit_in(days, NOW, BEFORE, MONDAY)
    assert found and found.weekdays == (3, 0, 0, 1, 0, 0, 0) and found.week.km == 5 and found.a_year_ago is None
    assert habit_in(days, NOW, BEFORE, MONDAY + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("metres", "own", "is_above"),
    [(10_499, 10_000, False), (10_500, 10_000, True), (14_000, 10_000, True), (14_001, 10_000, False), (5, 0, False)],
)
def test_one_level_above_is_5_to_40_per_cent_more(metres: int, own: int, is_above: bool) -> None:
    assert is_one_level_above(metres, own) is is_above


def test_a_year_ago_was_alike_within_a_tenth() -> None:
    assert was_alike(UsualWeek(27, Fraction(3), 5), UsualWeek(30, Fraction(3), 5))
    assert not was_alike(UsualWeek(26, Fraction(3), 5), UsualWeek(30, Fraction(3), 5))
    assert not was_alike(None, UsualWeek(30, Fraction(3), 5))


@given(st.sets(st.integers(1, 10**6), min_size=2, max_size=20), st.integers(1, 10**6))
def test_the_order_of_a_week_stays_whoever_leaves(runners: set[int], viewer: int) -> None:
    order = in_order_of(MONDAY, viewer, runners)
    gone = order[-1]
    assert in_order_of(MONDAY, viewer, runners - {gone}) == order[:-1]


def test_the_step_is_a_short_day_where_the_other_runs_more_often() -> None:
    own, other = habit(20, (4, 0, 0, 0, 0, 4, 0)), habit(26, (4, 0, 3, 0, 0, 4, 0))
    step = next_step(own, other, 12_000)
    assert step and (step.kind, step.metres, step.weekday) == ("day", 5000, 2)


def test_otherwise_a_run_grows_by_a_tenth_at_most() -> None:
    own, other = habit(20, (4, 0, 0, 0, 0, 4, 0)), habit(26, (4, 0, 0, 0, 0, 4, 0))
    step = next_step(own, other, 12_000)
    assert step and (step.kind, step.metres) == ("longer", 13_000)
    assert next_step(own, other, 4000) is None


@given(st.integers(1, 90), st.integers(0, 60_000), st.tuples(*[st.integers(0, 4)] * 7))
def test_no_step_exceeds_the_longest_run_lately_by_more_than_a_tenth(
    km: int, longest_m: int, weekdays: tuple[int, ...]
) -> None:
    step = next_step(habit(km, weekdays), habit(km + 5, (4,) * 7), longest_m)
    assert step is None or step.metres <= longest_m * 1.1
