"""The chases that a log of runs holds: every month, every second date, each runner and the one next ahead."""

import csv
import gzip
import sys
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from integrations.strava import parse
from integrations.strava.types import ActivityRow
from tests.support.rows import Row, open_log, rows_of_log
from webapp.rulebook.judging import ledger
from webapp.rulebook.odds import SHIPPED, WINDOWS, Constants, Contender, Recent, recent_of
from webapp.rulebook.runs import Run

FIRST_DAY, SKIPPED_DAYS = 5, 2
PACE_DAYS = 28
MIN_HISTORY_DAYS = 28
# The leader's total is at most this multiple of the chaser's.
MAX_LEAD = 1.6
MISSING = "There is no log here. Give one: make {task} RUNS=path.csv.gz (columns: runner, start_local, utc_offset_s, \
sport_type, distance_m, moving_s, elevation_m)."

# Km by local date.
Days = Mapping[date, float]


@dataclass(frozen=True, slots=True)
class Chase:
    """Two neighbours on the evening of a date, `days` before the end of the month. `passed`: was the one behind
    strictly ahead at the end? `pace`: by how much it gained a day over the last 28 days, in km."""

    chaser: str
    leader: str
    on: date
    days: int
    gap_km: float
    passed: bool
    behind: Contender
    ahead: Contender
    pace: float


class Log:
    """The days of a runner, as the ledger has them."""

    def __init__(self, days: Days) -> None:
        self.dates = sorted(days)
        self.km = [days[day] for day in self.dates]

    @property
    def first_day(self) -> date:
        return self.dates[0]

    def between(self, first: date, last: date) -> Days:
        """Return the days from `first` to `last`, both included."""
        start, end = bisect_left(self.dates, first), bisect_right(self.dates, last)
        return dict(zip(self.dates[start:end], self.km[start:end], strict=True))

    def total(self, first: date, last: date) -> float:
        return sum(self.between(first, last).values())

    def recent(self, today: date, constants: Constants) -> Recent:
        days = self.between(today - timedelta(days=WINDOWS[-1]), today - timedelta(days=1))
        return recent_of(days, self.first_day, today, constants)

    def pace(self, today: date) -> float:
        """Return the mean km a day over the last 28 days."""
        return self.total(today - timedelta(days=PACE_DAYS), today - timedelta(days=1)) / PACE_DAYS


def requested_log(path: str, task: str) -> dict[str, Log]:
    """Return the log at `path`, by default the open one, by runner. Ends the program where there is none."""
    file = Path(path) if path else open_log()
    if not file.is_file():
        sys.exit(MISSING.format(task=task))
    try:
        return logs_of(rows_of_log(file))
    except (OSError, EOFError, KeyError, ValueError, csv.Error, gzip.BadGzipFile) as error:
        sys.exit(f"{file} cannot be read ({error!r}). {MISSING.format(task=task)}")


def logs_of(rows: Mapping[str, list[Row]]) -> dict[str, Log]:
    """Return the days of each runner who ran, by runs as the product judges them."""
    days = {runner: _days_of(of_runner) for runner, of_runner in sorted(rows.items())}
    return {runner: Log(found) for runner, found in days.items() if found}


def _days_of(rows: list[Row]) -> Days:
    runs = [run for row in rows if (run := _run_of(row)) is not None]
    judged = ledger(runs, date.max)
    return {day: value.distance_m / 1000 for (sport_class, day), value in judged.items() if sport_class == "run"}


def _run_of(row: Row) -> Run | None:
    read = parse.activity(row)
    if not isinstance(read, ActivityRow):
        return None
    fields = {name: getattr(read, name) for name in Run._fields if hasattr(read, name)}
    return Run(id=int(read.source_id), source="strava", **fields)


def chases_in(logs: Mapping[str, Log], constants: Constants = SHIPPED) -> list[Chase]:
    """Return every chase of the log, in the order of time."""
    months = sorted({(day.year, day.month) for log in logs.values() for day in log.dates})
    return [chase for year, month in months for chase in _chases_of(logs, year, month, constants)]


def _chases_of(logs: Mapping[str, Log], year: int, month: int, constants: Constants) -> Iterator[Chase]:
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    end = {runner: log.total(first, last) for runner, log in logs.items()}
    for number in range(FIRST_DAY, last.day - SKIPPED_DAYS + 1, 2):
        on = first.replace(day=number)
        tomorrow = on + timedelta(days=1)
        totals = _totals(logs, first, on)
        order = sorted(totals, key=lambda runner: (-totals[runner], runner))
        for leader, chaser in pairwise(order):
            gap = totals[leader] - totals[chaser]
            if gap and totals[leader] <= MAX_LEAD * totals[chaser]:
                own, other = logs[chaser], logs[leader]
                behind, ahead = (Contender((log.recent(tomorrow, constants),)) for log in (own, other))
                pace = own.pace(tomorrow) - other.pace(tomorrow)
                passed = end[chaser] > end[leader]
                yield Chase(chaser, leader, on, (last - on).days, gap, passed, behind, ahead, pace)


def _totals(logs: Mapping[str, Log], first: date, on: date) -> dict[str, float]:
    """Return the totals of the runners with enough history who have run since `first`."""
    known = {runner: log for runner, log in logs.items() if (on - log.first_day).days + 1 >= MIN_HISTORY_DAYS}
    return {runner: total for runner, log in known.items() if (total := log.total(first, on)) > 0}
