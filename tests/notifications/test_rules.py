"""When a notification may be sent: quiet hours of a zone, ceilings, pauses, and what is decided in which order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from webapp.models.words import DeliveryState
from webapp.notifications.rules import (
    PAUSES,
    Candidate,
    Timing,
    decide,
    next_moment,
    pause_after,
    within_ceiling,
)

BERLIN = Timing("Europe/Berlin", 22 * 60, 7 * 60, urgent_in_quiet=True)
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def berlin(month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, fold=fold, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        (berlin(11, 12, 21, 59), berlin(11, 12, 21, 59)),
        (berlin(11, 12, 22), berlin(11, 13, 7)),
        (berlin(11, 13, 3), berlin(11, 13, 7)),
        (berlin(11, 13, 7), berlin(11, 13, 7)),
        (berlin(12, 31, 23), datetime(2027, 1, 1, 6, tzinfo=UTC)),
        # The night has nine hours on 29 March and eleven on 25 October.
        (berlin(3, 28, 22), berlin(3, 29, 7)),
        (berlin(10, 24, 22), berlin(10, 25, 7)),
    ],
)
def test_what_happens_in_quiet_hours_waits_for_the_morning_of_the_runners_zone(now: datetime, moment: datetime) -> None:
    assert next_moment(now, BERLIN, is_urgent=False) == moment


def test_quiet_hours_can_lie_within_a_day_or_be_none() -> None:
    nap = replace(BERLIN, quiet_from=13 * 60, quiet_until=15 * 60)
    assert next_moment(berlin(11, 12, 14), nap, is_urgent=False) == berlin(11, 12, 15)
    assert next_moment(berlin(11, 12, 23), nap, is_urgent=False) == berlin(11, 12, 23)
    never = replace(BERLIN, quiet_from=0, quiet_until=0)
    assert next_moment(berlin(11, 12, 0), never, is_urgent=False) == berlin(11, 12, 0)


def test_a_time_of_day_that_comes_twice_ends_quiet_hours_each_time() -> None:
    early = replace(BERLIN, quiet_until=2 * 60 + 30)
    assert next_moment(berlin(10, 25, 2, 10), early, is_urgent=False) == berlin(10, 25, 2, 30)
    again = next_moment(berlin(10, 25, 2, 10, fold=1), early, is_urgent=False)
    assert again == berlin(10, 25, 2, 30, fold=1)


def test_urgent_ones_come_in_quiet_hours_unless_the_runner_says_otherwise() -> None:
    night = berlin(11, 12, 23)
    assert next_moment(night, BERLIN, is_urgent=True) == night
    assert next_moment(night, replace(BERLIN, urgent_in_quiet=False), is_urgent=True) == berlin(11, 13, 7)


@given(
    some.integers(0, 2 * 365 * 24 * 60),
    some.sampled_from(ZONES),
    some.integers(0, 1439),
    some.integers(0, 1439),
)
def test_the_moment_is_never_past_and_at_most_a_day_away(minute: int, zone: str, begin: int, end: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    moment = next_moment(now, Timing(zone, begin, end, urgent_in_quiet=True), is_urgent=False)
    # A day has 25 hours where clocks are put back.
    assert now <= moment <= now + timedelta(hours=25)


def test_a_runner_hears_once_a_day_and_three_times_a_week_by_their_own_calendar() -> None:
    assert within_ceiling([], NOON, "UTC")
    assert not within_ceiling([NOON - timedelta(hours=3)], NOON, "UTC")
    late = datetime(2026, 11, 11, 23, 30, tzinfo=UTC)
    assert within_ceiling([late], NOON, "UTC")
    assert not within_ceiling([late], NOON, "Europe/Berlin")
    days = [NOON - timedelta(days=n) for n in (2, 4, 6)]
    assert not within_ceiling(days, NOON, "UTC")
    assert within_ceiling([NOON - timedelta(days=n) for n in (2, 4, 7)], NOON, "UTC")


def test_pauses_grow_and_end() -> None:
    assert list(PAUSES) == sorted(set(PAUSES))
    assert [pause_after(n) for n in range(1, len(PAUSES) + 1)] == list(PAUSES)
    assert pause_after(len(PAUSES) + 1) is None


DUE = Candidate(NOON, False, False, True, False, True, BERLIN)
NIGHT = berlin(11, 12, 23)


@pytest.mark.parametrize(
    ("one", "now", "state", "reason"),
    [
        (DUE, NOON, DeliveryState.SENDING, ""),
        (replace(DUE, is_withdrawn=True, is_read=True), NOON, DeliveryState.WITHDRAWN, "withdrawn"),
        (replace(DUE, is_read=True), NOON, DeliveryState.WITHDRAWN, "read"),
        (replace(DUE, is_wanted=False), NIGHT, DeliveryState.WITHDRAWN, "not_wanted"),
        (DUE, NIGHT, DeliveryState.WAITING, "quiet_hours"),
        (replace(DUE, sent_at=[NOON]), NOON, DeliveryState.LEFT_TO_DIGEST, "ceiling"),
        (replace(DUE, sent_at=[NOON], is_urgent=True, is_limited=False), NIGHT, DeliveryState.SENDING, ""),
        (DUE, NOON + timedelta(days=3), DeliveryState.LEFT_TO_DIGEST, "old"),
    ],
)
def test_what_becomes_of_a_delivery_that_is_due(
    one: Candidate, now: datetime, state: DeliveryState, reason: str
) -> None:
    decision = decide(one, now)
    assert (decision.state, decision.reason) == (state, reason)
