"""Words that hold, hours in which a run is counted, and heads that do not agree."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from webapp.attendance.rules import (
    HeadCount,
    Tap,
    Word,
    after_own_word,
    after_tap,
    ahead_of,
    bounded,
    can_be_closed,
    can_be_counted,
    can_say_so,
    counting_begins,
    is_over,
    latest_taps,
    source_of_code,
)
from webapp.models.words import AttendanceOutcome, AttendanceSource, RunStatus

CAME, LEFT = AttendanceOutcome.CAME, AttendanceOutcome.LEFT_EARLY
TOLD, NOT_SEEN = AttendanceOutcome.TOLD_US, AttendanceOutcome.NOT_SEEN
LEADER, QR, SELF, RUN = (AttendanceSource(word) for word in ("leader", "qr", "self", "run"))
ANA, OLGA = 1, 2
START = datetime(2026, 11, 12, 18, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """An hour from half past six."""

    starts_at: datetime = START
    duration_minutes: int = 60
    status: RunStatus = RunStatus.PLANNED


RUN_OF_TONIGHT, CANCELLED = Planned(), Planned(status=RunStatus.CANCELLED)


def at(minutes: int) -> datetime:
    return START + minutes * MINUTE


def tapped(outcome: AttendanceOutcome | None, minutes: int) -> Tap:
    return Tap(7, outcome, at(minutes))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_of_several_taps_counts_in_whatever_order_they_arrive(order: tuple[int, ...]) -> None:
    taps = [(tapped(CAME, 1), ANA), (tapped(TOLD, 2), OLGA), (tapped(LEFT, 3), ANA)]
    noted: Word | None = None
    for place in order:
        noted = after_tap(noted, *taps[place])
    assert noted == Word(LEFT, LEADER, ANA, at(3))


def test_the_same_tap_sent_again_changes_nothing() -> None:
    noted = after_tap(None, tapped(CAME, 1), ANA)
    assert after_tap(noted, tapped(CAME, 1), ANA) == noted
    assert after_tap(after_tap(noted, tapped(LEFT, 5), ANA), tapped(CAME, 1), ANA) == Word(LEFT, LEADER, ANA, at(5))


def test_a_tap_can_be_taken_back_later_and_not_before() -> None:
    noted = after_tap(None, tapped(CAME, 2), ANA)
    assert after_tap(noted, tapped(None, 1), OLGA) == noted
    assert after_tap(noted, tapped(None, 3), OLGA) is None
    assert after_tap(None, tapped(None, 3), ANA) is None


def test_what_closing_noted_gives_way_to_any_tap_even_one_made_before() -> None:
    closed = Word(NOT_SEEN, LEADER, None, counting_begins(RUN_OF_TONIGHT))
    assert after_tap(closed, tapped(CAME, 1), ANA) == Word(CAME, LEADER, ANA, at(1))
    assert after_tap(closed, Tap(7, CAME, closed.tapped_at), ANA) == Word(CAME, LEADER, ANA, closed.tapped_at)
    assert after_tap(closed, tapped(NOT_SEEN, 1), ANA) == Word(NOT_SEEN, LEADER, ANA, at(1))
    assert after_own_word(closed, SELF, at(90)) == Word(CAME, SELF, None, at(90))


def test_of_two_who_say_that_somebody_came_the_one_who_saw_it_is_noted() -> None:
    said = after_own_word(None, SELF, at(1))
    assert said == Word(CAME, SELF, None, at(1))
    proven = after_own_word(said, RUN, at(2))
    scanned = after_own_word(proven, QR, at(3))
    assert (proven.source, scanned.source) == (RUN, QR)
    assert after_own_word(scanned, SELF, at(4)).source == QR
    seen = after_tap(scanned, tapped(CAME, 0), ANA)
    assert seen == Word(CAME, LEADER, ANA, at(3))
    assert after_own_word(seen, QR, at(9)).source == LEADER


def test_a_runners_own_word_counts_against_not_seen_and_not_against_left_early() -> None:
    assert after_own_word(Word(NOT_SEEN, LEADER, ANA, at(5)), SELF, at(60)).outcome == CAME
    left = Word(LEFT, LEADER, ANA, at(5))
    assert after_own_word(left, SELF, at(60)) == left
    assert after_tap(Word(CAME, SELF, None, at(60)), tapped(NOT_SEEN, 5), ANA) == Word(CAME, SELF, None, at(60))


def test_of_taps_about_one_runner_the_last_is_kept() -> None:
    other = Tap(8, CAME, at(2))
    assert latest_taps([tapped(LEFT, 3), other, tapped(CAME, 1)]) == [other, tapped(LEFT, 3)]


def test_no_tap_is_from_the_future_nor_from_long_before() -> None:
    now = at(10)
    assert bounded(RUN_OF_TONIGHT, at(3), now) == at(3)
    assert bounded(RUN_OF_TONIGHT, at(11), now) == now
    assert bounded(RUN_OF_TONIGHT, datetime(1970, 1, 1, tzinfo=UTC), now) == counting_begins(RUN_OF_TONIGHT)


def test_a_clock_that_is_known_to_be_fast_is_set_back() -> None:
    now = at(10)
    ahead = ahead_of(at(15), now)
    assert ahead == 5 * MINUTE
    assert bounded(RUN_OF_TONIGHT, at(13), now, ahead=ahead) == at(8)
    assert ahead_of(at(9), now) == ahead_of(None, now) == timedelta(0)


def test_a_run_is_counted_from_the_morning_until_two_days_after_it() -> None:
    end = START + HOUR
    assert not can_be_counted(RUN_OF_TONIGHT, START - 12 * HOUR - MINUTE)
    assert can_be_counted(RUN_OF_TONIGHT, START - 12 * HOUR)
    assert can_be_counted(RUN_OF_TONIGHT, end + 48 * HOUR - MINUTE)
    assert not can_be_counted(RUN_OF_TONIGHT, end + 48 * HOUR) and is_over(RUN_OF_TONIGHT, end + 48 * HOUR)
    assert not can_say_so(RUN_OF_TONIGHT, at(-31)) and can_say_so(RUN_OF_TONIGHT, at(-30))
    assert not can_be_closed(RUN_OF_TONIGHT, at(-1)) and can_be_closed(RUN_OF_TONIGHT, at(0))
    assert not any(asked(CANCELLED, START) for asked in (can_be_counted, can_say_so, can_be_closed))


@pytest.mark.parametrize(
    ("shown", "used", "source"),
    [
        (0, 0, QR),
        (0, 10, QR),
        (0, 11, SELF),  # too old
        (-30, -30, QR),
        (-31, -31, SELF),  # too early
        (120, 120, QR),
        (121, 121, SELF),  # home for an hour
        (20, 10, SELF),  # not shown yet
    ],
)
def test_a_code_proves_something_for_ten_minutes_around_the_run(
    shown: int, used: int, source: AttendanceSource
) -> None:
    assert source_of_code(RUN_OF_TONIGHT, at(shown), at(used)) == source


def test_heads_that_do_not_agree_are_warned_of() -> None:
    assert HeadCount(14, 14).warning is HeadCount(14, None).warning is HeadCount(None, 3).warning is None
    assert HeadCount(14, 12, left=2).warning is None
    assert (
        HeadCount(14, 13).warning
        == "One person is not accounted for. Please find out where they are before you go home."
    )
    assert (
        HeadCount(14, 11, left=1).warning
        == "2 people are not accounted for. Please find out where they are before you go home."
    )
    more = "One more person was counted at the end than at the start. Please count again."
    assert HeadCount(14, 15).warning == more
