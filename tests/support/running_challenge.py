"""A challenge around today in which two members have run."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask

from jobs import scoring
from tests.support.builders import make_challenge, make_entry
from tests.support.cast import Cast, run_jobs
from tests.support.derived import read_in
from tests.support.runs import reported
from webapp.extensions import clock
from webapp.models.challenges import Challenge


def running(app: Flask, cast: Cast, *teams: str, **values: Any) -> Challenge:
    """Make a challenge around today in which the organiser ran far once and the member twice."""
    today = clock().today(cast.group.tz)
    window = {"starts_on": today - timedelta(days=5), "ends_on": today + timedelta(days=5)}
    challenge = make_challenge(cast.group, teams=teams, created_at=clock().now(), **(window | values))
    for who, runs in (("organiser", {1: 30_000}), ("member", {1: 11_000, 2: 11_000})):
        runner = cast.runners[who]
        make_entry(challenge, runner, challenge.teams[0] if teams else None)
        rows = [_run(f"{who} {back}", today - timedelta(days=back), metres) for back, metres in runs.items()]
        read_in(runner.id)
        read_in(runner.id, rows)
    scoring.rederive_challenge(challenge.id)
    run_jobs(app)
    return challenge


def _run(source_id: str, day: date, metres: int) -> Any:
    start = datetime(day.year, day.month, day.day, 7, tzinfo=clock().now().tzinfo)
    return reported(source_id, local_date=day, start_utc=start, distance_m=metres, moving_s=metres * 4 // 10)
