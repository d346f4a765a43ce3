"""Streaks, milestones, records and the heatmap, by hand and against plainer ways to find them."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.history import rules
from webapp.history.rules import Ahead, Day, Milestone, PersonalRecord

TODAY = date(2026, 11, 12)  # a Thursday


def ran(day: date, metres: int = 5_000, **values: int) -> Day:
    usual = {"distance_m": metres, "moving_s": 1_800, "climb_m": 30, "runs": 1, "longest_m": metres}
    return Day(day, **{**usual, **values})


def back(*days_ago: int, today: date = TODAY) -> list[date]:
    return [today - timedelta(days=ago) for ago in days_ago]


@st.composite
def logs(draw: st.DrawFn) -> list[Day]:
    """Draw up to sixty days around the turn of a leap year, in any order, none of them twice."""
    numbers = draw(st.sets(st.integers(0, 120), max_size=60))
    days = [ran(date(2023, 12, 1) + timedelta(days=n), draw(st.sampled_from([1, 900, 5_000, 42_195]))) for n in numbers]
    return draw(st.permutations(days))


@pytest.mark.parametrize(
    ("days", "today", "current", "longest"),
    [
        ([], TODAY, 0, 0),
        (back(0), TODAY, 1, 1),
        (back(1, 2, 3), TODAY, 3, 3),  # today is not over
        (back(2, 3, 4), TODAY, 0, 3),  # yesterday was
        (back(0, 1, 3, 4, 5), TODAY, 2, 3),  # one rest day ends it
        (back(-1, 0), TODAY, 2, 2),  # whose clock is ahead
        ([date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)], date(2024, 3, 1), 3, 3),  # a leap day is a day
        ([date(2023, 2, 28), date(2023, 3, 1)], date(2023, 3, 1), 2, 2),
        ([date(2025, 12, 31), date(2026, 1, 1)], date(2026, 1, 1), 2, 2),
        ([date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)], date(2026, 3, 30), 3, 3),  # an hour is lost there
        ([date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)], date(2026, 10, 26), 3, 3),
    ],
)
def test_a_streak_of_days_ends_with_the_first_rest_day(
    days: list[date], today: date, current: int, longest: int
) -> None:
    found = rules.day_streak(days, today)
    assert (found.current, found.longest) == (current, longest)


def test_months_go_on_over_the_turn_of_a_year() -> None:
    months = [(2026, 1), (2025, 12), (2025, 11), (2025, 9)]
    assert rules.month_streak(months, date(2026, 2, 20)) == rules.PersonalStreak(3, 3, 2026 * 12 + 1)
    assert rules.month_streak(months, date(2026, 3, 1)).current == 0


@given(st.lists(st.integers(0, 40)), st.integers(0, 42))
def test_streaks_are_those_that_counting_finds(numbers: list[int], now: int) -> None:
    there = set(numbers)
    runs = [n for n in range(60) if any(set(range(first, first + n)) <= there for first in range(42)) and n]
    found = rules.streak_of(numbers, now)
    assert found.longest == max(runs, default=0)
    last = max(there, default=-9)
    reached = 0
    while last >= now - 1 and last - reached in there:
        reached += 1
    assert found.current == reached
    assert found.current <= found.longest


def test_a_milestone_is_dated_by_the_day_that_reached_it() -> None:
    days = [ran(date(2026, 1, n + 1), 9_000) for n in range(30)]
    found = rules.milestones(days, 1000.0, [date(2026, 1, 31), date(2026, 2, 28)])
    assert found == [
        Milestone("challenge", 1, date(2026, 1, 31)),
        Milestone("distance", 250, date(2026, 1, 28)),
        Milestone("distance", 100, date(2026, 1, 12)),
        Milestone("days", 10, date(2026, 1, 10)),
    ]


def test_one_day_can_reach_several_and_a_metre_short_reaches_none() -> None:
    assert [found.size for found in rules.milestones([ran(TODAY, 250_000)], 1000.0)] == [250, 100]
    assert rules.milestones([ran(TODAY, 99_999)], 1000.0) == []


def test_milestones_are_in_the_runners_own_unit() -> None:
    assert rules.milestones([ran(TODAY, 160_934)], 1609.344) == []
    assert rules.milestones([ran(TODAY, 160_935)], 1609.344) == [Milestone("distance", 100, TODAY)]
    assert rules.ahead([ran(TODAY, 160_934)], 1609.344)[0] == Ahead("distance", 100, 1, 160_934, 160_935)


@given(logs(), st.sampled_from([1.0, 1000.0, 1609.344]), st.integers(0, 2**31))
def test_milestones_do_not_depend_on_the_order_of_the_days(days: list[Day], metres: float, seed: int) -> None:
    shuffled = list(days)
    Random(seed).shuffle(shuffled)
    found = rules.milestones(days, metres)
    assert found == rules.milestones(shuffled, metres)
    for one in found:
        until = [day for day in days if day.date <= one.on]
        before = [day for day in until if day.date < one.on]
        reached, missed = (
            (sum(day.distance_m for day in log), one.size * metres) if one.kind == "distance" else (len(log), one.size)
            for log in (until, before)
        )
        assert reached[0] >= reached[1]
        assert missed[0] < missed[1]


@given(logs())
def test_what_is_next_is_the_first_that_was_not_reached(days: list[Day]) -> None:
    reached = {(one.kind, one.size) for one in rules.milestones(days, 1000.0)}
    for one in rules.ahead(days, 1000.0):
        sizes = rules.DISTANCES if one.kind == "distance" else rules.DAYS
        assert one.size == min(size for size in sizes if (one.kind, size) not in reached)
        assert one.done + one.missing == one.goal
        assert one.missing > 0


def test_nothing_is_next_after_the_last_round_number() -> None:
    days = [ran(date(2020, 1, 1) + timedelta(days=n), 10_000) for n in range(500)]
    assert rules.ahead(days, 1000.0) == []
    assert len(rules.milestones(days, 1000.0)) == len(rules.DISTANCES) + len(rules.DAYS)


def test_records_are_of_the_best_month_and_the_longest_run() -> None:
    days = [
        ran(date(2026, 1, 31), 12_000, climb_m=10),
        ran(date(2026, 2, 1), 9_000, moving_s=9_000, longest_m=6_000),
        ran(date(2026, 2, 2), 2_000, climb_m=0),
        ran(date(2026, 3, 1), 12_000, climb_m=300),
    ]
    assert rules.records(reversed(days)) == [
        PersonalRecord("distance", 12_000, date(2026, 1, 1)),  # the earlier of two equal ones stands
        PersonalRecord("time", 10_800, date(2026, 2, 1)),
        PersonalRecord("climb", 300, date(2026, 3, 1)),
        PersonalRecord("days", 2, date(2026, 2, 1)),
        PersonalRecord("longest", 12_000, date(2026, 1, 31)),
    ]


def test_someone_who_has_not_run_has_no_records() -> None:
    assert rules.records([]) == []
    flat = rules.records([ran(TODAY, climb_m=0)])
    assert [record.kind for record in flat] == ["distance", "time", "days", "longest"]


@given(logs(), st.sampled_from([2023, 2024, 2025]))
def test_the_heatmap_has_every_day_of_its_year_once(days: list[Day], year: int) -> None:
    found = rules.heatmap(days, year, date(2030, 1, 1))
    tiles = [tile for half in found.halves for tile in half.tiles]
    assert [tile.date for tile in tiles] == [
        date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]
    mine = [day for day in days if day.date.year == year]
    assert {tile.date for tile in tiles if tile.level} == {day.date for day in mine}
    assert (found.days, found.distance_m) == (len(mine), sum(day.distance_m for day in mine))
    for half in found.halves:
        assert len({(tile.column, tile.row) for tile in half.tiles}) == len(half.tiles)
        assert {tile.column for tile in half.tiles} == set(range(half.columns))
        assert sum(len(month.dates) for month in half.months) == sum(1 for tile in half.tiles if tile.level)


def test_days_to_come_are_no_rest_days() -> None:
    levels = {
        tile.date: tile.level for half in rules.heatmap([ran(TODAY)], TODAY.year, TODAY).halves for tile in half.tiles
    }
    assert levels[TODAY - timedelta(days=1)] == 0
    assert levels[TODAY] == 1
    assert levels[TODAY + timedelta(days=1)] is None


@given(logs())
def test_a_longer_day_is_never_paler(days: list[Day]) -> None:
    levels = {tile.date: tile.level for half in rules.heatmap(days, 2024, TODAY).halves for tile in half.tiles}
    mine = sorted((day.distance_m, levels[day.date] or 0) for day in days if day.date.year == 2024)
    assert [level for _, level in mine] == sorted(level for _, level in mine)
    assert {level for _, level in mine} <= {1, 2, 3, 4}
