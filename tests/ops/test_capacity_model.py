"""Capacity on paper: the model against processes that can be counted."""

from dataclasses import astuple, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.capacity_model import (
    GRANTS,
    Grant,
    Life,
    Work,
    closing_reads,
    fit,
    grant,
    joining_at_once,
    mean_activities,
    mean_reads,
    most_by_chance,
    needs,
    reads_of,
    resyncs_a_day,
    resyncs_of,
)

LIFE = Life()
REVIEWED = GRANTS[-1]


def test_nobody_who_never_runs_has_a_full_resync_more_often_than_the_settings_say() -> None:
    assert resyncs_a_day(0.0, 48) == 0.5
    assert resyncs_of(LIFE, 0.0) == pytest.approx(24 / LIFE.idle_resync_hours)


@pytest.mark.parametrize("a_day", [0.1, 0.4, 1.5])
def test_resyncs_are_those_that_a_dice_throwing_runner_gets(a_day: float) -> None:
    dice, days, resyncs = Random(7), 0.0, 0
    while days < 20_000:
        gap = dice.expovariate(a_day)
        days, resyncs = days + gap, resyncs + int(gap * 24 / 47)
    assert resyncs_a_day(a_day, 47) == pytest.approx(resyncs / days, abs=0.01)


@given(a_day=st.floats(0, 5), hours=st.floats(1, 47))
def test_resyncs_never_fall_behind_nor_exceed_their_interval(a_day: float, hours: float) -> None:
    assert 0 <= resyncs_a_day(a_day, hours) <= 24 / hours * (1 + 1e-9)
    life = replace(LIFE, resync_hours=hours)
    assert 0 <= resyncs_of(life, a_day) <= 24 / life.resync_hours * (1 + 1e-9)


@given(fewer=st.floats(0, 3), more=st.floats(0, 3))
def test_whoever_runs_more_costs_more_by_events_and_no_more_by_resyncs(fewer: float, more: float) -> None:
    fewer, more = sorted((fewer, more))
    assert reads_of(LIFE, fewer).events <= reads_of(LIFE, more).events
    assert resyncs_a_day(more, 47) <= resyncs_a_day(fewer, 47)


def test_the_mean_runner_lies_between_the_idle_one_and_the_one_who_runs_every_day() -> None:
    idle, busy = reads_of(LIFE, 0.0), reads_of(LIFE, 1.5)
    assert idle.total < mean_reads(LIFE).total < busy.total
    assert 0 < mean_activities(LIFE) < 1.5


@given(st.integers(10, 5_000), st.integers(100, 100_000))
def test_those_whom_an_application_serves_fit_into_what_it_may_read(quarter: int, day: int) -> None:
    found = fit(Grant("any", quarter, day, seats=9_999), LIFE)
    assert found.ordinary * replace(mean_reads(LIFE), closing=0).total <= day
    assert found.closing * closing_reads(LIFE).total <= day
    assert found.runners <= min(astuple(found))


def test_seats_bind_the_small_applications_and_closing_one_that_keeps_their_reads() -> None:
    at_first, ten, more_seats, reviewed = (fit(each, LIFE) for each in GRANTS)
    assert (at_first.runners, ten.runners) == (1, 10)
    assert more_seats.runners == more_seats.closing < more_seats.seats
    assert reviewed.runners == reviewed.seats


def test_more_grace_spreads_the_final_syncs_over_more_days() -> None:
    longer = replace(LIFE, grace_hours=72)
    assert fit(REVIEWED, longer).closing > fit(REVIEWED, LIFE).closing
    assert fit(REVIEWED, longer).ordinary == fit(REVIEWED, LIFE).ordinary


@given(st.floats(1, 10_000))
def test_three_deviations_above_the_mean_stay_below_the_limit(limit: float) -> None:
    mean = most_by_chance(limit)
    assert mean + 3 * mean**0.5 == pytest.approx(limit)


def test_initial_imports_of_a_quarter_hour_follow_its_reads() -> None:
    assert joining_at_once(grant("ten", "ten"), LIFE) == pytest.approx(2 * joining_at_once(GRANTS[0], LIFE), abs=1)


def test_what_machines_must_do_grows_with_the_runners() -> None:
    small, large = (needs(runners, REVIEWED, LIFE, Work()) for runners in (1_000, 100_000))
    assert (small.applications, large.applications) == (1, 11)
    assert large.events_a_second == pytest.approx(100 * small.events_a_second)
    assert large.gb_a_year == pytest.approx(100 * small.gb_a_year)
