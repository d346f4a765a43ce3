"""Looking back over days and months: streaks, milestones, best months, a year as a heatmap. Pure, and in no order."""

import calendar
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Literal

DISTANCES = (100, 250, 500, 1_000, 2_000, 5_000)
DAYS = (10, 50, 100, 250, 500)
LEVELS = 4
MilestoneKind = Literal["distance", "days", "challenge"]


@dataclass(frozen=True, slots=True)
class Day:
    """A day with a run, as the ledger has it: metres and seconds."""

    date: date
    distance_m: int
    moving_s: int
    climb_m: int
    runs: int
    longest_m: int


@dataclass(frozen=True, slots=True)
class PersonalStreak:
    """How many in a row up to now, and at most; `last` is the number of the last one of the longest."""

    current: int
    longest: int
    last: int | None


def streak_of(numbers: Iterable[int], now: int) -> PersonalStreak:
    """Return the streaks in `numbers` (of days, weeks or months), the later of two equal ones being the longest.

    `now` is not over: a streak that reaches the one before is not broken. A number after it belongs to somebody whose
    clock is ahead, and counts.
    """
    length = longest = 0
    before: int | None = None
    last: int | None = None
    for number in sorted(set(numbers)):
        length = length + 1 if before is not None and number == before + 1 else 1
        if length >= longest:
            longest, last = length, number
        before = number
    return PersonalStreak(length if before is not None and before >= now - 1 else 0, longest, last)


def day_streak(days: Iterable[date], today: date) -> PersonalStreak:
    """Return the streak of days with a run. `rulebook.streaks` has that of weeks."""
    return streak_of((day.toordinal() for day in days), today.toordinal())


def month_streak(months: Iterable[tuple[int, int]], now: date) -> PersonalStreak:
    """Return the streak of months, each as (year, month)."""
    return streak_of((year * 12 + month for year, month in months), now.year * 12 + now.month)


def week_of(day: date) -> int:
    """Return the number of the week, counted on across years."""
    return (day.toordinal() - 1) // 7


@dataclass(frozen=True, slots=True)
class Milestone:
    """A round number that was reached on a date; `size` in the runner's unit of distance, in days, or in challenges."""

    kind: MilestoneKind
    size: int
    on: date


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next round number, and what it still takes: in metres, or in days."""

    kind: MilestoneKind
    size: int
    missing: int
    done: int
    goal: int


def milestones(days: Iterable[Day], metres: float, challenge_ends: Collection[date] = ()) -> list[Milestone]:
    """Return what was reached, the latest first. `metres`: in the runner's unit of distance (1000.0 for km)."""
    ordered = sorted(days, key=lambda day: day.date)
    found = [Milestone("challenge", 1, min(challenge_ends))] if challenge_ends else []
    found += _reached("distance", DISTANCES, metres, [(day.date, day.distance_m) for day in ordered])
    found += _reached("days", DAYS, 1, [(day, 1) for day in sorted({day.date for day in ordered})])
    return sorted(found, key=lambda each: (each.on, each.size, each.kind), reverse=True)


def _reached(
    kind: MilestoneKind, sizes: Sequence[int], unit: float, amounts: Iterable[tuple[date, int]]
) -> list[Milestone]:
    found: list[Milestone] = []
    total = 0
    for day, amount in amounts:
        total += amount
        while len(found) < len(sizes) and total >= _goal(sizes[len(found)], unit):
            found.append(Milestone(kind, sizes[len(found)], day))
    return found


def ahead(days: Collection[Day], metres: float) -> list[Ahead]:
    """Return the next milestone of each kind; none where all were reached."""
    done: tuple[tuple[MilestoneKind, Sequence[int], float, int], ...] = (
        ("distance", DISTANCES, metres, sum(day.distance_m for day in days)),
        ("days", DAYS, 1, len({day.date for day in days})),
    )
    found = []
    for kind, sizes, unit, total in done:
        size = next((size for size in sizes if _goal(size, unit) > total), None)
        if size is not None:
            found.append(Ahead(kind, size, _goal(size, unit) - total, total, _goal(size, unit)))
    return found


def _goal(size: int, unit: float) -> int:
    return ceil(size * unit)


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """A runner's best: `value` in the unit of `kind`, in the month of `on`, or on that very day for the longest run."""

    kind: str
    value: int
    on: date


