"""A challenge day by day."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.measures import Unit
from webapp.rulebook.replay import STEP, STEP_A_DAY, frames, middle_of_step, step_of, step_width, tallies

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
WIDTH = 3000


def test_a_month_is_shown_day_by_day_until_today() -> None:
    dates = frames(FIRST, LAST, date(2026, 11, 12))
    assert (len(dates), dates[0], dates[-1]) == (12, FIRST, date(2026, 11, 12))
    assert len(frames(FIRST, LAST, date(2027, 1, 1))) == 30
    assert frames(FIRST, LAST, date(2026, 10, 31)) == []


@given(st.integers(1, 800))
def test_a_long_challenge_is_shown_in_as_many_dates_at_most_and_ends_with_its_last(days: int) -> None:
    last = FIRST + timedelta(days=days - 1)
    dates = frames(FIRST, last, last)
    assert len(dates) == len(set(dates)) <= 62 and dates[-1] == last


@pytest.mark.parametrize("unit", [*STEP_A_DAY, *STEP])
def test_a_total_lies_in_the_step_whose_middle_is_near(unit: Unit) -> None:
    width = step_width(unit, FIRST, LAST)
    assert step_of(0, width) == middle_of_step(0, width) == 0
    for total in (1, width, width + 1, 7 * width, 10 * width + 1):
        assert abs(middle_of_step(step_of(total, width), width) - total) <= width


values = st.dictionaries(st.integers(1, 6), st.integers(0, 20_000), max_size=6)


@given(values, st.dictionaries(st.sampled_from(frames(FIRST, LAST, LAST)), values, max_size=8))
def test_tallies_are_what_counting_everybody_at_each_date_gives(
    before: dict[int, int], gained: dict[date, dict[int, int]]
) -> None:
    dates = frames(FIRST, LAST, LAST)[::3]
    found = tallies(before, gained.items(), dates, WIDTH)
    for day in dates:
        totals = {e: total + sum(g.get(e, 0) for d, g in gained.items() if d <= day) for e, total in before.items()}
        assert found[day] == Counter(step_of(total, WIDTH) for total in totals.values() if total)
