"""Which challenges have odds, and other measures than distance."""

from datetime import date

import pytest

from webapp.rulebook.odds_measures import WeekSum, has_odds, is_cap_nearly_full, km_per_unit, past_weeks, week_of
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


def week_sums(days: dict[date, float]) -> list[WeekSum]:
    found: dict[int, float] = {}
    for day, amount in days.items():
        number = week_of(day.toordinal())
        found[number] = found.get(number, 0.0) + amount
    return [WeekSum(number, total) for number, total in found.items()]


def test_a_rate_of_time_comes_from_whole_weeks_and_the_days_of_the_challenge() -> None:
    ledger = {date(2026, 10, 27): 700.0, MONDAY: 1400.0, date(2026, 11, 3): 50.0}
    weeks = past_weeks(STARTS, TODAY)
    means, days = weeks.means_of(week_sums(ledger)), weeks.own_days({STARTS: 60, TODAY: 90})
    assert days == {STARTS: 60}
    # The week that the challenge cuts is told by the one before it: nine days of 100.
    assert weeks.sum_of(means) == 9 * 100
    recent = weeks.recent_of(means, days, 0.01, date(2026, 10, 27))
    assert recent.km == pytest.approx((0.6 + 1, 0.6 + 8, 9.6, 9.6, 9.6))
    assert recent.history_days == 14


def test_the_days_before_a_challenge_go_back_as_far_as_the_longest_window() -> None:
    weeks = past_weeks(STARTS, TODAY)
    assert sum(counts[-1] for counts in weeks.counts.values()) == 364
    assert [sum(counts[n] for counts in weeks.counts.values()) for n in range(5)] == [1, 8, 22, 106, 358]


def test_at_most_15_km_of_a_day_count() -> None:
    weeks = past_weeks(STARTS, TODAY)
    assert weeks.recent_of({}, weeks.own_days({STARTS: 60}), 1.0, STARTS).km[0] == 15


def test_a_week_is_used_from_the_day_on_which_it_is_shown() -> None:
    starts = date(2026, 11, 9)
    sums = week_sums({date(2026, 10, 27): 700.0, MONDAY: 1400.0})
    before, after = past_weeks(starts, date(2026, 11, 10)), past_weeks(starts, date(2026, 11, 11))
    assert before.sum_of(before.means_of(sums)) == 14 * 100
    assert after.sum_of(after.means_of(sums)) == 7 * 100 + 7 * 200
