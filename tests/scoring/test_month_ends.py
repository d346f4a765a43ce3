"""Where a month ends: each case a few rows as Strava shows them, and what each date then brings to the challenge."""

from datetime import date, timedelta

import pytest

from integrations.strava import parse
from integrations.strava.types import ActivityRow
from tests.support.rows import Row, api_row
from webapp.rulebook.judging import ChallengeRules, RunnerContext, Verdict, counting, day_values, verdicts
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import Run

OCTOBER = date(2026, 10, 1), date(2026, 10, 31)
NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)
LEAP_FEBRUARY = date(2028, 2, 1), date(2028, 2, 29)
HOUR = 3600
Window = tuple[date, date]


def as_run(row: Row) -> Run:
    read = parse.activity(row)
    assert isinstance(read, ActivityRow)
    return Run(
        id=int(read.source_id), source="strava", **{k: getattr(read, k) for k in Run._fields if hasattr(read, k)}
    )


def brought(rows: list[Row], window: Window, rules: RuleSet | None = None) -> dict[str, int]:
    """Return what each date brings, by its day and month."""
    rules = rules or RuleSet()
    counted = counting([as_run(row) for row in rows], ChallengeRules(*window, rules.counts), RunnerContext(), date.max)
    days = day_values(counted, [], rules, rules.context(*window, 100_000, 20_000))
    return {f"{day:%d.%m}": made.value for day, made in days.items()}


def km(number: float, start: str, offset_hours: float = 0, **values: object) -> Row:
    return api_row(
        start, offset=int(offset_hours * HOUR), distance=number * 1000, **{"moving_time": round(number * 300), **values}
    )


# Name, rows, window, what each date brings in metres.
ENDS: list[tuple[str, list[Row], Window, dict[str, int]]] = [
    ("31st at 23:30, whole", [km(10, "2026-10-31 23:30:00", 1)], OCTOBER, {"31.10": 10_000}),
    ("31st at 23:30 is not the 1st", [km(10, "2026-10-31 23:30:00", 1)], NOVEMBER, {}),
    ("30th at 23:59:59", [km(10, "2026-11-30 23:59:59", 1)], NOVEMBER, {"30.11": 10_000}),
    ("1st at 00:00:00", [km(10, "2026-11-01 00:00:00", 1)], NOVEMBER, {"01.11": 10_000}),
    (
        "across midnight, then the morning after",
        [km(20, "2026-10-31 23:00:00", 1), km(5, "2026-11-01 08:00:00", 1)],
        NOVEMBER,
        {"01.11": 5_000},
    ),
    (
        "the first minute in the far east",
        [km(8, "2026-11-01 00:01:00", 14)],
        NOVEMBER,
        {"01.11": 8_000},
    ),
    ("the same in October", [km(8, "2026-11-01 00:01:00", 14)], OCTOBER, {}),
    (
        "the last minute in the far west",
        [km(8, "2026-10-31 23:59:00", -12)],
        OCTOBER,
        {"31.10": 8_000},
    ),
    ("the same in November", [km(8, "2026-10-31 23:59:00", -12)], NOVEMBER, {}),
    (
        "one evening at both ends of the world is one date",
        [km(8, "2026-10-31 20:00:00", 14), km(8, "2026-10-31 20:00:00", -12)],
        OCTOBER,
        {"31.10": 16_000},
    ),
    (
        "leap day",
        [km(7, "2028-02-28 18:00:00"), km(8, "2028-02-29 23:30:00"), km(9, "2028-03-01 00:10:00")],
        LEAP_FEBRUARY,
        {"28.02": 7_000, "29.02": 8_000},
    ),
    (
        "spring forward: an hour of wall clock is missing, the runs follow each other",
        [km(8, "2026-03-29 01:20:00", 1, moving_time=2_400), km(9, "2026-03-29 03:00:00", 2, moving_time=2_400)],
        (date(2026, 3, 1), date(2026, 3, 31)),
        {"29.03": 17_000},
    ),
    (
        "spring forward: on the wall they are hours apart, but they overlap",
        [km(12, "2026-03-29 01:20:00", 1, moving_time=4_800), km(9, "2026-03-29 03:10:00", 2)],
        (date(2026, 3, 1), date(2026, 3, 31)),
        {"29.03": 12_000},
    ),
    (
        "autumn back: twice at half past two, an hour apart",
        [km(8, "2026-10-25 02:30:00", 2, moving_time=2_400), km(9, "2026-10-25 02:30:00", 1, moving_time=2_700)],
        OCTOBER,
        {"25.10": 17_000},
    ),
    (
        "autumn back in America, on the first of the month",
        [km(8, "2026-11-01 01:30:00", -5, moving_time=2_400), km(9, "2026-11-01 01:30:00", -6, moving_time=2_700)],
        NOVEMBER,
        {"01.11": 17_000},
    ),
    (
        "flown east over the date line: the 2nd twice, and it is one day",
        [km(10, "2026-11-02 18:00:00", 13), km(6, "2026-11-02 12:00:00", -10)],
        NOVEMBER,
        {"02.11": 16_000},
    ),
    (
        "flown west over the date line: there was no 3rd",
        [km(10, "2026-11-02 18:00:00", -10), km(6, "2026-11-04 08:00:00", 13)],
        NOVEMBER,
        {"02.11": 10_000, "04.11": 6_000},
    ),
    (
        "flown east on the last evening: landed in the month that was over at home",
        [km(10, "2026-11-01 07:00:00", 13), km(6, "2026-10-31 18:00:00", -10)],
        OCTOBER,
        {"31.10": 6_000},
    ),
    (
        "hidden starts count on their date, and nobody can say whether they overlap",
        [km(10, "2026-11-30 00:00:01", 1), km(10, "2026-11-30 00:00:01", 1), km(5, "2026-12-01 00:00:01", 1)],
        NOVEMBER,
        {"30.11": 20_000},
    ),
]


