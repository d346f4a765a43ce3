"""When a member is missing, and how that is said."""

import re
from datetime import date, timedelta

import pytest

from webapp.missing_members.rules import Missed, MissingReason, Running, reason_of, says

TODAY = date(2026, 11, 12)
BY_DAYS, BY_HABIT = Missed(7, below_habit=False), Missed(None, below_habit=True)


def ran(ago: int = 1, lately: int = 9, before: int = 0) -> Running:
    return Running(TODAY - timedelta(days=ago), lately, before)


@pytest.mark.parametrize(("ago", "is_missing"), [(0, False), (7, False), (8, True), (60, True), (-1, False)])
def test_a_member_is_silent_after_as_many_whole_days_as_they_chose(ago: int, is_missing: bool) -> None:
    assert (reason_of(BY_DAYS, ran(ago), TODAY) is MissingReason.SILENT) == is_missing


@pytest.mark.parametrize(
    ("lately", "before", "is_missing"),
    [(1, 8, True), (2, 8, False), (0, 7, False), (2, 9, True), (3, 12, False), (4, 17, True), (0, 28, True)],
)
def test_below_habit_is_under_half_of_a_usual_fortnight_of_eight_days_or_more(
    lately: int, before: int, is_missing: bool
) -> None:
    assert (reason_of(BY_HABIT, ran(1, lately, before), TODAY) is MissingReason.BELOW_HABIT) == is_missing


def test_nothing_that_a_member_did_not_choose_makes_them_missing() -> None:
    long_ago = ran(50, 0, 20)
    assert reason_of(Missed(None, below_habit=False), long_ago, TODAY) is None
    assert reason_of(Missed(60, below_habit=False), long_ago, TODAY) is None


def test_a_runner_without_a_run_for_months_is_not_missing_any_more() -> None:
    assert reason_of(Missed(3, below_habit=True), Running(), TODAY) is None


def test_silence_is_said_first() -> None:
    assert reason_of(Missed(3, below_habit=True), ran(20, 0, 12), TODAY) is MissingReason.SILENT


@pytest.mark.parametrize("reason", list(MissingReason))
def test_what_others_read_is_kind_and_has_no_number(reason: MissingReason) -> None:
    words = says(reason, "Ana")
    assert "Ana" in words and not re.search(r"\d|lazy|failed|only|excuses|weight|days|weeks|miss(ed|ing)", words)
