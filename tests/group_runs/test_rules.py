"""When a run starts by the clock of its place."""

from datetime import UTC, date, datetime

import pytest

from webapp.group_runs.rules import clock_note, starts_at

HALF_PAST_SIX, HALF_PAST_TWO = 18 * 60 + 30, 2 * 60 + 30


@pytest.mark.parametrize(
    ("on_date", "minutes", "tz", "moment"),
    [
        # Before and after the clocks change in spring and in autumn, it stays half past six on the clock.
        (date(2027, 3, 27), HALF_PAST_SIX, "Europe/Berlin", datetime(2027, 3, 27, 17, 30, tzinfo=UTC)),
        (date(2027, 3, 28), HALF_PAST_SIX, "Europe/Berlin", datetime(2027, 3, 28, 16, 30, tzinfo=UTC)),
        (date(2026, 10, 24), HALF_PAST_SIX, "Europe/Berlin", datetime(2026, 10, 24, 16, 30, tzinfo=UTC)),
        (date(2026, 10, 25), HALF_PAST_SIX, "Europe/Berlin", datetime(2026, 10, 25, 17, 30, tzinfo=UTC)),
        # The hour that the clocks skip, and the one that comes twice.
        (date(2027, 3, 28), HALF_PAST_TWO, "Europe/Berlin", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), HALF_PAST_TWO, "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 12, 31), 23 * 60 + 59, "Asia/Kathmandu", datetime(2026, 12, 31, 18, 14, tzinfo=UTC)),
        (date(2028, 2, 29), 0, "Pacific/Auckland", datetime(2028, 2, 28, 11, 0, tzinfo=UTC)),
    ],
)
def test_the_start_is_what_the_clock_of_the_place_says(on_date: date, minutes: int, tz: str, moment: datetime) -> None:
    assert starts_at(on_date, minutes, tz) == moment


def test_a_time_that_the_clocks_skip_or_repeat_is_explained() -> None:
    skipped = clock_note(date(2027, 3, 28), HALF_PAST_TWO, "Europe/Berlin")
    assert skipped == "The clocks skip 02:30 on that day, so it starts at 03:30."
    twice = clock_note(date(2026, 10, 25), HALF_PAST_TWO, "Europe/Berlin")
    assert twice == "The clocks show 02:30 twice on that day. It starts at the first of the two."
    assert clock_note(date(2026, 10, 25), HALF_PAST_SIX, "Europe/Berlin") is None
    assert clock_note(date(2026, 10, 25), HALF_PAST_TWO, "Asia/Kathmandu") is None
