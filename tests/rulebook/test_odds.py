"""The chance that the one behind is ahead at the end."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.odds import (
    IDLE,
    MIN_HISTORY_DAYS,
    WINDOWS,
    Contender,
    Odds,
    Recent,
    TimeLeft,
    chance,
    chances,
    odds,
    rate,
    recent_of,
    time_left,
)

TODAY, LAST = date(2026, 11, 16), date(2026, 11, 30)
NEVER = Recent((0.0,) * len(WINDOWS), 500)
LEFT = TimeLeft(TODAY, 0.5, LAST)

Days = dict[date, float]
days_run = st.dictionaries(
    st.integers(1, 500).map(lambda age: TODAY - timedelta(days=age)), st.floats(0.1, 60), min_size=1, max_size=60
)
gaps = st.floats(0.001, 500)
lefts = st.floats(0.01, 366)


def steady(km: float, history: int = 500) -> Recent:
    """Return a runner who has run as much every day since the first one."""
    return Recent(tuple(km * min(window, history) for window in WINDOWS), history)


def one(days: Days) -> Recent:
    return recent_of(days, min(days), TODAY)


def alone(recent: Recent) -> Contender:
    return Contender((recent,))


@given(days_run, days_run, gaps, lefts)
def test_a_chance_lies_between_0_and_1_and_two_who_swap_roles_add_to_1(
    behind: Days, ahead: Days, gap: float, left: float
) -> None:
    own, other = alone(one(behind)), alone(one(ahead))
    there, back = chance(own, other, gap, left), chance(other, own, -gap, left)
    assert 0 <= there <= 1
    assert there + back == pytest.approx(1, abs=1e-12)


@given(days_run, days_run, gaps, st.floats(0, 100), lefts)
def test_more_gap_never_raises_the_chance(behind: Days, ahead: Days, gap: float, more: float, left: float) -> None:
    own, other = alone(one(behind)), alone(one(ahead))
    assert chance(own, other, gap + more, left) <= chance(own, other, gap, left) + 1e-12


@given(days_run, days_run, gaps, lefts, st.integers(0, 500), st.floats(0.1, 60))
def test_one_more_run_of_the_chaser_never_lowers_the_chance(
    behind: Days, ahead: Days, gap: float, left: float, age: int, km: float
) -> None:
    """Whether it was in the challenge, and made the gap smaller, or before it. Age 0 is a run of today."""
    day = max(TODAY - timedelta(days=age), min(behind))
    more = {**behind, day: behind.get(day, 0.0) + km} if day < TODAY else behind
    before = chance(alone(one(behind)), alone(one(ahead)), gap, left)
    assert chance(alone(one(more)), alone(one(ahead)), gap, left) >= before - 1e-12
    assert chance(alone(one(more)), alone(one(ahead)), gap - km, left) >= before - 1e-12


@pytest.mark.parametrize("days", range(10))
def test_under_seven_days_of_history_of_either_side_there_are_no_odds_yet(days: int) -> None:
    new = recent_of({TODAY - timedelta(days=days): 5.0}, TODAY - timedelta(days=days), TODAY)
    told = "not_yet" if days < MIN_HISTORY_DAYS else "chance"
    assert odds(alone(new), alone(steady(5)), 3.0, LEFT).state == told
    assert odds(alone(steady(5)), alone(new), 3.0, LEFT).state == told


def test_a_runner_who_never_ran_has_no_history() -> None:
    assert recent_of({}, None, TODAY).history_days == 0
    assert odds(alone(recent_of({}, None, TODAY)), alone(steady(5)), 3.0, LEFT) == Odds("not_yet")


def test_there_are_no_odds_when_it_is_over_or_both_have_the_same_total() -> None:
    one_behind, one_ahead = alone(steady(5)), alone(steady(4))
    assert odds(one_behind, one_ahead, 3.0, TimeLeft(LAST + timedelta(days=1), 1.0, LAST)) == Odds("over")
    assert odds(one_behind, one_ahead, 3.0, TimeLeft(LAST, 0.0, LAST)) == Odds("over")
    assert odds(one_behind, one_ahead, 0.0, LEFT) == Odds("beside")


def test_a_runner_who_has_stopped_adds_nothing() -> None:
    stopped = recent_of({TODAY - timedelta(days=113): 10.0}, date(2025, 1, 1), TODAY)
    again = recent_of({TODAY - timedelta(days=112): 10.0}, date(2025, 1, 1), TODAY)
    assert rate(stopped) == 0
    assert rate(again) > 0
    assert chance(alone(stopped), alone(NEVER), 0.1, 14.0) == 0
    assert chance(alone(stopped), alone(NEVER), -0.1, 14.0) == 1
    assert 0 < chance(alone(stopped), alone(again), 0.1, 14.0) < 0.5
    assert 0.5 < chance(alone(steady(5)), alone(stopped), 10.0, 14.0) < 1
    assert odds(alone(stopped), alone(NEVER), 0.1, LEFT).chance == 0


def test_windows_end_with_the_last_whole_day_and_count_15_km_of_a_day_at_most() -> None:
    km = {TODAY: 9.0, TODAY - timedelta(days=1): 50.0, TODAY - timedelta(days=7): 2.0, TODAY - timedelta(days=8): 4.0}
    assert one(km) == Recent((17.0, 21.0, 21.0, 21.0, 21.0), 8)


def test_short_histories_are_divided_by_their_days_but_at_least_by_seven() -> None:
    assert rate(steady(5, history=10)) == pytest.approx(rate(steady(5)))
    assert rate(Recent((14.0,) * 5, 2)) == rate(Recent((14.0,) * 5, 7)) > rate(Recent((14.0,) * 5, 14))


def test_the_same_figures_come_out_on_every_machine() -> None:
    """Square roots are rounded alike everywhere; powers and exponentials are not, so there are none."""
    ana, ben = Recent((21.0, 35.5, 80.2, 300.0, 900.1), 800), Recent((12.0, 40.0, 90.0, 310.0, 1100.0), 5000)
    team, other = Contender((ana, ben, steady(2, 9)), 3), Contender((ben, steady(3.3, 77)), 2)
    assert [round(rate(each), 9) for each in (ana, ben)] == [2.386501901, 2.474771142]
    assert round(chance(alone(ana), alone(ben), 8.0, 14.0), 9) == 0.355563126
    assert round(chance(alone(ana), alone(ben), 0.5, 1.25), 9) == 0.439976611
    assert round(chance(alone(ben), alone(ana), 30.0, 25.5), 9) == 0.244198393
    assert round(chance(team, other, 12.0, 20.0), 9) == 0.167855340


def test_teams_are_added_up_and_averages_divided() -> None:
    member = steady(5)
    two = Contender((member, member))
    assert chance(two, two, 10.0, 14.0) > chance(alone(member), alone(member), 10.0, 14.0)
    pair = Contender((member, member), divisor=2)
    assert chance(pair, pair, 5.0, 14.0) == pytest.approx(chance(two, two, 10.0, 14.0))
    assert odds(Contender((member, recent_of({}, None, TODAY))), two, 5.0, LEFT).state == "chance"
    assert odds(Contender(()), two, 5.0, LEFT).state == "not_yet"


def test_a_run_on_top_raises_the_chance_and_may_put_the_chaser_ahead() -> None:
    own, other = alone(steady(5)), alone(steady(5))
    before, after, ahead = chances(own, other, [12.0, 4.0, -8.0], LEFT.days)
    assert before < after < 0.5 < ahead
    assert [before, after] == [odds(own, other, gap, LEFT).chance for gap in (12.0, 4.0)]
    assert odds(own, other, 12.0, LEFT).expected_gap_km == pytest.approx(12.0)


def test_the_lines_cross_when_the_gap_is_closed_at_present_rates() -> None:
    behind, ahead = alone(steady(5)), alone(steady(3))
    gain = rate(steady(5)) - rate(steady(3))
    assert odds(behind, ahead, gain * 0.4, LEFT).crossing_on == TODAY
    assert odds(behind, ahead, gain * 0.6, LEFT).crossing_on == TODAY + timedelta(days=1)
    assert odds(behind, ahead, gain * 10, LEFT).crossing_on == TODAY + timedelta(days=10)
    assert odds(behind, ahead, gain * 1001, LEFT).crossing_on is None
    assert odds(ahead, behind, 1.0, LEFT).crossing_on is None
    assert odds(behind, ahead, -1.0, LEFT).crossing_on is None
    assert odds(behind, ahead, gain * 10, LEFT).expected_gap_km == pytest.approx(gain * (10 - 14.5))


def test_time_left_is_that_of_the_zone_of_the_group() -> None:
    now = datetime(2026, 11, 16, 18, tzinfo=UTC)
    assert time_left(now, ZoneInfo("UTC"), LAST) == TimeLeft(TODAY, 0.25, LAST)
    assert time_left(now, ZoneInfo("UTC"), LAST).days == 14.25
    assert time_left(now, ZoneInfo("Pacific/Auckland"), LAST).days == pytest.approx(13 + 17 / 24)
    assert time_left(now, ZoneInfo("UTC"), TODAY).days == 0.25
    assert time_left(now, ZoneInfo("UTC"), TODAY - timedelta(days=1)).days == 0
    clocks_back = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert time_left(clocks_back, ZoneInfo("Europe/Berlin"), LAST).part == pytest.approx(22.5 / 25)


def test_the_window_of_112_days_says_who_has_stopped() -> None:
    assert WINDOWS[IDLE] == 112
