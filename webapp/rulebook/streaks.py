"""A streak of weeks, Monday to Sunday, and the return after a pause. Pure, and the same in whatever order days come.

A week with a run counts. The present week never ends a streak, a week that a break touches lets it wait, and two weeks
in any 26 may be missed: they are passed. Passed weeks and weeks of waiting do not count.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from webapp.rulebook.breaks import BreakSpan
from webapp.rulebook.date_ranges import monday_of

A_WEEK = timedelta(weeks=1)
# Missed weeks that a streak outlives, and in how many weeks.
PASSES = 2
PASS_WEEKS = 26
# Days without a run before a return.
PAUSE_DAYS = 14
# How many days a return is celebrated, its own date included.
CELEBRATED_DAYS = 7


class WeekKind(StrEnum):
    """What became of a week. `quiet`: nothing was run, and no streak goes through it."""

    RUN = "run"
    PAUSED = "paused"
    PASSED = "passed"
    OPEN = "open"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class StreakWeek:
    """A week by its Monday."""

    monday: date
    kind: WeekKind


@dataclass(frozen=True, slots=True)
class WeekStreak:
    """The streak up to now and the longest, in weeks with a run.

    `weeks`: from the first week with a run to the present one. `passes_left`: weeks that may still be missed now.
    """

    current: int
    longest: int
    weeks: tuple[StreakWeek, ...]
    passes_left: int = PASSES

    def latest(self, count: int) -> Sequence[StreakWeek]:
        """Return the last weeks, up to the present one, with quiet ones before the first."""
        shown = self.weeks[-count:]
        missing = count - len(shown)
        before = (StreakWeek(shown[0].monday - A_WEEK * n, WeekKind.QUIET) for n in range(missing, 0, -1))
        return [*before, *shown]


def week_streak(run_dates: Iterable[date], breaks: Collection[BreakSpan], today: date) -> WeekStreak:
    """Return the streak of a runner. A run after `today` belongs to somebody whose clock is ahead, and counts."""
    ran = {monday_of(day) for day in run_dates}
    present = monday_of(today)
    kinds: list[WeekKind] = []
    current = longest = 0
    mondays = list(_mondays(min(ran, default=present), max({present, *ran})))
    for monday in mondays:
        kind = _kind(monday, monday in ran, monday == present, breaks)
        if kind is None:
            kind = WeekKind.PASSED if current and _may_pass(kinds) else WeekKind.QUIET
        if kind is WeekKind.RUN:
            current += 1
        elif kind is WeekKind.QUIET:
            _end_streak(kinds)
            current = 0
        kinds.append(kind)
        longest = max(longest, current)
    weeks = tuple(StreakWeek(monday, kind) for monday, kind in zip(mondays, kinds, strict=True))
    return WeekStreak(current, longest, weeks, PASSES - _passed(kinds))


def _mondays(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += A_WEEK


def _kind(monday: date, has_run: bool, is_present: bool, breaks: Collection[BreakSpan]) -> WeekKind | None:
    """Return what a week is by itself; None for a missed one."""
    if has_run:
        return WeekKind.RUN
    if any(one.touches(monday, monday + timedelta(days=6)) for one in breaks):
        return WeekKind.PAUSED
    return WeekKind.OPEN if is_present else None


def _passed(before: Sequence[WeekKind]) -> int:
    """Return how many of the latest weeks were passed, of those that are in one span of 26 with the week after them."""
    return before[-(PASS_WEEKS - 1) :].count(WeekKind.PASSED)


def _may_pass(before: Sequence[WeekKind]) -> bool:
    return _passed(before) < PASSES


def _end_streak(kinds: list[WeekKind]) -> None:
    """Make what was passed since the last week with a run quiet: the streak did not go on after it."""
    for place in range(len(kinds) - 1, -1, -1):
        if kinds[place] is WeekKind.RUN:
            return
        if kinds[place] is WeekKind.PASSED:
            kinds[place] = WeekKind.QUIET


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The first run after a pause: its date, and that of the last run before."""

    on: date
    last_run_on: date


def come_back(run_dates: Iterable[date], today: date) -> ComeBack | None:
    """Return the return that is celebrated today, if there is one: within a week from the first run after a pause."""
    earliest = today - timedelta(days=CELEBRATED_DAYS - 1)
    days = sorted(set(run_dates), reverse=True)
    for day, before in pairwise(days):
        if day < earliest:
            return None
        if is_return(day, before):
            return ComeBack(day, before)
    return None


def is_return(day: date, before: date) -> bool:
    """Return whether the runs of two dates, with none between them, have a pause between them."""
    return (day - before).days > PAUSE_DAYS
