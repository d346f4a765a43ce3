"""The budget on a real Redis: windows, limits that are learned, and the gate."""

from datetime import timedelta

import pytest
from redis import Redis

from integrations.strava import errors
from integrations.strava.budget import Allowance, Budget, Quarter
from tests.support.budgets import MIDNIGHT, NOON, QUARTER_PAST, Hands, refused, spend, spend_all, told

# Windows -------------------------------------------------------------------------------------------------------


def test_before_anything_is_learned_the_smallest_application_is_assumed(budget: Budget) -> None:
    assert spend_all(budget) == 100
    state = budget.state()
    assert (state.quarter.read, state.quarter.overall) == (Allowance(100, 100), Allowance(100, 200))
    assert (state.day.read, state.day.overall) == (Allowance(100, 1_000), Allowance(100, 2_000))
    assert not state.learned


def test_what_is_spent_waits_for_the_quarter_hour_on_the_clock(budget: Budget, hands: Hands) -> None:
    spend_all(budget)
    assert refused(budget) == 7.5 * 60
    hands.at = QUARTER_PAST - timedelta(milliseconds=1)
    assert refused(budget) == pytest.approx(0.001, rel=1e-3)
    hands.at = QUARTER_PAST
    assert spend_all(budget) == 100


def test_a_spent_day_waits_for_midnight_of_utc(budget: Budget, hands: Hands) -> None:
    hands.at = NOON.replace(hour=0)
    for _ in range(10):
        spend_all(budget)
        hands.on(minutes=15)
    assert refused(budget) == (MIDNIGHT - hands.at).total_seconds()
    hands.at = MIDNIGHT
    assert spend_all(budget) == 100


def test_what_is_reserved_stays_free_in_both_windows(budget: Budget, hands: Hands) -> None:
    assert spend_all(budget, keep=20) == 80
    assert spend_all(budget) == 20
    hands.on(minutes=15)
    budget.learn(told(read=(0, 985)))
    assert spend_all(budget, keep=5) == 10
    assert budget.state().day.left == 5


def test_other_calls_may_be_reserved_of_the_day_than_of_the_quarter_hour(budget: Budget) -> None:
    budget.learn(told(read=(0, 900)))
    for calls, kept in ((10, (0, 90)), (0, (95, 0)), (90, (0, 0))):
        for _ in range(calls):
            budget.take("resync", *kept)
        with pytest.raises(errors.RateLimited):
            budget.take("resync", *kept)


def test_reads_and_everything_are_limited_apart(budget: Budget) -> None:
    budget.learn(told(read=(10, 10), overall=(195, 195)))
    assert budget.state().quarter.read.left == 90
    assert budget.state().quarter.left == 5
    assert spend_all(budget) == 5


def test_a_worker_whose_clock_is_behind_does_not_begin_the_window_again(redis: "Redis", hands: Hands) -> None:
    hands.at = QUARTER_PAST
    spend(Budget(redis, hands), 40)
    behind = Budget(redis, Hands(QUARTER_PAST - timedelta(seconds=1)))
    assert spend_all(behind) == 60
    assert behind.state().quarter.read.used == 100
    assert refused(Budget(redis, hands))


def test_on_a_fast_clock_a_slow_worker_does_not_begin_an_earlier_window_again(redis: "Redis", hands: Hands) -> None:
    quick = Budget(redis, hands)
    taken = quick.take("resync")
    hands.on(hours=1)
    spend(quick, 40)
    slow = Budget(redis, Hands(NOON + timedelta(minutes=1)))
    slow.learn(told(read=(90, 90)), taken)
    slow.take("resync")
    assert quick.state().quarter.read.used == 41
    very_slow = Budget(redis, Hands(NOON - timedelta(days=3)))
    very_slow.learn(told(read=(90, 90)), NOON - timedelta(days=3))
    assert quick.state().quarter.read.used == 41


