"""The planner: who is read next, and why; and what is due when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.sync import rules
from webapp.sync.rules import (
    ORDER,
    UNRESERVED,
    DueConnection,
    FinalSync,
    PlannedSync,
    ReadAllowance,
    ReadBudget,
    Reason,
)

NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUIET = timedelta(seconds=2)


def plenty(quarter: int = 600, day: int = 30_000, *, now: datetime = NOW + 7 * MINUTE, **gate: int) -> ReadBudget:
    """Return the budget of the reviewed tier with these reads left, seven minutes into a quarter hour."""
    end = now - timedelta(seconds=now.timestamp() % 900) + 15 * MINUTE
    midnight = now.replace(hour=0, minute=0) + DAY
    return ReadBudget(ReadAllowance(quarter, 600, end, 15 * MINUTE), ReadAllowance(day, 30_000, midnight, DAY), **gate)  # type: ignore[arg-type]  # bools are numbers


def planned(
    *connections: DueConnection, budget: ReadBudget | None = None, now: datetime = NOW + 7 * MINUTE
) -> list[PlannedSync]:
    return rules.plan(now, budget or plenty(), connections, QUIET)


def one_of_each(now: datetime = NOW) -> list[DueConnection]:
    return [
        DueConnection(1, resync_due=True, resync_at=now - DAY, last_resync_at=now - 2 * DAY),
        DueConnection(2, asked_at=now - MINUTE, resync_due=True, last_resync_at=now - HOUR),
        DueConnection(3, final_sync=FinalSync(now - HOUR, now + HOUR)),
        DueConnection(4, event_at=now - MINUTE),
        DueConnection(5, watched_since=now - MINUTE),
        DueConnection(6, connected=False, ended=True),
    ]


def test_reasons_come_in_their_order() -> None:
    reasons = [(sync.runner_id, sync.reason, sync.reads) for sync in planned(*one_of_each())]
    assert reasons == [
        (6, "end", 0), (5, "first", 2), (4, "event", 1), (3, "closing", 2), (2, "asked", 1), (1, "resync", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "resting", [{"rest_until": NOW + HOUR}, {"busy_until": NOW + HOUR}, {"connected": False, "ended": False}]
)
def test_someone_who_rests_is_at_work_or_cannot_be_read_is_left_alone(resting: dict[str, Any]) -> None:
    assert planned(*(replace(one, **resting) for one in one_of_each())) == []


def test_events_wait_for_others_from_the_first_one_on() -> None:
    now = NOW + 7 * MINUTE
    young, old = DueConnection(1, event_at=now - QUIET / 2), DueConnection(2, event_at=now - QUIET)
    assert [sync.runner_id for sync in planned(young, old)] == [2]


def test_nothing_is_read_while_the_gate_is_closed_and_endings_are_confirmed_all_the_same() -> None:
    assert [sync.reason for sync in planned(*one_of_each(), budget=plenty(closed=True))] == ["end"]


def test_one_goes_first_when_nobody_knows_whether_strava_serves_us_again() -> None:
    assert [sync.reason for sync in planned(*one_of_each(), budget=plenty(probing=True))] == ["end", "first"]


def test_the_reserve_is_for_events_and_falls_with_the_time() -> None:
    look = DueConnection(1, resync_due=True, resync_at=NOW - HOUR, last_resync_at=NOW - 47 * HOUR)
    event = DueConnection(2, event_at=NOW - MINUTE)
    scarce = plenty(quarter=90, now=NOW)
    assert [sync.reason for sync in planned(look, event, budget=scarce, now=NOW)] == ["event"]
    assert [sync.reason for sync in planned(look, event, budget=scarce, now=NOW + 14 * MINUTE)] == ["event", "resync"]


def test_however_many_wait_for_their_initial_import_events_are_read_beside_them() -> None:
    crowd = [DueConnection(number, watched_since=NOW - HOUR) for number in range(1, 500)]
    event = DueConnection(500, event_at=NOW - MINUTE)
    syncs = planned(*crowd, event, budget=plenty(quarter=600, now=NOW), now=NOW)
    assert [sync.reason for sync in syncs] == [Reason.FIRST] * 255 + [Reason.EVENT]
    newcomer = DueConnection(501, watched_since=NOW)
    assert planned(newcomer, budget=plenty(quarter=100, now=NOW), now=NOW), "one alone goes before full and final syncs"


def test_a_full_resync_that_can_wait_keeps_its_pace_and_an_urgent_one_does_not() -> None:
    morning = NOW + 7 * MINUTE
    calm = DueConnection(1, resync_due=True, resync_at=morning - HOUR, last_resync_at=morning - 44 * HOUR)
    urgent = DueConnection(2, resync_due=True, resync_at=morning - HOUR, last_resync_at=morning - 47 * HOUR)
    half_used = plenty(day=15_000)
    assert [sync.runner_id for sync in planned(calm, urgent, budget=half_used)] == [2]
    idle = DueConnection(3, resync_due=True, resync_at=morning - HOUR, last_resync_at=morning - 90 * HOUR)
    assert planned(idle, budget=half_used) == [], "who holds nothing is never in a hurry"


def test_a_full_resync_without_a_time_is_wanted_soon_and_keeps_no_pace() -> None:
    deeper = DueConnection(1, resync_due=True, last_resync_at=NOW - HOUR)
    assert planned(deeper, budget=plenty(day=15_000)) == [PlannedSync(1, Reason.ASKED, 1)]
    assert planned(replace(deeper, resync_at=NOW), budget=plenty(day=15_000)) == []


def test_a_full_resync_is_due_at_its_time_and_no_moment_sooner() -> None:
    look = DueConnection(1, resync_due=True, resync_at=NOW, last_resync_at=NOW - 47 * HOUR)
    assert rules.reason_for(look, NOW, QUIET) is Reason.RESYNC
    assert rules.reason_for(look, NOW - timedelta(microseconds=1), QUIET) is None


def test_full_resyncs_stand_back_for_the_final_syncs_of_the_day() -> None:
    urgent = DueConnection(2, resync_due=True, resync_at=NOW - HOUR, last_resync_at=NOW - 47 * HOUR)
    assert planned(urgent, budget=plenty(day=10_000))
    assert planned(urgent, budget=plenty(day=10_000, promised=5_000)) == []


def test_final_syncs_go_by_their_deadline_when_they_are_due() -> None:
    def final_sync(number: int, due: timedelta, deadline: timedelta) -> DueConnection:
        return DueConnection(number, final_sync=FinalSync(NOW + due, NOW + deadline))

    late, soon, not_yet = (
        final_sync(1, -3 * HOUR, 9 * HOUR),
        final_sync(2, -HOUR, 2 * HOUR),
        final_sync(3, HOUR, 2 * HOUR),
    )
    assert [sync.runner_id for sync in planned(late, soon, not_yet)] == [2, 1]


def test_a_read_that_does_not_fit_the_budget_blocks_those_of_lower_priority() -> None:
    asked, final_sync = one_of_each()[1:3]
    now = NOW + 7 * MINUTE
    one_left = plenty(quarter=rules.reserved(plenty().quarter, now) + 1)
    assert [sync.reason for sync in planned(asked, budget=one_left)] == ["asked"]
    assert planned(asked, final_sync, budget=one_left) == [], "the final sync takes two"


def test_one_read_answers_a_full_resync_and_a_final_sync_that_is_owed() -> None:
    one = DueConnection(
        1, final_sync=FinalSync(NOW + 5 * HOUR, NOW + 9 * HOUR), resync_due=True, last_resync_at=NOW - 47 * HOUR
    )
    assert planned(one) == [PlannedSync(1, Reason.FINAL_SYNC, 2)]
    by_event = replace(one, event_at=NOW)
    assert planned(by_event) == [PlannedSync(1, Reason.EVENT, 2)]


moments = st.integers(-200, 10).map(lambda hours: NOW + hours * HOUR)
maybe = st.none() | moments
candidates = st.builds(
    DueConnection,
    runner_id=st.integers(1, 10_000),
    connected=st.booleans(),
    ended=st.booleans(),
    watched_since=maybe,
    event_at=maybe,
    final_sync=st.none() | st.builds(FinalSync, moments, moments),
    hint_at=maybe,
    asked_at=maybe,
    resync_due=st.booleans(),
    resync_at=maybe,
    last_resync_at=maybe,
    rest_until=maybe,
    busy_until=maybe,
)
crowds = st.lists(candidates, max_size=40, unique_by=lambda one: one.runner_id)
left = st.integers(0, 100)


def small(left_of_quarter: int, left_of_day: int, now: datetime, promised: int = 0) -> ReadBudget:
    midnight = now.replace(hour=0, minute=0, second=0) + DAY
    quarter = ReadAllowance(left_of_quarter, 100, now + 15 * MINUTE - (now - NOW) % (15 * MINUTE), 15 * MINUTE)
    return ReadBudget(quarter, ReadAllowance(left_of_day, 1_000, midnight, DAY), promised=promised)


@given(crowds, left, st.integers(0, 200), st.integers(0, 899), st.integers(0, 50))
def test_a_plan_stays_within_both_windows_and_leaves_the_reserve(
    crowd: list[DueConnection], quarter: int, day: int, seconds: int, promised: int
) -> None:
    now = NOW + timedelta(seconds=seconds)
    budget = small(quarter, day, now, promised)
    syncs = rules.plan(now, budget, crowd, QUIET)
    assert sum(sync.reads for sync in syncs) <= min(quarter, day)
    spent = 0
    for sync in syncs:
        spent += sync.reads
        if sync.reason not in UNRESERVED:
            share = rules.reserve_of(sync.reason)
            assert quarter - spent >= rules.reserved(budget.quarter, now, share)
            assert day - spent >= rules.reserved(budget.day, now, share)


@given(crowds, left, st.integers(0, 200))
def test_nothing_of_less_weight_goes_before_what_is_due(crowd: list[DueConnection], quarter: int, day: int) -> None:
    syncs = rules.plan(NOW, small(quarter, day, NOW), crowd, QUIET)
    assert all(ORDER[one.reason] <= ORDER[other.reason] for one, other in pairwise(syncs))
    due = {one.runner_id: reason for one in crowd if (reason := rules.reason_for(one, NOW, QUIET))}
    assert {sync.runner_id: sync.reason for sync in syncs}.items() <= due.items()
    if syncs:
        last = syncs[-1].reason
        # What initial imports leave is for events.
        passed = {Reason.FIRST} if last is Reason.EVENT else set()
        weightier = [n for n, reason in due.items() if ORDER[reason] < ORDER[last] and reason not in passed]
        assert set(weightier) <= {sync.runner_id for sync in syncs}


@given(crowds, st.randoms())
def test_the_order_of_the_facts_does_not_matter(crowd: list[DueConnection], chance: object) -> None:
    shuffled: Sequence[DueConnection] = sorted(crowd, key=lambda _: chance.random())  # type: ignore[attr-defined]  # a Random
    assert rules.plan(NOW, plenty(), crowd, QUIET) == rules.plan(NOW, plenty(), shuffled, QUIET)


# When what is due -----------------------------------------------------------------------------------------------


@given(st.integers(1, 10**9), st.integers(1, 47))
def test_a_full_resync_comes_after_its_hours_and_rarely_for_who_holds_nothing(runner_id: int, hours: int) -> None:
    assert rules.next_resync(NOW, hours, runner_id, idle=False) == NOW + hours * HOUR
    assert rules.next_resync(NOW, hours, runner_id, idle=True) == NOW + 47 * HOUR


@given(st.integers(1, 10**9), st.integers(1, 47), st.booleans())
def test_the_first_full_resync_comes_a_little_earlier_so_that_a_crowd_parts(
    runner_id: int, hours: int, idle: bool
) -> None:
    usual = rules.next_resync(NOW, hours, runner_id, idle=idle) - NOW
    assert 0.9 * usual <= rules.next_resync(NOW, hours, runner_id, idle=idle, fresh=True) - NOW <= usual


def test_neighbours_by_number_stand_far_apart_and_the_whole_spread_is_used() -> None:
    places = sorted(rules.spread(number) for number in range(1, 101))
    assert all(later - earlier < 0.03 for earlier, later in pairwise([0.0, *places, 1.0]))
    assert abs(rules.spread(7) - rules.spread(8)) > 0.3


@given(st.integers(1, 10**9), st.integers(0, 168))
def test_last_reads_are_spread_over_most_of_the_grace_time(runner_id: int, grace: int) -> None:
    final_sync = rules.final_sync_of(NOW, NOW + grace * HOUR, NOW - HOUR, runner_id)
    assert NOW <= final_sync.due_at <= NOW + 0.8 * grace * HOUR
    assert final_sync.deadline == NOW + grace * HOUR


def test_someone_who_joins_when_the_days_are_over_is_due_at_once_and_has_a_day() -> None:
    final_sync = rules.final_sync_of(NOW - 90 * DAY, NOW - 89 * DAY, NOW, 4)
    assert final_sync == FinalSync(NOW, NOW + DAY)


def test_rests_grow_stay_within_the_hour_and_differ_between_runners() -> None:
    rests = [rules.rest_after(failures, 3) for failures in range(1, 10)]
    assert timedelta(seconds=24) <= rests[0] <= timedelta(seconds=36)
    assert all(earlier < later for earlier, later in pairwise(rests[:7]))
    assert max(rests) <= 72 * MINUTE
    assert len({rules.rest_after(1, runner_id) for runner_id in range(20)}) == 20
    assert rules.rest_after(10, 3) == rules.REST_GIVEN_UP


def test_a_lease_lasts_its_time_of_life_on_a_fast_clock_too() -> None:
    assert rules.lease_until(NOW, timedelta(seconds=120), 1.0) == NOW + timedelta(seconds=120)
    assert rules.lease_until(NOW, timedelta(seconds=120), 60.0) == NOW + timedelta(hours=2)
    assert rules.lease_until(NOW, timedelta(seconds=120), 0.0) == NOW + timedelta(seconds=120)


def test_a_lease_outlasts_the_calls_of_a_page() -> None:
    assert rules.sync_lease(10.0) == timedelta(seconds=45)
    assert rules.sync_lease(60.0) > timedelta(seconds=180)


def test_every_failure_has_its_words() -> None:
    assert not rules.RECONNECT - set(rules.WORDS)
    assert all(text.endswith(".") and "token" not in text for text in rules.WORDS.values())


# New titles ------------------------------------------------------------------------------------------------------


def test_a_new_title_is_read_at_once_only_while_the_budget_is_mostly_free() -> None:
    hint = DueConnection(1, hint_at=NOW)
    assert planned(hint, budget=plenty(quarter=500, now=NOW), now=NOW + MINUTE) == [PlannedSync(1, Reason.HINT, 1)]
    assert planned(hint, budget=plenty(quarter=300, now=NOW), now=NOW + MINUTE) == []
    assert planned(hint, budget=plenty(day=10_000, now=NOW), now=NOW + MINUTE) == []
    assert planned(hint, budget=plenty(now=NOW), now=NOW + QUIET / 2) == [], "it waits for others to come along"


def test_a_new_title_that_cannot_be_afforded_holds_no_look_up() -> None:
    urgent = DueConnection(2, resync_due=True, resync_at=NOW - HOUR, last_resync_at=NOW - 47 * HOUR)
    syncs = planned(DueConnection(1, hint_at=NOW - HOUR), urgent, budget=plenty(quarter=400, now=NOW), now=NOW)
    assert [sync.reason for sync in syncs] == ["resync"]