@pytest.mark.parametrize(("rows", "window", "expected"), [end[1:] for end in ENDS], ids=[end[0] for end in ENDS])
def test_a_run_counts_whole_on_the_date_where_it_began(
    rows: list[Row], window: Window, expected: dict[str, int]
) -> None:
    assert brought(rows, window) == expected
    assert brought(rows[::-1], window) == expected


@pytest.mark.parametrize("offset_hours", [-12, -9.5, 0, 5.75, 14])
@pytest.mark.parametrize("last", [date(2026, 10, 31), date(2026, 11, 30), date(2028, 2, 29), date(2027, 2, 28)])
def test_a_month_has_its_last_minute_and_its_first_everywhere(offset_hours: float, last: date) -> None:
    window = last.replace(day=1), last
    before, after = window[0] - timedelta(days=1), last + timedelta(days=1)
    rows = [
        km(1, f"{before} 23:59:59", offset_hours),
        km(2, f"{window[0]} 00:00:00", offset_hours),
        km(4, f"{last} 23:59:59", offset_hours),
        km(8, f"{after} 00:00:00", offset_hours),
    ]
    # Each by itself: of two over one midnight only one counts.
    assert [list(brought([row], window).values()) for row in rows] == [[], [2_000], [4_000], []]
    judged = [verdicts([run], ChallengeRules(*window), RunnerContext(), date.max)[run.id] for run in map(as_run, rows)]
    inside, outside = Verdict.COUNTS, Verdict.OUTSIDE_WINDOW
    assert judged == [outside, inside, inside, outside]


def test_points_for_going_out_are_given_once_where_a_date_was_lived_twice() -> None:
    flown = [km(10, "2026-11-02 18:00:00", 13), km(6, "2026-11-02 12:00:00", -10)]
    assert brought(flown, NOVEMBER, RuleSet("points", "steps")) == {"02.11": 36_000}
    assert brought(flown, NOVEMBER, RuleSet("distance", "daily_cap", {"cap": 12_000})) == {"02.11": 12_000}
    assert brought(flown, NOVEMBER, RuleSet("active_days")) == {"02.11": 1}


