"""On which dates a run repeats."""

from datetime import date

from webapp.models.words import RunFrequency
from webapp.run_series.rules import LAST, Recurrence, dates_of, in_step, moved_dates, repeats_in_words

TUESDAY, FRIDAY = 1, 4
TUESDAYS = Recurrence(RunFrequency.WEEKLY, TUESDAY, None, date(2026, 12, 1))


def test_a_weekly_run_passes_the_end_of_a_year_and_a_leap_day() -> None:
    december = dates_of(TUESDAYS, date(2026, 12, 20), date(2027, 1, 6))
    assert december == [date(2026, 12, 22), date(2026, 12, 29), date(2027, 1, 5)]
    leap = Recurrence(RunFrequency.WEEKLY, TUESDAY, None, date(2028, 2, 1))
    assert date(2028, 2, 29) in dates_of(leap, date(2028, 2, 20), date(2028, 3, 7))


def test_a_run_every_other_week_counts_from_its_first_one() -> None:
    # It is planned on a Wednesday, so the first one is on the Tuesday after.
    repeats = Recurrence(RunFrequency.FORTNIGHTLY, TUESDAY, None, date(2026, 12, 2))
    found = dates_of(repeats, date(2026, 12, 1), date(2027, 1, 10))
    assert found == [date(2026, 12, 8), date(2026, 12, 22), date(2027, 1, 5)]


def test_a_monthly_run_has_its_weekday_the_last_one_too() -> None:
    second = Recurrence(RunFrequency.MONTHLY, FRIDAY, 2, date(2026, 12, 1))
    assert dates_of(second, date(2026, 12, 1), date(2027, 2, 28)) == [
        date(2026, 12, 11), date(2027, 1, 8), date(2027, 2, 12),
    ]  # fmt: skip
    last = Recurrence(RunFrequency.MONTHLY, TUESDAY, LAST, date(2028, 2, 1))
    assert dates_of(last, date(2028, 2, 1), date(2028, 3, 31)) == [date(2028, 2, 29), date(2028, 3, 28)]


def test_nothing_is_before_the_first_day_or_after_the_last() -> None:
    ending = Recurrence(RunFrequency.WEEKLY, TUESDAY, None, date(2026, 12, 8), date(2026, 12, 15))
    assert dates_of(ending, date(2026, 12, 1), date(2027, 1, 31)) == [date(2026, 12, 8), date(2026, 12, 15)]
    assert dates_of(ending, date(2027, 1, 1), date(2027, 1, 31)) == []


def test_it_is_said_as_people_say_it() -> None:
    assert repeats_in_words(TUESDAYS) == "Every Tuesday"
    fortnightly = Recurrence(RunFrequency.FORTNIGHTLY, 6, None, date(2026, 12, 1))
    assert repeats_in_words(fortnightly) == "Every other Sunday"
    assert repeats_in_words(Recurrence(RunFrequency.MONTHLY, 4, LAST, date(2026, 12, 1))) == (
        "On the last Friday of each month"
    )
    assert repeats_in_words(Recurrence(RunFrequency.MONTHLY, 0, 3, date(2026, 12, 1))) == (
        "On the 3rd Monday of each month"
    )


def test_runs_move_within_their_week_or_month() -> None:
    former = [date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 15)]
    thursdays = [date(2026, 12, 3), date(2026, 12, 10), date(2026, 12, 17)]
    assert moved_dates(former, thursdays, RunFrequency.WEEKLY) == dict(zip(former, thursdays, strict=True))
    assert moved_dates(former, [date(2026, 12, 8)], RunFrequency.FORTNIGHTLY) == {
        date(2026, 12, 1): None, date(2026, 12, 8): date(2026, 12, 8), date(2026, 12, 15): None,
    }  # fmt: skip
    assert moved_dates(former, [date(2026, 12, 9)], RunFrequency.MONTHLY) == {
        date(2026, 12, 1): date(2026, 12, 9), date(2026, 12, 8): None, date(2026, 12, 15): None,
    }  # fmt: skip


def test_a_run_every_other_week_that_changes_its_day_stays_in_its_weeks() -> None:
    former = Recurrence(RunFrequency.FORTNIGHTLY, TUESDAY, None, date(2026, 12, 2))
    changed = Recurrence(RunFrequency.FORTNIGHTLY, FRIDAY, None, date(2026, 12, 2))
    moved = in_step(changed, former, date(2026, 12, 9))
    assert dates_of(moved, date(2026, 12, 9), date(2027, 1, 10)) == [
        date(2026, 12, 11),
        date(2026, 12, 25),
        date(2027, 1, 8),
    ]
