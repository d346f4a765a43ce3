"""What is new in a chase."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from webapp.rulebook.chase_news import OddsMove, came_in_late, closeness, gap_change, is_by_a_run, largest_move


@pytest.mark.parametrize(
    ("hour", "zone", "late"), [(11, "UTC", True), (11, "America/Los_Angeles", True), (5, "America/Los_Angeles", False)]
)
def test_an_overtake_came_in_late_once_its_date_was_over_where_the_group_is(hour: int, zone: str, late: bool) -> None:
    found_at = datetime(2026, 11, 11, hour, tzinfo=UTC)
    assert came_in_late(date(2026, 11, 10), found_at, ZoneInfo(zone)) is late


@pytest.mark.parametrize(
    ("found", "arrived", "by_a_run"),
    [(0, 0, True), (0, None, True), (1, 1, True), (3, 3, True), (3, 0, False), (3, 1, False), (3, None, False)],
)
def test_an_old_overtake_is_by_a_run_if_one_came_late_just_before(
    found: int, arrived: int | None, by_a_run: bool
) -> None:
    at = [datetime(2026, 11, 10 + n, 12, tzinfo=UTC) for n in range(4)]
    arrived_at = None if arrived is None else at[arrived]
    assert is_by_a_run(date(2026, 11, 10), at[found], arrived_at, ZoneInfo("UTC")) is by_a_run


def test_a_gap_shrinks_by_what_the_one_behind_gained_more() -> None:
    gains = {1: 5000, 2: 3000}
    assert gap_change("ahead", 1, 2, gains) == 2000
    assert gap_change("behind", 1, 2, gains) == -2000
    assert gap_change("ahead", 1, 3, gains) is None
    assert gap_change("behind", 3, 1, gains) is None


def test_the_odds_that_moved_most_are_named_and_none_if_none_moved() -> None:
    still, some, much = (OddsMove("ahead", "Ana", 40, now) for now in (40, 45, 10))
    assert largest_move([still, some, much]) == much
    assert largest_move([still]) is largest_move([]) is None


def test_the_closest_chase_is_the_one_with_the_smallest_share_of_ones_own_total() -> None:
    assert closeness(10_000, [500, None]) < closeness(100_000, [8_000, 9_000]) < closeness(10_000, [None, None])
    assert closeness(0, [100]) == closeness(0, []) == float("inf")
