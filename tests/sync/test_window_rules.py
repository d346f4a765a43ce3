"""What to read of a list, what events ask for, and what a read proves."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.sync import window_rules
from webapp.sync.window_rules import EventSummary, Known, Owed, ProcessedEvent

NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)

ids = st.sets(st.sampled_from("abcdef")).map(frozenset)
starts = st.integers(0, 700 * 24).map(lambda hours: NOW - timedelta(hours=hours))
runs = st.lists(st.builds(Known, st.sampled_from("abcdef"), starts, st.booleans()), unique_by=lambda run: run.source_id)
told = st.builds(
    EventSummary,
    st.sampled_from("abcdef"),
    st.sampled_from(["create", "update", "delete"]),
    st.integers(-100, 0).map(lambda seconds: NOW + seconds * SECOND),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def event(aspect: str = "create", seconds_ago: float = 2, **more: bool) -> EventSummary:
    return EventSummary("a", aspect, NOW - timedelta(seconds=seconds_ago), **more)


# Windows ----------------------------------------------------------------------------------------------------------


def test_the_whole_window_begins_before_its_first_date_anywhere_on_earth() -> None:
    window = window_rules.whole_window(date(2025, 10, 8))
    assert window.first_date == date(2025, 10, 8)
    assert window.after <= datetime(2025, 10, 7, 10, tzinfo=UTC)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 86_399), st.integers(-12, 14), st.booleans())
def test_the_whole_window_covers_every_run_of_its_days(day: date, second: int, offset: int, hidden: bool) -> None:
    """Hidden ones too: they show the first second of their day, wherever the runner was."""
    local = datetime(day.year, day.month, day.day, tzinfo=UTC) + (SECOND if hidden else second * SECOND)
    run = Known("a", local - offset * HOUR, hidden)
    window = window_rules.whole_window(day)
    assert window_rules.covered([run], window) == {"a": run}
    assert window_rules.is_inside(window, day, run.start_utc)


@given(st.lists(st.builds(Known, st.text(max_size=3), starts, st.booleans())))
def test_a_recent_window_covers_the_recent_days_and_every_run_it_names(named: list[Known]) -> None:
    window = window_rules.recent_window(NOW, named)
    assert window.after <= NOW - window_rules.RECENT
    assert all(window_rules.covered([run], window) for run in named)
    assert window.first_date is None


def test_a_hidden_start_at_the_edge_of_the_window_is_not_covered() -> None:
    window = window_rules.ReadWindow(NOW - 10 * HOUR, None)
    assert window_rules.covered([Known("a", NOW - HOUR, True)], window) == {}
    assert window_rules.covered([Known("a", NOW - HOUR, False)], window)


# Events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "stored", "asks_for"),
    [
        ([event()], False, "listed"),
        ([event(), event()], False, "listed"),
        ([event(again=True)], False, None),
        ([event()], True, None),
        ([event(), event("update", small=True)], True, "listed"),
        ([event(), event("update")], True, "listed"),
        ([event("update")], True, "listed"),
        ([event("update", small=True)], True, "listed"),
        ([event("update")], False, "single"),
        ([event("update", small=True)], False, "hinted"),
        ([event("update", small=True), event("update")], False, "single"),
        ([event("update", small=True), event()], False, "listed"),
        ([event("delete")], True, "deleted"),
        ([event("delete")], False, None),
        ([event("create", 5), event("delete", 2)], False, None),
        ([event("create", 2), event("delete", 5)], False, "listed"),
        ([event("delete", 5), event("create", 2)], True, "listed"),
        ([event("create", 2), event("delete", 2)], False, "listed"),
        ([event("update", 5), event("delete", 2)], True, "deleted"),
        ([event(retried=True)], False, "single"),
        ([event(retried=True)], True, "single"),
        ([event("update", retried=True)], True, "single"),
        ([event("delete", retried=True)], True, "deleted"),
        ([event(retried=True), event("delete", 1)], False, None),
        ([event("delete", missed=True)], True, "missed"),
        ([event("delete", missed=True)], False, None),
        ([event("delete", missed=True), event("update")], True, "listed"),
        ([event("delete", missed=True), event("delete")], True, "deleted"),
    ],
)
def test_an_event_asks_for_no_more_than_it_takes(
    events: list[EventSummary], stored: bool, asks_for: str | None
) -> None:
    here = {"a"} if stored else set()
    owed = window_rules.owed_by(events, here, here, NOW - HOUR)
    assert {name for name in (field.name for field in fields(Owed)) if getattr(owed, name)} == (
        {asks_for} if asks_for else set()
    )


@pytest.mark.parametrize("aspect", ["update", "delete"])
def test_what_was_told_before_the_last_read_is_answered_where_it_is_stored(aspect: str) -> None:
    late = [event(aspect, 60)]
    assert window_rules.owed_by(late, {"a"}, {"a"}, NOW).nothing
    assert not window_rules.owed_by(late, {"a"}, {"a"}, None).nothing
    assert not window_rules.owed_by(late, {"a"}, {"a"}, NOW - 57 * SECOND).nothing, "a list may lag a little"


def test_a_late_event_of_what_is_not_stored_asks_for_that_alone() -> None:
    assert window_rules.owed_by([event("create", 60)], set(), set(), NOW) == Owed(single=frozenset("a"))


def test_a_new_title_of_before_the_last_read_asks_for_nothing_since_that_read_would_have_brought_it() -> None:
    assert window_rules.owed_by([event("update", 60, small=True)], set(), set(), NOW).nothing


@pytest.mark.parametrize(
    ("updates", "read_after_s", "repeats"),
    [
        ({"private": "true"}, 0.4, False),
        ({"private": "true"}, 1.0, True),
        ({"type": "Ride"}, 0.4, False),
        ({"type": "Ride"}, 3.0, False),
        ({"type": "Ride"}, 6.0, True),
    ],
)
def test_an_event_repeats_another_of_its_second_only_when_that_second_was_over_before_the_read(
    updates: dict[str, str], read_after_s: float, repeats: bool
) -> None:
    done = [ProcessedEvent(updates, NOW + read_after_s * SECOND)]
    assert window_rules.is_repetition({"private": "true"}, NOW, done) is repeats
    assert not window_rules.is_repetition({"private": "true"}, NOW, [])


def test_what_is_stored_and_older_than_the_window_is_asked_for_by_its_id() -> None:
    assert window_rules.owed_by([event("update")], {"a"}, set(), None) == Owed(single=frozenset("a"))


@given(st.lists(told), ids, ids, st.none() | starts)
def test_each_activity_is_asked_about_once_at_most_and_the_order_of_events_does_not_matter(
    events: list[EventSummary], stored: frozenset[str], inside: frozenset[str], read_at: datetime | None
) -> None:
    owed = window_rules.owed_by(events, stored, inside & stored, read_at)
    assert owed == window_rules.owed_by(events[::-1], stored, inside & stored, read_at)
    every = [getattr(owed, field.name) for field in fields(owed)]
    assert len(owed.ids) == sum(map(len, every)), "none asks for two things"
    assert owed.deleted | owed.missed <= stored
    assert not owed.hinted & stored
    assert owed.listed & stored <= inside
    assert owed.ids <= {one.source_id for one in events if not one.again}


def test_one_deletion_or_one_odd_activity_needs_no_list() -> None:
    assert not Owed(deleted=frozenset("a")).needs_list
    assert not Owed(single=frozenset("a")).needs_list
    assert Owed(deleted=frozenset("ab")).needs_list
    assert Owed(listed=frozenset("a")).needs_list
    assert Owed(hinted=frozenset("a")).needs_list, "for the same price it answers for everything"


# What a read proves -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "missing", "absent", "more"),
    [
        (20, "", "", False),
        (189, "", "", False),
        (190, "", "", True),
        (20, "a", "", False),
        (20, "ab", "", True),
        (20, "", "ab", False),
        (20, "", range(30), True),
    ],
)
def test_a_list_is_owed_to_its_end_where_a_page_leaves_too_much_open(
    rows: int, missing: str, absent: str, more: bool
) -> None:
    assert window_rules.is_more_owed(rows, set(missing), set(absent)) is more


def test_what_is_missing_is_gone_only_by_a_list_read_to_its_end_or_by_its_id() -> None:
    many = {str(number) for number in range(40)}
    assert window_rules.to_ask_for("ab", "ab", ended=True) == set(), "explained by events"
    assert window_rules.to_ask_for("ab", "ab", ended=False) == {"a", "b"}
    assert window_rules.to_ask_for(many, "", ended=False) == many
    assert window_rules.to_ask_for("ab", "b", ended=True) == {"a"}, "a list may lag, and rows move between pages"
    assert window_rules.to_ask_for(many, "", ended=True) == set(), "deleted on purpose"


def test_what_could_not_be_answered_is_asked_for_again_a_few_times_within_an_hour() -> None:
    ages, now = [], NOW
    while (now_or_none := window_rules.retry_at(NOW, now)) is not None:
        now = now_or_none
        ages.append((now - NOW) / SECOND / 60)
    assert ages == [1, 5, 20, 60]
    assert window_rules.retry_at(NOW - 2 * HOUR, NOW) is None


def test_an_unreadable_row_is_asked_for_when_it_is_new_or_named() -> None:
    assert window_rules.unread({"a", "b", "c"}, {"a", "b"}, Owed(listed=frozenset("b"))) == {"b", "c"}
