"""How the line chart of a chase goes on: a fan, what is expected, and where lines cross."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.chase_chart import QUANTILES, expected_total, fan_of, first_crossing, span_of_chart
from webapp.rulebook.odds import WINDOWS, Contender, Recent, TimeLeft, _student, chance, daily_km
from webapp.rulebook.odds_forms import Matchup

FIRST, TODAY, LAST = date(2026, 11, 1), date(2026, 11, 16), date(2026, 11, 30)
LEFT = TimeLeft(TODAY, 0.25, LAST)
SPAN = span_of_chart(FIRST, LEFT)
KM = 0.001


def steady(km: float) -> Contender:
    return Contender((Recent(tuple(km * window for window in WINDOWS), 500),))


def test_now_is_where_the_day_of_today_has_come_to() -> None:
    assert (SPAN.first, SPAN.last, SPAN.now) == (FIRST, LAST, 15.75)
    assert span_of_chart(FIRST, TimeLeft(LAST + timedelta(days=3), 0.5, LAST)).now is None


@pytest.mark.parametrize(("percent", "quantile"), QUANTILES.items())
def test_the_bands_hold_the_share_that_they_name(percent: int, quantile: float) -> None:
    assert _student(quantile) - _student(-quantile) == pytest.approx(percent / 100, abs=1e-6)


@given(st.floats(0, 30), st.integers(0, 10**6))
def test_a_fan_opens_from_the_total_of_now_and_never_falls_below_it(km: float, total: int) -> None:
    fan = fan_of(steady(km), KM, total, SPAN, LEFT)
    assert fan.at[0] == SPAN.now
    assert fan.at[-1] == pytest.approx(30)
    wide, narrow = fan.bands
    for band in fan.bands:
        assert band.low[0] == band.high[0] == total
        assert all(later >= sooner for sooner, later in pairwise(band.high))
        assert min(band.low) >= total
    assert all(low <= inner for low, inner in zip(wide.low, narrow.low, strict=True))
    assert all(high >= inner for high, inner in zip(wide.high, narrow.high, strict=True))


def test_what_is_expected_lies_inside_the_fan() -> None:
    fan = fan_of(steady(6), KM, 50_000, SPAN, LEFT)
    expected = expected_total(steady(6), KM, 50_000, LEFT)
    assert fan.bands[1].low[-1] < expected < fan.bands[1].high[-1]
    assert expected == pytest.approx(50_000 + 1000 * daily_km(steady(6)) * LEFT.days)


def test_lines_cross_where_both_are_expected_to_stand_on_the_date_of_the_odds() -> None:
    pair = Matchup(steady(6), steady(4), 6_000, KM, LEFT)
    found = first_crossing([(pair, 50_000)], SPAN)
    assert found
    assert SPAN.now is not None
    days = found.at - SPAN.now
    assert found.total == pytest.approx(56_000 + 1000 * daily_km(pair.ahead) * days)
    assert found.date == pair.odds().crossing_on
    assert chance(pair.behind, pair.ahead, 6.0, LEFT.days) > 0.5


def test_lines_that_cross_after_the_end_or_never_have_no_crossing() -> None:
    assert first_crossing([(Matchup(steady(6), steady(4), 90_000, KM, LEFT), 50_000)], SPAN) is None
    assert first_crossing([(Matchup(steady(4), steady(6), 1_000, KM, LEFT), 50_000)], SPAN) is None
    assert first_crossing([], SPAN) is None


def test_of_two_crossings_the_first_one_is_drawn() -> None:
    soon, late = (Matchup(steady(6), steady(4), gap, KM, LEFT) for gap in (3_000, 9_000))
    found = first_crossing([(late, 10_000), (soon, 20_000)], SPAN)
    assert found == first_crossing([(soon, 20_000)], SPAN)
