"""A real running log as a world: its dates are moved so that it ends within the past week."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from integrations.strava_simulator.run import SimulatorRun, title_for

RUNNING = ("Run", "TrailRun", "VirtualRun")
WEEK = timedelta(days=7)


def read_log(path: Path, now: datetime) -> dict[str, list[SimulatorRun]]:
    """Read a gzipped CSV and return each runner's activities in order of their local start.

    Columns: runner, start_local (`YYYY-MM-DD HH:MM:SS`), utc_offset_s, sport_type, distance_m, moving_s, avg_hr (0 or
    empty where absent), elevation_m (or empty). Every runner's dates move by a whole number of weeks, so that weekdays
    and rhythms stay true and the last run lies within the week before `now`.
    """
    runners: dict[str, list[SimulatorRun]] = defaultdict(list)
    with gzip.open(path, "rt", newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            runners[row["runner"]].append(_run(row))
    return {runner: _moved(runs, now) for runner, runs in sorted(runners.items())}


def zone_for(utc_offset: int) -> str:
    """Return a zone name with that offset, to the hour; in the Etc zones' names the sign is turned round."""
    hours = -round(utc_offset / 3600)
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


def _run(row: dict[str, str]) -> SimulatorRun:
    start = datetime.fromisoformat(row["start_local"])
    moving, utc_offset = int(row["moving_s"]), int(row["utc_offset_s"])
    return SimulatorRun(
        start_local=start,
        zone=zone_for(utc_offset),
        utc_offset=utc_offset,
        distance=float(row["distance_m"]),
        moving=moving,
        elapsed=moving,
        sport_type=row["sport_type"],
        name=title_for(start) if row["sport_type"] in RUNNING else row["sport_type"],
        climb=float(row["elevation_m"] or 0),
        heart_rate=round(float(row["avg_hr"])) if float(row["avg_hr"] or 0) else None,
        workout_type=0,
    )


def _moved(runs: Iterable[SimulatorRun], now: datetime) -> list[SimulatorRun]:
    ordered = sorted(runs, key=lambda run: run.start_local)
    last = max((run.end for run in ordered if run.sport_type in RUNNING), default=ordered[-1].end)
    weeks = (now - datetime.fromtimestamp(last, UTC)) // WEEK
    return [replace(run, start_local=run.start_local + weeks * WEEK) for run in ordered]
