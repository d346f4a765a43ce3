"""The world runs on a real log: dates moved by whole weeks, oddities kept."""

import csv
import gzip
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integrations.strava_simulator.log import RUNNING, read_log, zone_for
from tests.integrations.strava_simulator.conftest import NOW, Simulate
from tests.integrations.strava_simulator.wire import Wire

BESIDE = Path(__file__).parents[4] / "shared" / "data" / "open.csv.gz"
COLUMNS = "runner,start_local,utc_offset_s,sport_type,distance_m,moving_s,avg_hr,elevation_m"


def written(path: Path, *rows: str) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write("\n".join((COLUMNS, *rows)) + "\n")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return written(
        tmp_path / "log.csv.gz",
        "a,2019-05-01 23:30:00,28800,Run,5000,1500,150,12",
        "a,2019-05-04 07:00:00,28800,mountaineering,9000,9000,0,",
        "a,2019-05-03 07:00:00,28800,Run,0,0,0,",
        "b,2024-02-29 06:00:00,-18000,TrailRun,21100,7000,,300.5",
    )


def test_dates_move_by_whole_weeks_into_the_past_week(small: Path) -> None:
    for runs in read_log(small, NOW).values():
        last = max(run.end for run in runs if run.sport_type in RUNNING)
        assert 0 <= NOW.timestamp() - last < timedelta(days=7).total_seconds()
    moved = read_log(small, NOW)["a"]
    assert [run.start_local.strftime("%A %H:%M") for run in moved] == [
        "Wednesday 23:30",
        "Friday 07:00",
        "Saturday 07:00",
    ]
    assert moved[0].utc_offset == 28800 and moved[0].heart_rate == 150 and moved[1].heart_rate is None


def test_a_world_on_a_log_has_its_runners_and_keeps_its_oddities(simulate: Simulate, small: Path) -> None:
    wire = simulate(runs=small)
    people = wire.control("GET", "athletes")
    assert len(people) == 2
    held = wire.control("GET", f"athletes/{people[0]['id']}/activities")
    assert "Run" in {row["sport_type"] for row in held} and 0 in {row["distance"] for row in held}
    again = simulate(runs=small)
    assert again.control("GET", f"athletes/{people[0]['id']}/activities") == held


@pytest.mark.parametrize(("seconds", "zone"), [(28800, "Etc/GMT-8"), (-18000, "Etc/GMT+5"), (0, "Etc/GMT")])
def test_an_offset_has_a_zone(seconds: int, zone: str) -> None:
    assert zone_for(seconds) == zone


@pytest.fixture
def real() -> Iterator[Path]:
    path = Path(os.environ.get("OPEN_LOG") or BESIDE)
    if not path.exists():
        pytest.skip("the real running log is not here; its tests did not run")
    yield path


def test_the_real_log_is_served_whole(simulate: Simulate, real: Path) -> None:
    wire = simulate(runs=real)
    with gzip.open(real, "rt", encoding="utf-8") as lines:
        expected = Counter(row["runner"] for row in csv.DictReader(lines))
    people = wire.control("GET", "athletes")
    held = [who["activities"] for who in people]
    planned = wire.control("GET", "plan")["planned"]
    assert len(people) == len(expected) and sum(held) + planned == sum(expected.values())
    busiest = max(people, key=lambda who: int(who["activities"]))
    assert len(listed(wire, int(busiest["id"]))) == busiest["activities"]


def listed(wire: Wire, athlete: int) -> set[int]:
    """Read an athlete's list to its empty page; return the ids."""
    token = wire.connect(athlete)["access_token"]
    found: set[int] = set()
    page = 1
    while rows := wire.get("/api/v3/athlete/activities", token, per_page=200, page=page).json:
        assert all(datetime.fromisoformat(row["start_date"]) <= NOW for row in rows)
        found, page = found | {row["id"] for row in rows}, page + 1
    return found
