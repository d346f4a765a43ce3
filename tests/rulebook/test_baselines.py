"""What the weeks before a challenge come to: tables, and what holds of any past."""

from datetime import date, timedelta
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.baselines import (
    MIN_WEEKS,
    WEEKS,
    Baseline,
    History,
    Week,
    baseline_from,
    classes_of,
    median_of,
    rounded_mean,
    weeks_before,
    weeks_of_history,
)
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import ON_FOOT, RUNNING

START = date(2026, 11, 1)
SUMS = st.lists(st.integers(0, 200_000), min_size=WEEKS, max_size=WEEKS)


def days_before(days: int) -> date:
    return START - timedelta(days=days)


def test_the_weeks_before_end_on_the_eve_and_do_not_overlap() -> None:
    weeks = weeks_before(START)
    assert len(weeks) == WEEKS
    assert weeks[0] == Week(date(2026, 10, 25), date(2026, 10, 31))
    assert weeks[-1].first == days_before(56)
    assert all(later.first - timedelta(days=1) == earlier.last for later, earlier in pairwise(weeks))


@pytest.mark.parametrize(
    ("days", "weeks"),
    [(1, 0), (6, 0), (7, 1), (20, 2), (21, 3), (27, 3), (55, 7), (56, 8), (400, 8), (0, 0), (-3, 0)],
)
def test_only_whole_weeks_since_the_first_run_are_history(days: int, weeks: int) -> None:
    assert weeks_of_history(START, days_before(days)) == weeks


def test_someone_who_never_ran_has_no_history() -> None:
    assert weeks_of_history(START, None) == 0
    assert baseline_from(History([0] * WEEKS, None, None), START) == Baseline(None, 0, None)


@pytest.mark.parametrize(
    ("days", "baseline"),
    [
        (20, Baseline(None, 2, None)),
        (21, Baseline(20_000, 3, 12_000)),
        # The week of rest counts as well.
        (28, Baseline(15_000, 4, 12_000)),
        (56, Baseline(7_500, 8, 12_000)),
    ],
)
def test_the_mean_is_over_the_weeks_of_history_those_of_rest_included(days: int, baseline: Baseline) -> None:
    history = History([10_000, 20_000, 30_000, 0, 0, 0, 0, 0], days_before(days), 12_000)
    assert baseline_from(history, START) == baseline


def test_someone_who_rested_for_eight_weeks_has_a_baseline_of_nothing_and_no_usual_longest_run() -> None:
    assert baseline_from(History([0] * WEEKS, days_before(90), None), START) == Baseline(0, WEEKS, None)


@given(SUMS, st.integers(0, 100))
def test_a_mean_lies_between_the_least_and_the_greatest_of_its_weeks(sums: list[int], days: int) -> None:
    baseline = baseline_from(History(sums, days_before(days), 1), START)
    assert (baseline.mean is None) is (baseline.weeks < MIN_WEEKS)
    if baseline.mean is not None:
        counted = sums[: baseline.weeks]
        assert min(counted) <= baseline.mean <= max(counted)
        assert abs(baseline.mean - mean(counted)) <= 0.5


@given(SUMS, st.integers(21, 100), st.integers(0, WEEKS - 1), st.integers(0, 10_000))
def test_someone_who_ran_more_has_no_smaller_baseline(sums: list[int], days: int, week: int, more: int) -> None:
    less = baseline_from(History(sums, days_before(days), 1), START)
    sums[week] += more
    greater = baseline_from(History(sums, days_before(days), 1), START)
    assert (greater.mean or 0) >= (less.mean or 0)


@given(st.permutations([3, 1, 2]))
def test_the_median_asks_for_no_order(baselines: list[int]) -> None:
    assert median_of(baselines) == 2


@pytest.mark.parametrize(("baselines", "middle"), [([], 0), ([7], 7), ([10, 20], 15), ([1, 2], 2), ([1, 1, 900], 1)])
def test_the_median_is_the_middle_one(baselines: list[int], middle: int) -> None:
    assert median_of(baselines) == middle


def test_walks_are_asked_for_where_they_count() -> None:
    assert [classes_of(sports) for sports in (RUNNING, ON_FOOT, {"Run", "Walk"})] == [
        ["run"],
        ["foot"],
        ["run", "foot"],
    ]


@pytest.mark.parametrize(
    ("measure", "week", "seen"),
    [
        ("distance", 41_234, 41_234),
        ("moving_time", 10_799, 10_800),
        ("moving_time", 11_650, 10_800),
        ("climb", 349, 300),
        ("longest_run", 15_100, 16_000),
        ("climb", None, None),
    ],
)
def test_others_see_a_mean_week_of_what_is_shared_by_weeks_in_steps(
    measure: str, week: int | None, seen: int | None
) -> None:
    assert rounded_mean(week, RuleSet(measure)) == seen
