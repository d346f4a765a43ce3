"""Which challenges have odds, and other measures than distance."""

from datetime import date, timedelta

import pytest

from webapp.rulebook.odds_measures import by_whole_weeks, has_odds, is_cap_nearly_full, km_per_unit
from webapp.rulebook.ruleset import RuleSet

STARTS, TODAY = date(2026, 11, 4), date(2026, 11, 10)  # a Wednesday, the Tuesday after it
MONDAY = date(2026, 11, 2)


@pytest.mark.parametrize("measure", ["distance", "moving_time", "climb", "runs"])
def test_totals_of_amounts_have_odds(measure: str) -> None:
    assert has_odds(RuleSet(measure=measure))


def test_points_have_odds() -> None:
    assert has_odds(RuleSet(measure="points", shape="steps"))
    assert has_odds(RuleSet(measure="points", shape="saddles"))


@pytest.mark.parametrize(
    "rules",
    [
        RuleSet(measure="active_days"),
        RuleSet(measure="longest_run"),
        RuleSet(shape="streak"),
        RuleSet(shape="target_share"),
        RuleSet(shape="improvement"),
    ],
)
def test_where_a_mean_means_nothing_there_are_none(rules: RuleSet) -> None:
    assert not has_odds(rules)


@pytest.mark.parametrize("shape", ["daily_cap", "weekly_cap", "best_days"])
def test_where_the_board_hides_how_much_a_day_had_odds_do_not_tell(shape: str) -> None:
    """Days are shown by distance; how long somebody ran beyond a cap is not."""
    assert has_odds(RuleSet(shape=shape))
    for measure in ("moving_time", "climb", "runs"):
        assert not has_odds(RuleSet(measure=measure, shape=shape))


def test_a_cap_that_takes_more_than_a_tenth_is_nearly_full() -> None:
    capped = RuleSet(shape="daily_cap")
    assert not is_cap_nearly_full(capped, 9_000, 10_000)
    assert is_cap_nearly_full(capped, 8_999, 10_000)
    assert not is_cap_nearly_full(capped, 0, 0)
    assert not is_cap_nearly_full(RuleSet(measure="points", shape="steps"), 10, 10_000)


def test_a_unit_is_turned_into_km_by_what_both_ran() -> None:
    assert km_per_unit([10.0, 5.0], [3000, 2000]) == 0.003
    assert km_per_unit([10.0, 5.0], [0, 0]) is None


def test_a_rate_of_time_comes_from_whole_weeks_and_the_days_of_the_challenge() -> None:
    ledger = {date(2026, 10, 27): 700.0, MONDAY: 1400.0, date(2026, 11, 3): 50.0, STARTS: 60.0, TODAY: 90.0}
    days = by_whole_weeks(ledger, {STARTS: 60, TODAY: 90}, STARTS, TODAY)
    assert days[STARTS] == 60
    assert TODAY not in days
    # The week that the challenge cuts is told by the one before it.
    assert [days[STARTS - timedelta(days=age)] for age in range(1, 10)] == [100.0] * 9
    assert days[date(2026, 10, 25)] == 0
    assert min(days) == STARTS - timedelta(days=364)


def test_a_week_is_used_from_the_day_on_which_it_is_shown() -> None:
    starts = date(2026, 11, 9)
    ledger = {date(2026, 10, 27): 700.0, MONDAY: 1400.0}
    assert by_whole_weeks(ledger, {}, starts, date(2026, 11, 10))[MONDAY] == 100
    assert by_whole_weeks(ledger, {}, starts, date(2026, 11, 11))[MONDAY] == 200


def test_a_week_with_a_single_day_counts_nothing_where_it_would_reveal_that_day() -> None:
    ledger = {date(2026, 10, 20): 70.0, date(2026, 10, 27): 700.0, date(2026, 10, 28): 700.0}
    days = by_whole_weeks(ledger, {}, STARTS, TODAY, alone_tells=True)
    assert days[date(2026, 10, 20)] == 0
    assert days[date(2026, 10, 27)] == 200
