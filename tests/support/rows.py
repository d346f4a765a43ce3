"""Rows of Strava's list of activities, made up or from the real log."""

import csv
import gzip
import os
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

Row = dict[str, Any]
REPOSITORY = Path(__file__).parents[2]
_ids = count(1)


def api_row(start: str = "2026-11-12 07:00:00", *, offset: int = 0, **values: Any) -> Row:
    """Return a run of 10 km in 50 minutes as the list shows it; `start` local, `offset` seconds east of UTC."""
    local = datetime.fromisoformat(start)
    utc = local - timedelta(seconds=offset)
    moving = values.get("moving_time", 3000)
    return {
        "id": next(_ids),
        "name": "Morning Run",
        "sport_type": "Run",
        "distance": 10_000.0,
        "moving_time": moving,
        "elapsed_time": moving,
        "total_elevation_gain": 40.0,
        "start_date": f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        "start_date_local": f"{local:%Y-%m-%dT%H:%M:%SZ}",
        "utc_offset": float(offset),
        "manual": False,
        "trainer": False,
        "private": False,
        "visibility": "everyone",
        "flagged": False,
        "device_name": "Garmin Forerunner 255",
        **values,
    }


def open_log() -> Path:
    """Return where the real log lies, if it is there: it is no part of the project."""
    return Path(os.environ.get("OPEN_LOG") or REPOSITORY.parent / "shared" / "data" / "open.csv.gz")


def rows_of_log(path: Path) -> dict[str, list[Row]]:
    """Return the log by runner as Strava's list would show it. It knows no elapsed time, so that is missing."""
    runners: dict[str, list[Row]] = defaultdict(list)
    with gzip.open(path, "rt") as lines:
        for number, line in enumerate(csv.DictReader(lines), start=1):
            row = api_row(line["start_local"], offset=int(line["utc_offset_s"] or 0), id=number)
            row |= {"sport_type": line["sport_type"], "distance": float(line["distance_m"] or 0)}
            row |= {"moving_time": int(line["moving_s"] or 0), "total_elevation_gain": float(line["elevation_m"] or 0)}
            del row["elapsed_time"]
            runners[line["runner"]].append(row)
    return runners