def test_a_trial_set_back_by_a_month_begins_again(budget: Budget, hands: Hands) -> None:
    spend_all(budget)
    budget.close(hands.at + timedelta(hours=5), "long")
    hands.on(days=-31)
    assert budget.state().closed_until is None
    assert budget.state().quarter.read.used == 0
    assert spend_all(budget) == 100


# What Strava tells -----------------------------------------------------------------------------------------------


def test_limits_are_learned_up_and_down(budget: Budget) -> None:
    budget.learn(told(read_limit=(600, 30_000), overall_limit=(600, 30_000)))
    assert spend_all(budget) == 599
    budget.learn(told(read_limit=(50, 500), overall_limit=(60, 600)))
    assert budget.state().day.read.limit == 500
    assert refused(budget)


def test_stravas_own_usage_wins_when_it_is_higher_and_never_when_it_is_lower(budget: Budget) -> None:
    spend(budget, 5)
    budget.learn(told(read=(30, 400)))
    assert budget.state().quarter.read.used == 30
    assert budget.state().day.read.used == 400
    spend(budget, 2)
    budget.learn(told(read=(31, 401)))
    assert budget.state().quarter.read.used == 32
    assert budget.history()[-1].reads == {"resync": 7, "elsewhere": 25}


@pytest.mark.parametrize("value", ["", "7", "a,b", "-5,-5", "1;2", "9" * 30 + ",1", "100,", "٣,٤", "1,2,3", "0x1,1"])
def test_headers_that_cannot_be_read_change_nothing(budget: Budget, value: str) -> None:
    spend(budget, 3)
    before = budget.state()
    budget.learn(dict.fromkeys(told(), value))
    budget.learn({})
    assert budget.state() == before


def test_a_limit_of_nothing_is_not_believed_since_nobody_would_ever_ask_again(budget: Budget) -> None:
    budget.learn(told(read_limit=(0, 0), overall_limit=(0, 0)))
    assert spend_all(budget) == 99


def test_one_header_alone_is_taken_for_what_it_says(budget: Budget) -> None:
    budget.learn({"X-ReadRateLimit-Usage": "90,90"})
    assert spend_all(budget) == 10


def test_usage_told_across_the_turn_of_a_window_is_not_that_of_the_new_one(budget: Budget, hands: Hands) -> None:
    hands.at = QUARTER_PAST - timedelta(seconds=1)
    taken = budget.take("event")
    hands.at = QUARTER_PAST + timedelta(seconds=1)
    budget.learn(told(read=(100, 300)), taken)
    state = budget.state()
    assert state.quarter.read.used == 1, "counted once more, since nobody knows on which side it fell"
    assert state.day.read.used == 300


def test_right_after_a_turn_stravas_clock_may_still_be_before_it(budget: Budget, hands: Hands) -> None:
    hands.at = QUARTER_PAST + timedelta(seconds=1)
    budget.learn(told(read=(101, 300)), budget.take("event"), errors.RateLimited("spent", retry_after=899))
    assert budget.state().quarter.read.used == 1
    assert refused(budget) <= 2
    hands.on(seconds=2)
    assert budget.take("event")


# The gate ----------------------------------------------------------------------------------------------------------


def test_a_429_closes_the_gate_until_the_spent_window_turns(budget: Budget, hands: Hands) -> None:
    taken = budget.take("event")
    budget.learn({}, taken, errors.RateLimited("Strava's limit of requests is reached", retry_after=450))
    assert refused(budget) == 450
    assert budget.state().closed_until == QUARTER_PAST
    assert budget.state().closed_why == "Strava's limit of requests is reached"
    hands.at = QUARTER_PAST
    assert budget.state().closed_until is None
    assert budget.state().closed_why is None
    assert spend_all(budget) == 100


