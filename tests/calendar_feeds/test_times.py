"""The times of runs, read back by a program that knows only what the calendar itself says of its zones."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.calendars import day, events_of, moment, read_back, value
from webapp.calendar_feeds.ics_rules import ics_of
from webapp.calendar_feeds.rules import (
    CalendarEntry,
    ChallengeInCalendar,
    EntrySpan,
    EntryStatus,
    entry_of_challenge,
    span_of,
)
from webapp.group_runs.rules import starts_at
from webapp.text import cleaned

MADE = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(span: EntrySpan, **values: Any) -> CalendarEntry:
    usual: dict[str, Any] = {
        "title": "Tuesday run",
        "place": "The fountain",
        "text": "Easy",
        "uid": "u1",
        "sequence": 0,
    }
    more = {"status": EntryStatus.CONFIRMED, "is_busy": True, "link": "https://run.example/g/x/runs/1"}
    return CalendarEntry(**{**usual, **more, "changed_at": MADE, "span": span, **values})


def run(on_date: date, local_minutes: int, tz: str, minutes: int = 60) -> Any:
    """Return a run, read back."""
    [event] = events_of(ics_of([entry(span_of(starts_at(on_date, local_minutes, tz), minutes, tz))]))
    return event


@pytest.mark.parametrize(
    ("on_date", "tz", "in_utc"),
    [
        (date(2026, 3, 24), "Europe/Berlin", "17:30"),
        (date(2026, 3, 31), "Europe/Berlin", "16:30"),
        (date(2026, 10, 20), "Europe/Berlin", "16:30"),
        (date(2026, 10, 27), "Europe/Berlin", "17:30"),
        (date(2026, 4, 4), "Australia/Sydney", "07:30"),
        (date(2026, 4, 7), "Australia/Sydney", "08:30"),
        (date(2026, 12, 1), "Asia/Kathmandu", "12:45"),
        (date(2026, 6, 2), "America/St_Johns", "21:00"),
        (date(2028, 2, 29), "Europe/Berlin", "17:30"),
        (date(2026, 12, 31), "America/New_York", "23:30"),
        (date(2027, 1, 1), "Pacific/Auckland", "05:30"),
        (date(2026, 7, 7), "UTC", "18:30"),
    ],
)
def test_half_past_six_is_half_past_six_on_the_clock_of_the_place(on_date: date, tz: str, in_utc: str) -> None:
    event = run(on_date, 18 * 60 + 30, tz)
    local = value(event, "DTSTART")
    assert (local.date(), f"{local:%H:%M}") == (on_date, "18:30")
    assert f"{moment(event):%H:%M}" == in_utc
    assert moment(event, "DTEND") - moment(event) == timedelta(hours=1)


def test_a_run_over_midnight_at_the_end_of_the_year_ends_in_the_next() -> None:
    event = run(date(2026, 12, 31), 23 * 60 + 30, "Europe/Berlin")
    assert moment(event) == datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    assert value(event, "DTEND").year == 2027


def test_an_hour_that_does_not_exist_is_the_one_after_it() -> None:
    event = run(date(2026, 3, 29), 150, "Europe/Berlin")
    assert f"{value(event, 'DTSTART'):%H:%M}" == "03:30"
    assert moment(event) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_the_first_of_the_two_and_its_end_is_exact() -> None:
    event = run(date(2026, 10, 25), 150, "Europe/Berlin", 45)
    assert moment(event) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment(event, "DTEND") == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


def test_a_run_across_the_change_of_the_clocks_lasts_as_long_as_it_lasts() -> None:
    for on_date in (date(2026, 3, 29), date(2026, 10, 25)):
        event = run(on_date, 90, "Europe/Berlin", 180)
        assert moment(event, "DTEND") - moment(event) == timedelta(hours=3)


def test_each_zone_of_a_calendar_is_defined_in_it_once() -> None:
    zones = ("Europe/Berlin", "Asia/Kathmandu", "Europe/Berlin")
    spans = [span_of(starts_at(date(2026, 12, 30 + n % 2), 1110, tz), 60, tz) for n, tz in enumerate(zones)]
    calendar = read_back(ics_of([entry(span, uid=str(n)) for n, span in enumerate(spans)]))
    assert sorted(zone.tzid.value for zone in calendar.vtimezone_list) == ["Asia/Kathmandu", "Europe/Berlin"]


def test_the_last_day_of_a_challenge_is_a_whole_day_and_its_end_is_not_in_it() -> None:
    one = ChallengeInCalendar(7, "February", "milers", 1, "Milers", date(2028, 2, 29), 3, MADE)
    ics = ics_of([entry_of_challenge(one, "https://run.example/c/7")])
    [event] = events_of(ics)
    assert (day(event), day(event, "DTEND")) == (date(2028, 2, 29), date(2028, 3, 1))
    assert b"DTSTART;VALUE=DATE:20280229" in ics and b"DTEND;VALUE=DATE:20280301" in ics
    assert value(event, "SEQUENCE") == "2" and b"VTIMEZONE" not in ics


def test_the_same_challenge_keeps_its_name_and_another_one_has_another() -> None:
    one = ChallengeInCalendar(7, "February", "milers", 1, "Milers", date(2026, 2, 28), 1, MADE)
    same = ChallengeInCalendar(7, "March!", "milers", 1, "Milers", date(2026, 3, 31), 2, MADE)
    after = ChallengeInCalendar(7, "February", "milers", 1, "Milers", date(2026, 2, 28), 1, MADE + timedelta(days=1))
    uids = [entry_of_challenge(each, "https://run.example").uid for each in (one, same, after)]
    assert uids[0] == uids[1] != uids[2]


def test_long_titles_in_any_script_are_folded_and_come_back_whole() -> None:
    title = "Größter Lauf, 東京の夜ラン; “easy” \\ no-drop 🏃‍♀️ " * 4
    ics = ics_of([entry(span_of(MADE, 60, "Asia/Tokyo"), title=title, text=f"{title}\n{title}")])
    assert max(len(line) for line in ics.split(b"\r\n")) <= 75
    [event] = events_of(ics)
    assert (value(event, "SUMMARY"), value(event, "DESCRIPTION")) == (title, f"{title}\n{title}")


WORDS = st.text(max_size=200).map(cleaned)
ZONES = st.sampled_from(
    ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
)


@given(
    title=WORDS,
    place=WORDS,
    lines=st.lists(WORDS, max_size=5),
    on_date=st.dates(date(2025, 1, 1), date(2035, 12, 31)),
    local_minutes=st.integers(0, 1439),
    length=st.integers(5, 24 * 60),
    tz=ZONES,
    sequence=st.integers(0, 10_000),
)
def test_whatever_a_run_says_comes_back_as_it_was(
    title: str,
    place: str,
    lines: list[str],
    on_date: date,
    local_minutes: int,
    length: int,
    tz: str,
    sequence: int,
) -> None:
    starts, text = starts_at(on_date, local_minutes, tz), "\n".join(lines)
    one = entry(span_of(starts, length, tz), title=title, place=place, text=text, sequence=sequence)
    [event] = events_of(ics_of([one], "Chasepack"))
    assert moment(event) == starts
    assert moment(event, "DTEND") == starts + timedelta(minutes=length)
    read = (value(event, "SUMMARY"), value(event, "LOCATION") or "", value(event, "DESCRIPTION"))
    assert read == (title, place, text)
    assert value(event, "SEQUENCE") == str(sequence)
