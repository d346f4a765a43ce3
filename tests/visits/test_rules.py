"""Since when something is new."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.visits.rules import VISIT_GAP, last_here

NOW = datetime(2026, 11, 12, 8, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("latest", "earlier", "expected"),
    [
        (YESTERDAY, None, YESTERDAY),
        (NOW - VISIT_GAP, YESTERDAY, NOW - VISIT_GAP),
        (NOW - timedelta(minutes=5), YESTERDAY, YESTERDAY),  # the visit goes on
        (NOW, None, None),  # the first visit
        (NOW + timedelta(days=30), None, None),  # the clock was ahead
        (NOW - timedelta(minutes=5), NOW + timedelta(days=30), None),
    ],
)
def test_news_is_what_came_after_the_visit_before_this_one(
    latest: datetime, earlier: datetime | None, expected: datetime | None
) -> None:
    assert last_here(latest, earlier, NOW) == expected