@pytest.mark.parametrize("kind", [errors.Inactive, errors.ApplicationRefused])
def test_a_refused_application_is_asked_once_in_a_quarter_of_an_hour(
    budget: Budget, hands: Hands, kind: type[errors.StravaError]
) -> None:
    budget.learn({}, budget.take("event"), kind("switched off", retry_after=3600))
    assert refused(budget, errors.Paused) == 900
    hands.on(minutes=15)
    assert budget.state().half_open
    probe = budget.take("event")
    assert refused(budget, errors.Paused) == 15
    budget.learn({}, probe, kind("still off", retry_after=3600))
    assert refused(budget, errors.Paused) == 900
    assert budget.state().closed_why == "still off"


@pytest.mark.parametrize("error", [None, errors.TokenRefused("dead"), errors.NotThere("gone")])
def test_an_application_that_is_served_again_opens_the_gate(
    budget: Budget, hands: Hands, error: errors.StravaError | None
) -> None:
    budget.close(hands.at + timedelta(minutes=15), "switched off", probe=True)
    hands.on(minutes=15)
    budget.learn({}, budget.take("resync"), error)
    assert budget.state().closed_why is None
    spend(budget, 5)


def test_a_probe_that_got_no_answer_leaves_it_to_the_next(budget: Budget, hands: Hands) -> None:
    budget.close(hands.at + timedelta(minutes=15), "switched off", probe=True)
    hands.on(minutes=15)
    budget.learn({}, budget.take("resync"), errors.Unavailable("time-out"))
    assert budget.state().half_open
    budget.take("resync")
    assert refused(budget, errors.Paused) == 15


def test_an_answer_to_a_call_made_before_the_closing_does_not_open_the_gate(budget: Budget, hands: Hands) -> None:
    early = budget.take("resync")
    budget.close(hands.at + timedelta(minutes=15), "switched off", probe=True)
    hands.on(minutes=16)
    budget.learn({}, early)
    assert budget.state().half_open


def test_the_longer_of_two_closings_holds(budget: Budget, hands: Hands) -> None:
    budget.close(MIDNIGHT, "the day is spent")
    budget.close(hands.at + timedelta(minutes=15), "switched off", probe=True)
    assert budget.state().closed_until == MIDNIGHT
    assert refused(budget) == (MIDNIGHT - NOON).total_seconds()


def test_the_operator_opens_the_gate_by_hand(budget: Budget, hands: Hands) -> None:
    budget.close(hands.at + timedelta(minutes=15), "switched off", probe=True)
    budget.open()
    spend(budget, 5)


# What pages show ------------------------------------------------------------------------------------------------


def test_the_history_holds_every_quarter_hour_by_reason(budget: Budget, hands: Hands) -> None:
    spend(budget, 3)
    hands.on(minutes=30)
    budget.take("event")
    history = budget.history(hours=24)
    assert len(history) == 96
    assert history[-3:] == [
        Quarter(NOON.replace(minute=0, second=0), {"resync": 3}),
        Quarter(QUARTER_PAST),
        Quarter(NOON.replace(minute=30, second=0), {"event": 1}),
    ]


def test_the_history_stays_small_on_a_clock_that_runs_fast(redis: "Redis", budget: Budget, hands: Hands) -> None:
    for _ in range(300):
        budget.take("event")
        hands.on(minutes=15)
    assert redis.hlen("chasepack:budget:history") <= 48 * 4 + 1
    assert all(redis.ttl(key) > 86_400 for key in redis.keys("chasepack:budget:*"))


def test_what_costs_no_read_is_counted_by_name(budget: Budget) -> None:
    for name in ("event_unknown_owner", "token", "token"):
        budget.count(name)
    assert budget.counts() == {"event_unknown_owner": 1, "token": 2}
    assert budget.state().day.read.used == 0


def test_reads_are_counted_by_reason_beyond_the_history(budget: Budget, hands: Hands) -> None:
    spend(budget, 2)
    hands.on(days=5)
    spend(budget, 2)
    budget.learn(told(read=(5, 9)))
    assert budget.counts() == {"read:resync": 4, "read:elsewhere": 3}
