"""A day counts up to a cap."""

from hypothesis import given

from tests.support.scored_days import Scored, scored


@given(scored("daily_cap"))
def test_no_day_brings_more_than_the_daily_cap(drawn: Scored) -> None:
    rules, context, days = drawn
    for (_, amount), gain in zip(days, rules.gains(days, context), strict=True):
        assert gain == min(amount, rules.params["cap"])
