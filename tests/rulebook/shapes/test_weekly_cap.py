"""A week counts up to a cap."""

from collections import defaultdict

from hypothesis import given

from tests.support.scored_days import Scored, scored


@given(scored("weekly_cap"))
def test_a_week_brings_all_of_it_up_to_the_weekly_cap(drawn: Scored) -> None:
    rules, context, days = drawn
    run: defaultdict[tuple[int, int], int] = defaultdict(int)
    brought: defaultdict[tuple[int, int], int] = defaultdict(int)
    for (day, amount), gain in zip(days, rules.gains(days, context), strict=True):
        week = day.isocalendar()[:2]
        run[week] += amount
        brought[week] += gain
        assert gain <= amount
    assert brought == {week: min(amount, rules.params["cap"]) for week, amount in run.items()}
