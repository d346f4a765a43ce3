"""The rules a second time, as plainly as they can be written, over the JSON rows of Strava's list of activities.

Nothing of the application is imported here: what both say the same is worth something. Slow on purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

Row = dict[str, Any]

RUNS = ("Run", "TrailRun", "VirtualRun")
# What the ledger keeps, by class of sport.
CLASSES = {"run": RUNS, "foot": ("Walk", "Hike", "Snowshoe")}

# (metres, seconds): world records of men on foot.
RECORDS = [
    (100, 9.58),
    (200, 19.19),
    (400, 43.03),
    (800, 60 + 40.91),
    (1000, 2 * 60 + 11.96),
    (1500, 3 * 60 + 26.00),
    (1609.344, 3 * 60 + 43.13),
    (2000, 4 * 60 + 43.13),
    (3000, 7 * 60 + 17.55),
    (5000, 12 * 60 + 35.36),
    (10000, 26 * 60 + 11.00),
    (21097.5, 57 * 60 + 20),
    (42195, 3600 + 59 * 60 + 30),
    (50000, 2 * 3600 + 38 * 60 + 43),
    (100000, 6 * 3600 + 5 * 60 + 35),
    (177410, 12 * 3600),
    (319614, 24 * 3600),
]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one runner's rows amount to in one window of dates."""

    verdicts: dict[int, str]
    days: dict[date, int]
    total: int
    active_days: int


def second_opinion(
    rows: list[Row],
    starts_on: date,
    ends_on: date,
    *,
    count_private: bool = False,
    allow_private: bool = False,
    allow_manual: bool = False,
    sports: Sequence[str] = RUNS,
    begun: date = date.max,
) -> Opinion:
    """Judge all rows of one athlete. `count_private`: the athlete's own wish; the rest is the challenge's.

    `begun`: the last date that has begun anywhere; what is dated later has not been run.
    """
    private = count_private and allow_private
    verdicts = {row["id"]: _alone(row, starts_on, ends_on, private, allow_manual, sports, begun) for row in rows}
    # Runs of the dates beside the window stand in the way of others as if they were in it.
    a_day = timedelta(days=1 if starts_on > date.min else 0)
    around = (starts_on - a_day, ends_on + a_day)
    wider = {row["id"]: _alone(row, *around, private, allow_manual, sports, begun) for row in rows}

    standing: list[Row] = []
    candidates = [row for row in rows if wider[row["id"]] == "counts"]
    for row in sorted(candidates, key=lambda row: (-_metres(row), -_elapsed(row), row["id"])):
        if not any(_share_time(row, other) for other in standing):
            standing.append(row)
        elif verdicts[row["id"]] == "counts":
            verdicts[row["id"]] = "overlap"

    days: dict[date, int] = {}
    for row in standing:
        if verdicts[row["id"]] == "counts":
            days[_day(row)] = min(days.get(_day(row), 0) + believed(*_measured(row))[0], 500_000)
    return Opinion(verdicts, days, sum(days.values()), len(days))


def second_ledger(rows: list[Row], *, begun: date = date.max) -> dict[tuple[str, date], tuple[int, ...]]:
    """Return (metres, seconds, metres of climb, runs, longest) of each day by class of sport."""
    ledger: dict[tuple[str, date], tuple[int, ...]] = {}
    for name, sports in CLASSES.items():
        verdicts = second_opinion(rows, date.min, date.max, sports=sports, begun=begun).verdicts
        for row in (row for row in rows if verdicts[row["id"]] == "counts"):
            metres, seconds, climb, runs, longest = ledger.get((name, _day(row)), (0, 0, 0, 0, 0))
            ran, took, climbed = believed(*_measured(row))
            sums = (min(metres + ran, 500_000), min(seconds + took, 48 * 3600), climb + climbed, min(runs + 1, 24))
            ledger[name, _day(row)] = (*sums, max(longest, ran))
    return ledger


def believed(metres: int, seconds: int, climb: int) -> tuple[int, int, int]:
    """Return what is believed of a run's metres, seconds and metres of climb.

    At most the record of 24 hours, or nothing; at most 24 hours; climb no faster than the vertical kilometre
    (1,000 m in 27:21) and no steeper than 600 m a km, but 100 m of any run, or nothing.
    """
    long_enough, far_enough = min(seconds, 86_400) * 1000 // 1641, min(metres, 319_614) * 6 // 10
    steepest = max(100, min(long_enough, far_enough))
    return (metres if metres <= 319_614 else 0, min(seconds, 86_400), climb if climb <= steepest else 0)


def _measured(row: Row) -> tuple[int, int, int]:
    return _metres(row), _moving(row), round(row.get("total_elevation_gain") or 0)


def _alone(
    row: Row, starts_on: date, ends_on: date, private: bool, manual: bool, sports: Sequence[str], begun: date
) -> str:
    if _only_me(row) and not private:
        return "private"
    verdict = _by_itself(row, starts_on, ends_on, manual, sports)
    return "not_yet" if _day(row) > begun and verdict not in ("other_sport", "outside_window") else verdict


def _by_itself(row: Row, starts_on: date, ends_on: date, allow_manual: bool, sports: Sequence[str]) -> str:
    if row["sport_type"] not in sports:
        return "other_sport"
    if not starts_on <= _day(row) <= ends_on:
        return "outside_window"
    if row.get("manual") and not allow_manual:
        return "manual"
    if row.get("flagged"):
        return "flagged"
    if _metres(row) == 0 or _moving(row) == 0:
        return "nothing_measured"
    return "impossible_pace" if _metres(row) / _moving(row) > fastest(_metres(row)) else "counts"


def _day(row: Row) -> date:
    return date.fromisoformat(row["start_date_local"][:10])


def _only_me(row: Row) -> bool:
    return bool(row.get("private")) or row.get("visibility") == "only_me"


def _metres(row: Row) -> int:
    return round(row.get("distance") or 0)


def _moving(row: Row) -> int:
    return round(row.get("moving_time") or 0)


def _elapsed(row: Row) -> int:
    elapsed = round(row.get("elapsed_time") or 0)
    return _moving(row) if elapsed < _moving(row) else elapsed


def fastest(metres: int) -> float:
    if metres <= RECORDS[0][0]:
        return RECORDS[0][0] / RECORDS[0][1]
    for (near, near_s), (far, far_s) in pairwise(RECORDS):
        if near <= metres <= far:
            slower, faster = far / far_s, near / near_s
            return slower + (far - metres) / (far - near) * (faster - slower)
    return RECORDS[-1][0] / RECORDS[-1][1]


def _share_time(one: Row, other: Row) -> bool:
    if _hidden(one) or _hidden(other):
        return False
    (start, end), (other_start, other_end) = _interval(one), _interval(other)
    return min(end, other_end) - max(start, other_start) > 3 * 60


def _hidden(row: Row) -> bool:
    return str(row["start_date_local"])[11:19] == "00:00:01"


def _interval(row: Row) -> tuple[float, float]:
    start = datetime.fromisoformat(row["start_date"]).timestamp()
    return start, start + min(_elapsed(row), 24 * 60 * 60)
