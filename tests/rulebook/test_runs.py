"""What a run is."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.runs import make_run, runs
from webapp.rulebook.runs import (
    RECORDS,
    Run,
    cut_at,
    is_impossible,
    look_alikes,
    overlap_losers,
    raw_from,
    record_speed,
)

SEVEN = datetime(2026, 11, 12, 7, tzinfo=UTC)


def test_the_records_get_slower_with_the_distance() -> None:
    assert all(shorter.speed > longer.speed for shorter, longer in pairwise(RECORDS))


@given(st.integers(1, 500_000), st.integers(1, 500_000))
def test_no_distance_is_faster_than_a_shorter_one(one: int, other: int) -> None:
    assert record_speed(min(one, other)) >= record_speed(max(one, other))


@pytest.mark.parametrize(
    ("distance_m", "moving_s", "impossible"),
    [
        (42_195, 7_170, False),  # the record itself
        (42_195, 7_169, True),
        (10_000, 1_571, False),
        (10_000, 1_570, True),
        (50, 4, True),  # shorter than any record: the speed of the shortest
        (50, 5, False),
        (400_000, 86_400, True),  # longer than any record: the speed of the longest
        (400_000, 110_000, False),
        (34_807, 912, True),  # a ride saved as a run, from the real log
        (13_211, 2_152, False),  # fast, but below the record
        (6_300, 371_520, False),  # 4.3 days: slow, not impossible
    ],
)
def test_faster_than_the_world_record_is_impossible(distance_m: int, moving_s: int, impossible: bool) -> None:
    assert is_impossible(distance_m, moving_s) is impossible


def test_two_watches_leave_the_longer_recording() -> None:
    watch = make_run(start_utc=SEVEN, distance_m=10_000)
    other = make_run(start_utc=SEVEN + timedelta(minutes=2), distance_m=10_180)
    assert overlap_losers([watch, other]) == {watch.id: other.id}


@pytest.mark.parametrize(("gap_s", "overlaps"), [(-181, True), (-180, False), (0, False), (60, False)])
def test_three_minutes_may_be_shared(gap_s: int, overlaps: bool) -> None:
    first = make_run(start_utc=SEVEN, moving_s=1800, elapsed_s=1800)
    second = make_run(start_utc=SEVEN + timedelta(seconds=1800 + gap_s), moving_s=1800, elapsed_s=1800)
    assert bool(overlap_losers([first, second])) is overlaps


def test_three_minutes_may_be_shared_whatever_third_run_lies_across_both() -> None:
    first = make_run(start_utc=SEVEN, moving_s=1800, elapsed_s=1800, distance_m=12_000)
    second = make_run(start_utc=SEVEN + timedelta(seconds=1620), moving_s=1800, elapsed_s=1800, distance_m=11_000)
    across = make_run(start_utc=SEVEN + timedelta(minutes=10), elapsed_s=3000, distance_m=8_000)
    assert overlap_losers([first, second, across]) == {across.id: first.id}


def test_a_run_that_lost_knocks_out_nobody() -> None:
    long = make_run(start_utc=SEVEN, elapsed_s=3600, distance_m=12_000)
    middle = make_run(start_utc=SEVEN + timedelta(minutes=50), elapsed_s=3600, distance_m=10_000)
    short = make_run(start_utc=SEVEN + timedelta(minutes=100), elapsed_s=3600, distance_m=8_000)
    assert overlap_losers([short, middle, long]) == {middle.id: long.id}


def test_equal_distances_are_decided_by_elapsed_time_and_then_by_the_older_id() -> None:
    brief = make_run(start_utc=SEVEN, elapsed_s=3000)
    slow = make_run(start_utc=SEVEN, elapsed_s=3100)
    assert overlap_losers([brief, slow]) == {brief.id: slow.id}
    older, newer = make_run(start_utc=SEVEN, source_id="99"), make_run(start_utc=SEVEN, source_id="100")
    named = make_run(start_utc=SEVEN, source_id="2026-11-12.gpx")
    assert overlap_losers([named, newer, older]) == {newer.id: older.id, named.id: older.id}


@pytest.mark.parametrize("elapsed_s", [None, 0, 1, 2_999])
def test_an_elapsed_time_below_the_moving_time_counts_as_missing_and_one_of_two_watches_stands(
    elapsed_s: int | None,
) -> None:
    watch = make_run(start_utc=SEVEN, elapsed_s=elapsed_s, distance_m=10_000)
    phone = make_run(start_utc=SEVEN, elapsed_s=elapsed_s, distance_m=9_950)
    assert watch.lasted_s == 3_000
    assert overlap_losers([watch, phone]) == {phone.id: watch.id}


def test_a_missing_elapsed_time_is_the_moving_time() -> None:
    first = make_run(start_utc=SEVEN, elapsed_s=None, moving_s=3000)
    second = make_run(start_utc=SEVEN + timedelta(minutes=45), elapsed_s=None, moving_s=1000, distance_m=2_000)
    assert overlap_losers([first, second]) == {second.id: first.id}


def test_a_watch_left_running_covers_one_day_and_no_more() -> None:
    left_running = make_run(start_utc=SEVEN, distance_m=63_000, moving_s=371_520, elapsed_s=371_520)
    that_evening = make_run(start_utc=SEVEN + timedelta(hours=12))
    next_evening = make_run(start_utc=SEVEN + timedelta(hours=36))
    assert overlap_losers([left_running, that_evening, next_evening]) == {that_evening.id: left_running.id}


def test_a_hidden_start_takes_no_part() -> None:
    midnight = datetime(2026, 11, 12, 0, 0, 1, tzinfo=UTC)
    hidden = [make_run(start_utc=midnight, start_hidden=True) for _ in range(2)]
    assert overlap_losers([*hidden, make_run(start_utc=midnight)]) == {}


def test_the_same_run_at_two_offsets_stands_twice_since_its_times_do_not_meet() -> None:
    here = make_run(start_utc=SEVEN)
    there = make_run(start_utc=SEVEN - timedelta(hours=8))
    assert overlap_losers([here, there]) == {}


@given(st.lists(runs(), max_size=12).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[Run], list[Run]]) -> None:
    assert overlap_losers(orders[0]) == overlap_losers(orders[1])


@given(st.lists(runs(), max_size=12))
def test_a_run_that_loses_loses_to_one_that_stands_and_those_that_stand_share_no_time(some: list[Run]) -> None:
    losers = overlap_losers(some)
    by_id = {run.id: run for run in some}
    assert all(winner not in losers for winner in losers.values())
    assert all(by_id[winner].distance_m >= by_id[loser].distance_m for loser, winner in losers.items())
    standing = [run for run in some if run.id not in losers]
    assert overlap_losers(standing) == {}


@given(st.lists(runs(), max_size=12))
def test_a_run_that_lost_leaves_no_trace(some: list[Run]) -> None:
    losers = overlap_losers(some)
    for loser in losers:
        rest = [run for run in some if run.id != loser]
        assert set(overlap_losers(rest)) == set(losers) - {loser}


def test_titles_are_kept_for_some_days() -> None:
    assert raw_from(date(2026, 11, 12), 6) == date(2026, 11, 6)


def test_runs_that_overlap_go_together() -> None:
    midnight = datetime(2026, 11, 12, tzinfo=UTC)
    eve, day = date(2026, 11, 11), date(2026, 11, 12)
    watch = make_run(start_utc=midnight - timedelta(minutes=10), local_date=eve)
    phone = make_run(start_utc=midnight + timedelta(minutes=1), local_date=day)
    assert cut_at([watch, phone], day) == eve
    assert cut_at([watch], day) == cut_at([phone], day) == cut_at([], day) == day
    assert cut_at([watch, phone], eve) == eve


@given(st.lists(runs(), max_size=12), st.integers(0, 5))
def test_what_is_stored_is_judged_as_if_nothing_had_gone(drawn: list[Run], days: int) -> None:
    wanted = date(2026, 10, 30) + timedelta(days=days)
    cut = cut_at(drawn, wanted)
    stored = [run for run in drawn if run.local_date >= cut]
    losers = overlap_losers(drawn)
    assert overlap_losers(stored) == {run.id: losers[run.id] for run in stored if run.id in losers}
    assert cut <= wanted


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        ({"minutes": 120}, True), ({"minutes": 15}, True), ({"minutes": 840}, True), ({"minutes": 855}, False),
        ({"minutes": 121}, False), ({"minutes": 0}, False), ({"minutes": 60, "distance_m": 10_101}, True),
        ({"minutes": 60, "distance_m": 10_102}, False), ({"minutes": 60, "moving_s": 3_031}, False),
        ({"minutes": 60, "start_hidden": True}, False),
    ],
)  # fmt: skip
def test_runs_look_alike_when_only_a_time_zone_lies_between_them(values: dict[str, int], alike: bool) -> None:
    one = make_run()
    minutes = values.pop("minutes")
    other = make_run(start_utc=one.start_utc + timedelta(minutes=minutes), **values)
    assert look_alikes([other, one]) == ({one.id: other.id, other.id: one.id} if alike else {})
