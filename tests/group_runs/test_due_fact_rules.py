"""When a run is brought to mind, and when a leader is asked for, by the clock of the run's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.group_runs.due_fact_rules import (
    MAX_AHEAD,
    is_leader_asked_for,
    is_reminded,
    leader_key,
    reminded_from,
    reminder_key,
)
from webapp.group_runs.rules import starts_at

A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)
BERLIN, KATHMANDU, LORD_HOWE = "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"
TUESDAY = date(2026, 12, 8)
HALF_PAST_SIX = 18 * 60 + 30
START = starts_at(TUESDAY, HALF_PAST_SIX, BERLIN)


@pytest.mark.parametrize(
    ("on_date", "tz", "moment"),
    [
        (TUESDAY, BERLIN, datetime(2026, 12, 7, 17, tzinfo=UTC)),
        (TUESDAY, KATHMANDU, datetime(2026, 12, 7, 12, 15, tzinfo=UTC)),
        # The night before has 23 hours, or 25, and six in the evening is six in the evening.
        (date(2026, 3, 29), BERLIN, datetime(2026, 3, 28, 17, tzinfo=UTC)),
        (date(2026, 10, 25), BERLIN, datetime(2026, 10, 24, 16, tzinfo=UTC)),
        (date(2027, 1, 1), BERLIN, datetime(2026, 12, 31, 17, tzinfo=UTC)),
        (date(2028, 3, 1), BERLIN, datetime(2028, 2, 29, 17, tzinfo=UTC)),
    ],
)
def test_a_run_is_brought_to_mind_from_six_in_the_evening_before(on_date: date, tz: str, moment: datetime) -> None:
    assert reminded_from(on_date, tz) == moment


@pytest.mark.parametrize("tz", [BERLIN, KATHMANDU, LORD_HOWE, "America/New_York", "Pacific/Apia"])
def test_no_reminder_is_further_ahead_than_is_looked(tz: str) -> None:
    for n in range(2 * 365):
        day = date(2026, 1, 1) + timedelta(days=n)
        assert starts_at(day, 1439, tz) - reminded_from(day, tz) <= MAX_AHEAD


def test_it_is_brought_to_mind_until_it_starts() -> None:
    begin = reminded_from(TUESDAY, BERLIN)
    moments = (begin - A_MINUTE, begin, START - A_MINUTE, START)
    assert [is_reminded(TUESDAY, BERLIN, START, None, now) for now in moments] == [False, True, True, False]


def test_whoever_was_told_of_a_move_at_short_notice_is_not_reminded_as_well() -> None:
    begin = reminded_from(TUESDAY, BERLIN)
    assert is_reminded(TUESDAY, BERLIN, START, begin - AN_HOUR, begin)
    assert is_reminded(TUESDAY, BERLIN, START, START - timedelta(hours=24, minutes=1), begin + AN_HOUR)
    assert not is_reminded(TUESDAY, BERLIN, START, begin + AN_HOUR, begin + 2 * AN_HOUR)


def test_a_leader_is_asked_for_two_days_before_but_not_at_once_after_planning() -> None:
    two_days = START - timedelta(hours=48)
    long_ago = START - timedelta(days=30)
    moments = (two_days - A_MINUTE, two_days, START - A_MINUTE, START)
    assert [is_leader_asked_for(long_ago, START, now) for now in moments] == [False, True, True, False]
    planned = START - 5 * AN_HOUR
    assert not is_leader_asked_for(planned, START, planned + 30 * A_MINUTE)
    assert is_leader_asked_for(planned, START, planned + AN_HOUR)


def test_keys_name_a_time_in_any_zone_alike_and_fit_where_they_are_stored() -> None:
    there = START.astimezone(ZoneInfo(KATHMANDU))
    assert reminder_key("u" * 32, START) == reminder_key("u" * 32, there) == "u" * 32 + ":20261208T1730"
    assert len(leader_key("u" * 32, START, 1000)) <= 80
