"""What a pledge asks for never grows by a break or a pass, and its words blame nobody."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.breaks import BreakSpan
from webapp.rulebook.pledges import (
    MAX_PASSES,
    PledgeState,
    RunDay,
    Terms,
    amount_done,
    amount_due,
    may_take_pass,
    next_month,
    period_of,
    pledged_in_words,
    progress,
    progress_in_words,
    wrong_amount,
    wrong_rest_days,
)

MONDAY, SUNDAY = date(2026, 11, 9), date(2026, 11, 15)
WEEK = (MONDAY, SUNDAY)


def terms(amount: int | None = 3, measure: str = "days", rest: Sequence[int] = (), period: str = "week") -> Terms:
    return Terms(period, *period_of(period, MONDAY), measure, amount, frozenset(rest))


def ran(*days: int, runs: int = 1, metres: int = 5_000) -> list[RunDay]:
    return [RunDay(MONDAY + timedelta(days=n), runs, metres) for n in days]


def test_periods_are_weeks_from_monday_and_whole_months() -> None:
    assert period_of("week", date(2026, 11, 12)) == WEEK
    assert period_of("month", date(2028, 2, 29)) == (date(2028, 2, 1), date(2028, 2, 29))
    assert period_of("month", date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("pledged", "passes", "away", "due"),
    [
        (terms(3), 0, 0, 3),
        (terms(3), 1, 0, 2),
        (terms(1), 2, 0, 0),
        (terms(3), 0, 1, 3),  # 2.57
        (terms(3), 0, 3, 2),  # 1.71
        (terms(7), 0, 3, 4),
        (terms(1), 0, 6, 1),  # one is left as long as a day is
        (terms(3), 0, 7, 0),
        (terms(3, rest=(5, 6)), 0, 5, 0),  # all that is left are rest days
        (terms(21_000, "distance"), 0, 0, 21_000),
        (terms(21_000, "distance"), 2, 0, 15_000),
        (terms(21_000, "distance"), 1, 1, 15_000),
        (terms(None), 2, 3, None),
    ],
)
def test_passes_and_breaks_lower_what_is_due(pledged: Terms, passes: int, away: int, due: int | None) -> None:
    spans = [BreakSpan(MONDAY, MONDAY + timedelta(days=away - 1))] if away else []
    assert amount_due(pledged, spans, passes) == due


def test_days_runs_and_metres_are_counted_within_the_dates_on_rest_days_too() -> None:
    days = [*ran(-1, 0, 6, 7, runs=2, metres=4_000), RunDay(MONDAY, 0, 0)]
    assert amount_done(terms(measure="days", rest=(6,)), days) == 2
    assert amount_done(terms(measure="runs"), days) == 4
    assert amount_done(terms(measure="distance"), days) == 8_000


@pytest.mark.parametrize(
    ("pledged", "days", "passes", "today", "says"),
    [
        (terms(), (0, 2), 0, 3, "2 of 3 days: one more by Sunday."),
        (terms(), (0, 2), 0, 6, "2 of 3 days: one more today."),
        (terms(), (), 0, 3, "3 days by Sunday. All of it is still ahead."),
        (terms(), (), 0, -3, "3 days by Sun 15 Nov. All of it is still ahead."),
        (terms(), (0, 1, 2), 0, 3, "Kept: 3 of 3 days."),
        (terms(), (0, 1, 2, 3), 0, 3, "Kept, and more: 4 of 3 days."),
        (terms(), (0, 2), 1, 3, "Kept: 2 of 2 days."),
        (terms(), (0, 2), 0, 7, "2 of 3 days. Let go, and the next week is new."),
        (terms(), (), 0, 7, "Let go. The next week is new."),
        (terms(2), (), 2, 3, "Nothing more is asked for. Be well."),
        (terms(2), (0,), 2, 3, "Nothing more is asked for. 1 day all the same."),
        (terms(None), (), 0, 3, "The first one is the one that counts."),
        (terms(None, "runs"), (0,), 0, 3, "1 run so far."),
        (terms(None, "distance"), (0, 1), 0, 9, "10.0 km. That is how far it went."),
        (terms(20_050, "distance"), (0, 1), 0, 3, "10.0 km of 20.0 km: 10.1 km more by Sunday."),
        (terms(12, period="month"), (0,), 0, 3, "1 of 12 days: 11 more by Mon 30 Nov."),
    ],
)
def test_progress_reads_kindly(pledged: Terms, days: Sequence[int], passes: int, today: int, says: str) -> None:
    found = progress(pledged, ran(*days), [], passes, MONDAY + timedelta(days=today))
    assert progress_in_words(found, "km") == says


@pytest.mark.parametrize(
    ("pledged", "says"),
    [
        (terms(7), None),
        (terms(8), "This week has 7 days: please choose from 1 to 7."),
        (terms(0), "This week has 7 days: please choose from 1 to 7."),
        (terms(6, rest=(0, 6)), "This week has 5 days besides your rest days: please choose from 1 to 5."),
        (terms(31, period="month"), "This month has 30 days: please choose from 1 to 30."),
        (terms(22, "runs"), "Please choose from 1 to 21 runs."),
        (terms(999, "distance"), "Please choose from 1 to 500 km, or leave it empty."),
        (terms(500_001, "distance"), "Please choose from 1 to 500 km, or leave it empty."),
        (terms(None), None),
    ],
)
def test_amounts_that_make_no_sense_are_named(pledged: Terms, says: str | None) -> None:
    assert wrong_amount(pledged) == says


def test_one_day_is_left_to_run_on() -> None:
    assert wrong_rest_days(range(7)) and wrong_rest_days(range(6)) is None


def test_passes_are_two_from_the_first_day_to_a_week_after_the_last() -> None:
    days = (MONDAY - timedelta(days=1), MONDAY, SUNDAY + timedelta(days=7), SUNDAY + timedelta(days=8))
    assert [may_take_pass(terms(), 1, one) for one in days] == [False, True, True, False]
    assert not may_take_pass(terms(), MAX_PASSES, MONDAY) and not may_take_pass(terms(None), 0, MONDAY)
    assert pledged_in_words(terms(None, "distance"), "km") == "See how far"


DAYS = st.integers(-3, 9)
MEASURES = st.sampled_from(["days", "runs", "distance"])
SPANS = st.lists(st.tuples(DAYS, st.integers(0, 5)), max_size=3)
RESTS = st.frozensets(st.integers(0, 6), max_size=6)


def spans_of(pairs: Sequence[tuple[int, int]]) -> list[BreakSpan]:
    return [BreakSpan(MONDAY + timedelta(days=n), MONDAY + timedelta(days=n + length)) for n, length in pairs]


@given(MEASURES, st.integers(1, 60_000), RESTS, SPANS, st.integers(0, 2))
def test_what_is_due_is_never_more_than_was_pledged_or_than_the_days_that_are_left(
    measure: str, amount: int, rest: frozenset[int], pairs: list[tuple[int, int]], passes: int
) -> None:
    pledged = terms(amount, measure, sorted(rest))
    if measure != "distance":
        pledged = terms(1 + amount % len(pledged.days()), measure, sorted(rest))
    spans = spans_of(pairs)
    due = amount_due(pledged, spans, passes)
    assert due is not None and pledged.amount is not None and 0 <= due <= pledged.amount
    free = [one for one in pledged.days() if not any(span.covers(one) for span in spans)]
    if measure == "days":
        assert due <= len(free)
    if passes:
        fewer = amount_due(pledged, spans, passes - 1)
        assert fewer is not None and due <= fewer
    without = amount_due(pledged, [], passes)
    assert without is not None and due <= without


@given(MEASURES, st.none() | st.integers(1, 7), st.lists(st.integers(-2, 8), max_size=9), SPANS, st.integers(-3, 20))
def test_words_never_blame(
    measure: str, amount: int | None, days: list[int], pairs: list[tuple[int, int]], today: int
) -> None:
    pledged = terms(amount and amount * (1000 if measure == "distance" else 1), measure)
    found = progress(pledged, ran(*days), spans_of(pairs), 0, MONDAY + timedelta(days=today))
    words = progress_in_words(found, "km").lower()
    assert not [bad for bad in ("fail", "miss", "only", "lazy", "excuse", "broke", "not ", "-") if bad in words]
    assert (found.state is PledgeState.KEPT) == bool(found.due and found.done >= found.due)
