"""What to read of a list, and what a read proves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.sync import windows
from webapp.sync.windows import Hint, Known, Looked

NOW = datetime(2026, 11, 12, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

ids = st.sets(st.sampled_from("abcdef"))
starts = st.integers(0, 700 * 24).map(lambda hours: NOW - timedelta(hours=hours))
runs = st.lists(st.builds(Known, st.sampled_from("abcdef"), starts, st.booleans()), unique_by=lambda run: run[0])


def known(source_id: str = "a", hours_ago: float = 1, *, hidden: bool = False) -> Known:
    return Known(source_id, NOW - timedelta(hours=hours_ago), hidden)


@pytest.mark.parametrize(
    ("looked", "first_challenge_date", "due"),
    [
        (Looked(None, None, None), None, True),
        (Looked(NOW - HOUR, date(2025, 10, 8), None), None, False),
        (Looked(NOW - 24 * HOUR, date(2025, 10, 8), None), None, True),
        (Looked(NOW - HOUR, date(2025, 10, 8), NOW), None, True),
        (Looked(NOW - HOUR, date(2025, 10, 8), NOW - 2 * HOUR), None, False),
        (Looked(NOW - HOUR, date(2025, 10, 8), None), date(2025, 10, 7), True),
        (Looked(NOW - HOUR, date(2025, 10, 8), None), date(2025, 10, 8), False),
    ],
)
def test_a_full_look_is_due_when_old_asked_for_or_too_short(
    looked: Looked, first_challenge_date: date | None, due: bool
) -> None:
    assert windows.should_look(looked, first_challenge_date, 24, NOW) is due


def test_the_whole_window_begins_before_its_first_date_anywhere_on_earth() -> None:
    window = windows.whole_window(NOW, 400, None)
    assert window.first_date == date(2025, 10, 8)
    assert window.after == datetime(2025, 10, 7, 10, tzinfo=UTC)


def test_an_earlier_challenge_makes_the_window_longer_and_a_later_one_does_not() -> None:
    assert windows.whole_window(NOW, 400, date(2024, 1, 1)).first_date == date(2024, 1, 1)
    assert windows.whole_window(NOW, 400, date(2026, 12, 1)).first_date == date(2025, 10, 8)


@given(st.lists(st.builds(Known, st.text(max_size=3), starts, st.booleans())))
def test_an_events_window_covers_the_recent_days_and_every_run_it_names(named: list[Known]) -> None:
    window = windows.recent_window(NOW, named)
    assert window.after <= NOW - windows.RECENT
    assert all(windows.gone_of([run], (), (), window.after) for run in named)
    assert window.first_date is None


@pytest.mark.parametrize(
    ("hints", "brought", "gone", "whole"),
    [
        (set(), {"a"}, set(), False),
        ({Hint("a", "create")}, {"a"}, set(), False),
        ({Hint("a", "create")}, set(), set(), True),
        ({Hint("a", "update")}, {"b"}, set(), True),
        ({Hint("a", "delete")}, set(), {"a"}, False),
        ({Hint("a", "create"), Hint("a", "delete")}, set(), set(), False),
        (set(), {"b"}, {"a"}, True),
        ({Hint("b", "delete")}, set(), {"a", "b"}, True),
    ],
)
def test_what_a_recent_read_leaves_open_asks_for_the_whole_window(
    hints: set[Hint], brought: set[str], gone: set[str], whole: bool
) -> None:
    assert windows.needs_whole(hints, brought, gone) is whole


def test_a_run_is_gone_when_a_read_that_covers_it_did_not_bring_it() -> None:
    after = NOW - 5 * HOUR
    assert windows.gone_of([known("a"), known("b"), known("c", 6)], {"b"}, (), after) == {"a"}


def test_a_hidden_start_at_the_edge_of_the_window_proves_nothing() -> None:
    after = NOW - 10 * HOUR
    assert windows.gone_of([known(hidden=True)], (), (), after) == set()
    assert windows.gone_of([known()], (), (), after) == {"a"}
    assert windows.gone_of([known(hidden=True)], (), (), NOW - 72 * HOUR) == {"a"}


def test_a_row_that_came_unreadable_is_not_gone_and_a_nameless_one_may_be_any() -> None:
    after = NOW - 5 * HOUR
    assert windows.gone_of([known("a"), known("b")], (), {"a"}, after) == {"b"}
    assert windows.gone_of([known("a"), known("b")], (), {None}, after) == set()


@given(runs, ids, ids, starts)
def test_nothing_that_came_and_nothing_outside_the_window_is_ever_gone(
    here: list[Known], brought: set[str], unreadable: set[str], after: datetime
) -> None:
    gone = windows.gone_of(here, brought, unreadable, after)
    assert not gone & (brought | unreadable)
    assert all(run.start_utc > after for run in here if run.source_id in gone)