def records(days: Iterable[Day]) -> list[PersonalRecord]:
    """Return the best months by distance, time, climb and active days, and the longest run; nothing for nothing.

    Of two equal ones, the earlier is the record: it must be beaten.
    """
    ordered = sorted(days, key=lambda day: day.date)
    months: defaultdict[date, list[Day]] = defaultdict(list)
    for day in ordered:
        months[day.date.replace(day=1)].append(day)
    sums = {
        "distance": {month: sum(day.distance_m for day in ran) for month, ran in months.items()},
        "time": {month: sum(day.moving_s for day in ran) for month, ran in months.items()},
        "climb": {month: sum(day.climb_m for day in ran) for month, ran in months.items()},
        "days": {month: len({day.date for day in ran}) for month, ran in months.items()},
        "longest": {day.date: day.longest_m for day in reversed(ordered)},
    }
    return [best for kind, values in sums.items() if (best := _best(kind, values)) is not None]


def _best(kind: str, values: Mapping[date, int]) -> PersonalRecord | None:
    on = min(values, key=lambda day: (-values[day], day), default=None)
    return PersonalRecord(kind, values[on], on) if on is not None and values[on] > 0 else None


@dataclass(frozen=True, slots=True)
class Tile:
    """A day of a heatmap: the column of its week, the row of its weekday (Monday 0), and how much was run.

    `level`: 0 to 4; None for a day to come.
    """

    date: date
    column: int
    row: int
    level: int | None


@dataclass(frozen=True, slots=True)
class HeatmapMonth:
    """A month of a heatmap in words: the dates with a run and the metres; `column` is where it begins."""

    first: date
    dates: tuple[int, ...]
    distance_m: int
    column: int


@dataclass(frozen=True, slots=True)
class Half:
    """Half a year, or some weeks, so that their days are wide enough to be seen on a phone."""

    tiles: list[Tile]
    months: list[HeatmapMonth]
    columns: int


@dataclass(frozen=True, slots=True)
class Heatmap:
    year: int
    halves: tuple[Half, Half]
    days: int
    distance_m: int


def heatmap(days: Iterable[Day], year: int, today: date) -> Heatmap:
    """Return a year of days in columns of weeks. A level says in which quarter of the year's own days a day is."""
    ran: defaultdict[date, int] = defaultdict(int)
    for day in days:
        if day.date.year == year:
            ran[day.date] += day.distance_m
    total = sum(ran.values())
    return Heatmap(year, (_half(year, range(1, 7), ran, today), _half(year, range(7, 13), ran, today)), len(ran), total)


def recent_days(days: Iterable[Day], today: date, weeks: int) -> Half:
    """Return the last weeks of days, up to the Sunday of this one, as a heatmap of its own."""
    first_week = week_of(today) - weeks + 1
    first = date.fromordinal(7 * first_week + 1)
    ran: defaultdict[date, int] = defaultdict(int)
    for day in days:
        if day.date >= first:
            ran[day.date] += day.distance_m
    dates = [first + timedelta(days=n) for n in range(7 * weeks)]
    begins = sorted({day.replace(day=1) for day in dates})
    months = [_month(begin, ran, first_week) for begin in begins]
    return Half(_tiles(dates, ran, today), [replace(month, column=max(0, month.column)) for month in months], weeks)


def _half(year: int, months: range, ran: Mapping[date, int], today: date) -> Half:
    first_week = week_of(date(year, months[0], 1))
    dates = [date(year, month, day + 1) for month in months for day in range(calendar.monthrange(year, month)[1])]
    tiles = _tiles(dates, ran, today)
    shown = [_month(date(year, month, 1), ran, first_week) for month in months]
    return Half(tiles, shown, tiles[-1].column + 1)


def _tiles(dates: Sequence[date], ran: Mapping[date, int], today: date) -> list[Tile]:
    bounds, first_week = sorted(ran.values()), week_of(dates[0])
    levels = {day: level_of(metres, bounds) for day, metres in ran.items()}
    return [_tile(day, first_week, levels.get(day, None if day > today else 0)) for day in dates]


def level_of(value: int, ordered: Sequence[int]) -> int:
    """Return in which quarter of `ordered` one of its values lies: 1 to 4, equal values in the same quarter."""
    return 1 + bisect_left(ordered, value) * LEVELS // len(ordered)


def _tile(day: date, first_week: int, level: int | None) -> Tile:
    return Tile(day, week_of(day) - first_week, day.weekday(), level)


def _month(first: date, ran: Mapping[date, int], first_week: int) -> HeatmapMonth:
    mine = sorted(day for day in ran if day.month == first.month)
    return HeatmapMonth(
        first, tuple(day.day for day in mine), sum(ran[day] for day in mine), week_of(first) - first_week
    )
