"""The first import of a real log, and the verdict on each kind of oddity that real logs have.

Of the 27 runners those are read who have the oddities; `oracle/test_judging.py` judges the runs of all.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.end_to_end.comparing import Compared
from tests.end_to_end.conftest import MakeWorld
from tests.end_to_end.script import read_at_first
from tests.oracle.judging import RUNS, Row
from tests.support.rows import open_log

# The group of everybody has challenges of a year, and of months before it for what only happened then; the application
# looks further back for those.
YEAR = [date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 12))]
OLDER = [
    date(2019, 2, 1), date(2019, 4, 1), date(2020, 1, 1), date(2021, 4, 1), date(2021, 12, 1), date(2024, 8, 1),
    date(2024, 10, 1), date(2025, 8, 1),
]  # fmt: skip
# A challenge without teams, one with drawn teams and one with named teams.
OF_EACH_GROUP = YEAR[-3:]
RUNNERS = {"r007", "r012", "r013", "r020", "r024", "r031", "r036", "r040", "r048", "r050", "r054"}

# Each oddity of one activity, and how often which verdict is given. None of the log's zero distances is a run.
ODDITIES: dict[str, tuple[Callable[[Row], bool], dict[str, int]]] = {
    "no distance": (lambda row: row["distance"] == 0, {"other_sport": 9}),
    "a run without time": (lambda row: _is_run(row) and row["moving_time"] == 0, {"nothing_measured": 1}),
    "a run faster than 7 m/s": (lambda row: _is_run(row) and _speed(row) > 7, {"impossible_pace": 5}),
    "a ride saved as a run, above the record": (
        lambda row: _is_run(row) and row["distance"] > 34_000 and _speed(row) > 5.5,
        {"impossible_pace": 5},
    ),
    "a ride saved as a run, below the record": (
        lambda row: _is_run(row) and row["distance"] > 34_000 and 5 < _speed(row) <= 5.5,
        {"counts": 1},
    ),
    "a run of four days": (lambda row: _is_run(row) and row["moving_time"] > 4 * 86_400, {"counts": 1}),
    "across midnight": (lambda row: _is_run(row) and _local(row).date() != _ends(row).date(), {"counts": 25}),
    "across the end of a month": (lambda row: _is_run(row) and _local(row).month != _ends(row).month, {"counts": 1}),
    "another month in UTC": (lambda row: _is_run(row) and _local(row).month != _utc(row).month, {"counts": 8}),
    "no run": (lambda row: not _is_run(row), {"other_sport": 517}),
}

TWINS = {"a duplicate": {"counts, overlap": 2}, "two watches": {"counts, overlap": 5}}

# The same local start at +00:00 and at +08:00, by sports. As far as anybody can tell, two runs eight hours apart are
# two runs; where one of them is a ride, only the run counts.
TWO_OFFSETS = {
    "Run, Run": {"counts, counts": 20, "counts, overlap": 1, "impossible_pace, impossible_pace": 1},
    "Run, Run, Run": {"counts, counts, overlap": 6},
    "Ride, Run": {"counts, other_sport": 11},
    "Ride, Ride, Run": {"counts, other_sport, other_sport": 25},
    "Hike, Run": {"counts, other_sport": 1},
}


@pytest.mark.parametrize("own_settings", ["postgresql"], indirect=True)
def test_boards_and_verdicts_of_real_runners_are_what_strava_says(make_world: MakeWorld, tmp_path: Path) -> None:
    if not open_log().is_file():
        pytest.skip(f"the real log is not at {open_log().name}")
    world = make_world(runs=_log_of(RUNNERS, tmp_path / "runs.csv.gz"))
    first = read_at_first(world, months=OF_EACH_GROUP, together=[*OLDER, *YEAR])
    assert first.differences == []
    assert (first.boards, first.athletes) == (3 * 3 + 12 + len(OLDER), len(RUNNERS))
    assert _verdicts_on_oddities(first) == {name: verdicts for name, (_, verdicts) in ODDITIES.items()}
    assert _verdicts_on_look_alikes(first) == TWINS
    assert _verdicts_on_two_offsets(first) == TWO_OFFSETS


def _log_of(runners: set[str], path: Path) -> Path:
    """Write the part of the real log that these runners ran."""
    with gzip.open(open_log(), "rt") as lines, gzip.open(path, "wt") as kept:
        rows = csv.DictReader(lines)
        part = csv.DictWriter(kept, rows.fieldnames or ())
        part.writeheader()
        part.writerows(row for row in rows if row["runner"] in runners)
    return path


def _verdicts_on_oddities(compared: Compared) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {name: Counter() for name in ODDITIES}
    for row in (row for rows in _judged(compared) for row in rows):
        for name, (is_odd, _) in ODDITIES.items():
            if is_odd(row):
                found[name][compared.judged[row["id"]]] += 1
    return found


def _verdicts_on_look_alikes(compared: Compared) -> dict[str, Counter[str]]:
    """Return the verdicts on neighbours that are the same recording twice, or recordings of the same run."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for rows in _judged(compared):
        for one, other in pairwise(sorted(filter(_is_run, rows), key=lambda row: str(row["start_date"]))):
            verdicts = ", ".join(sorted(compared.judged[row["id"]] for row in (one, other)))
            if (one["start_date"], one["distance"]) == (other["start_date"], other["distance"]):
                found["a duplicate"][verdicts] += 1
            elif _utc(other) - _utc(one) <= timedelta(minutes=5) and _alike(one, other):
                found["two watches"][verdicts] += 1
    return found


def _verdicts_on_two_offsets(compared: Compared) -> dict[str, Counter[str]]:
    """Return what was said of recordings that stand twice, eight hours apart, once perhaps as another sport."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for rows in _judged(compared):
        same: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            same[row["start_date_local"]].append(row)
        for alike in same.values():
            if len({row["utc_offset"] for row in alike}) > 1:
                sports = ", ".join(sorted(row["sport_type"] for row in alike))
                found[sports][", ".join(sorted(compared.judged[row["id"]] for row in alike))] += 1
    return found


def _judged(compared: Compared) -> Iterator[list[Row]]:
    """Yield each athlete's activities that lie in one of their challenges."""
    return ([row for row in rows if row["id"] in compared.judged] for rows in compared.rows.values())


def _is_run(row: Row) -> bool:
    return row["sport_type"] in RUNS


def _speed(row: Row) -> float:
    return float(row["distance"] / row["moving_time"]) if row["moving_time"] else 0.0


def _alike(one: Row, other: Row) -> bool:
    return bool(one["distance"]) and abs(other["distance"] / one["distance"] - 1) < 0.05


def _local(row: Row) -> datetime:
    return datetime.fromisoformat(row["start_date_local"]).replace(tzinfo=None)


def _utc(row: Row) -> datetime:
    return datetime.fromisoformat(row["start_date"]).replace(tzinfo=None)


def _ends(row: Row) -> datetime:
    return _local(row) + timedelta(seconds=row["moving_time"])
