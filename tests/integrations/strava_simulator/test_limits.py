"""What counts towards the limits of an application, and until when."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from integrations.strava_simulator.limits import count_read, count_request, exceeded, headers, reads_of_late, used
from integrations.strava_simulator.settings import TIERS
from integrations.strava_simulator.store import Store

NINE = int(datetime(2026, 11, 18, 9, tzinfo=UTC).timestamp())
QUARTER, MIDNIGHT = 900, NINE + 15 * 3600
LIMITS = TIERS["default"]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    store = Store(tmp_path / "simulator.sqlite3")
    with store.writing() as connection:
        yield connection
    store.close()


def count(connection: Connection, requests: int, now: int) -> str | None:
    """Send requests at a moment; return the limit that is exceeded then."""
    for _ in range(requests):
        count_request(connection, now)
    return exceeded(LIMITS, used(connection, now))


def test_a_quarter_hour_is_spent_by_one_request_more_than_it_allows_and_begins_on_the_clock(
    connection: Connection,
) -> None:
    assert count(connection, 100, NINE + 1) is None
    assert count(connection, 1, NINE + QUARTER - 1) == "read rate limit"
    assert exceeded(LIMITS, used(connection, NINE + QUARTER)) is None
    assert headers(LIMITS, used(connection, NINE + QUARTER))["X-ReadRateLimit-Usage"] == "0,101"


def test_a_day_spent_refuses_until_midnight_utc(connection: Connection) -> None:
    for quarter in range(10):
        assert count(connection, 100, NINE + quarter * QUARTER) is None
    for later in (NINE + 10 * QUARTER, MIDNIGHT - 1):
        assert count(connection, 1, later) == "read rate limit"
    assert exceeded(LIMITS, used(connection, MIDNIGHT)) is None
    assert headers(LIMITS, used(connection, MIDNIGHT))["X-RateLimit-Usage"] == "0,0"


def test_reads_of_an_athlete_are_those_of_this_quarter_hour_and_the_two_before(connection: Connection) -> None:
    for quarter in range(4):
        count_read(connection, 7, NINE + quarter * QUARTER)
    assert reads_of_late(connection, NINE + 3 * QUARTER) == {7: 3}