@pytest.mark.parametrize(("rest", "longest"), [(0, 1), (1, 2)])
def test_a_date_that_was_never_lived_is_a_day_of_rest(rest: int, longest: int) -> None:
    flown = [km(10, "2026-11-02 18:00:00", -10), km(6, "2026-11-04 08:00:00", 13)]
    rules = RuleSet("distance", "streak", {"min_amount": 1_000, "rest": rest})
    assert sum(brought(flown, NOVEMBER, rules).values()) == longest


def test_a_streak_goes_over_leap_day_and_over_the_change_of_clocks() -> None:
    rules = RuleSet("distance", "streak", {"min_amount": 1_000, "rest": 0})
    leap = [km(5, f"2028-{day} 23:45:00", 1) for day in ("02-27", "02-28", "02-29")]
    spring = [km(5, f"2026-03-{day} 23:45:00", hours) for day, hours in ((28, 1), (29, 2), (30, 2))]
    assert list(brought(leap, LEAP_FEBRUARY, rules).values()) == [1, 1, 1]
    assert list(brought(spring, (date(2026, 3, 1), date(2026, 3, 31)), rules).values()) == [1, 1, 1]


def test_improvement_is_against_twenty_nine_days_in_a_leap_year() -> None:
    # 20 km a week are 82.857 km in 29 days, and 80 km in 28.
    row = [km(10, "2028-02-29 12:00:00")]
    assert brought(row, LEAP_FEBRUARY, RuleSet("distance", "improvement")) == {"29.02": 12_068}
    common = date(2027, 2, 1), date(2027, 2, 28)
    assert brought([km(10, "2027-02-28 12:00:00")], common, RuleSet("distance", "improvement")) == {"28.02": 12_500}


WEEKLY = RuleSet("distance", "weekly_cap", {"cap": 30_000})


def test_the_first_week_of_a_month_has_its_whole_cap_whatever_was_run_the_days_before() -> None:
    # The 1st of November 2026 is a Sunday: its week began on the 26th of October.
    rows = [km(30, "2026-10-31 09:00:00"), km(25, "2026-11-01 09:00:00"), km(30, "2026-11-02 09:00:00")]
    assert brought(rows, NOVEMBER, WEEKLY) == {"01.11": 25_000, "02.11": 30_000}
    assert brought([*rows, km(12, "2026-11-01 18:00:00")], NOVEMBER, WEEKLY)["01.11"] == 30_000


def test_the_last_week_of_a_month_does_not_go_on_in_the_next() -> None:
    # The 30th of November is a Monday.
    rows = [km(20, "2026-11-29 09:00:00"), km(28, "2026-11-30 09:00:00"), km(28, "2026-12-01 09:00:00")]
    assert brought(rows, NOVEMBER, WEEKLY) == {"29.11": 20_000, "30.11": 28_000}
    assert brought(rows, (date(2026, 12, 1), date(2026, 12, 31)), WEEKLY) == {"01.12": 28_000}


def test_a_week_over_new_year_is_one_week() -> None:
    rows = [km(20, "2026-12-31 09:00:00"), km(20, "2027-01-01 09:00:00"), km(20, "2027-01-04 09:00:00")]
    over_new_year = date(2026, 12, 21), date(2027, 1, 10)
    assert list(brought(rows, over_new_year, WEEKLY).values()) == [20_000, 10_000, 20_000]
    assert sum(brought(rows, over_new_year).values()) == 60_000


def test_no_month_counts_a_run_of_another_and_each_run_has_its_month() -> None:
    """A run every half hour of three days around the turn of the month, in every zone: none twice, none lost."""
    for hours in (-12, -5, 0, 5.75, 14):
        rows = [
            km(1, f"2026-{day} {half_hours // 2:02d}:{half_hours % 2 * 30:02d}:00", hours)
            for day in ("10-30", "10-31", "11-01")
            for half_hours in range(48)
        ]
        october, november = brought(rows, OCTOBER), brought(rows, NOVEMBER)
        assert october == {"30.10": 48_000, "31.10": 48_000}
        assert november == {"01.11": 48_000}
