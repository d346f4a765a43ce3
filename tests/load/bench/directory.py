"""What the directory of groups costs, next to a bare page of the same size: the list, a search, filters, one group."""

import random
import statistics
from datetime import time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, text

from tests.load.bench.measure import Viewer, ask
from tests.load.bench.stage import Stage
from webapp.db import db, write_transaction
from webapp.directory.fit_rules import STEPS, this_monday
from webapp.extensions import clock
from webapp.group_profiles.rules import Meeting, Profile
from webapp.group_profiles.service import save_profile
from webapp.models.accounts import Runner
from webapp.models.directory import GroupFit
from webapp.models.groups import Group
from webapp.models.scoring import LedgerDay
from webapp.models.words import FitKind

# Groups in the directory.
SIZES = (100, 2000)
ROUNDS = 60
NAMES = ("Owls", "Larks", "Herons", "Striders", "Harriers", "Milers", "Otters", "Kites")
AREAS = ("Riverside", "Old Town", "Harbour", "Hill Park", "Canal Side", "North Gate")
ABOUT = "Easy miles by the water, tea and a bun after every run, nobody left behind, faster on Thursdays for the keen."
PAGES = {
    "by fit": "/groups",
    "words": "/groups?q=owls+tea",
    "filters": "/groups?day=1&pace=10&area=river",
    "no such group": "/groups?q=nowhere",
}


def measure_directory(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return for each size the ratio of each kind of page to a bare one of its size, both medians."""
    found = {}
    with app.app_context():
        runner_id = _runner()
    for size in SIZES:
        with app.app_context():
            _list_groups(size)
            _analyze()
            db.session.remove()
        found[str(size)] = _ratios(stage, Viewer(app, runner_id))
    return found


def _ratios(stage: Stage, viewer: Viewer) -> dict[str, float]:
    connection = stage.connect()
    took: dict[str, list[float]] = {name: [] for name in PAGES}
    bare: dict[str, list[float]] = {name: [] for name in PAGES}
    for number in range(ROUNDS):
        # Searches are limited by address.
        headers = {**viewer.headers, "X-Forwarded-For": f"10.0.{number // 20}.{number % 250}"}
        for name, path in PAGES.items():
            milliseconds, length, _ = ask(connection, path, headers)
            took[name].append(milliseconds)
            bare[name].append(ask(connection, f"/bare/{length}", headers)[0])
    middle = statistics.median
    return {name: round(middle(took[name]) / middle(bare[name]), 2) for name in PAGES}


def _runner() -> int:
    """Make a runner of 5:30 a km, so that groups are sorted by what suits them."""
    runner = Runner(name="Ana Ruiz", created_at=clock().now())
    db.session.add(runner)
    db.session.flush()
    monday = this_monday(clock().today("UTC"))
    figures = {"distance_m": 6000, "moving_s": 1980, "climb_m": 0, "runs": 1, "longest_m": 6000}
    for days in range(1, 28, 2):
        day = {"runner_id": runner.id, "sport_class": "run", "local_date": monday - timedelta(days=days)}
        db.session.add(LedgerDay(**day, **figures))
    db.session.commit()
    return runner.id


def _list_groups(size: int) -> None:
    """Make listed groups until there are `size`."""
    with write_transaction():
        for number in range(db.session.query(Group).count(), size):
            chance = random.Random(number)
            name = f"{chance.choice(AREAS)} {chance.choice(NAMES)} {number}"
            group = Group(slug=f"group-{number}", name=name, tz="UTC", created_at=clock().now())
            db.session.add(group)
            db.session.flush()
            save_profile(group, _profile(chance), ABOUT)
            db.session.execute(insert(GroupFit), _fits(group.id, chance))


def _profile(chance: random.Random) -> Profile:
    days = sorted(chance.sample(range(7), 2))
    quickest = chance.randrange(240, 400, 5)
    paces: dict[str, Any] = {"quickest": quickest, "slowest": quickest + 75, "shortest_m": 5000, "farthest_m": 12_000}
    meetings = tuple(Meeting(day, time(18, 30), "The gate of the park") for day in days)
    return Profile(listed=True, area=f"{chance.choice(AREAS)}, Town", meetings=meetings, languages="English", **paces)


def _fits(group_id: int, chance: random.Random) -> list[dict[str, Any]]:
    bands = {FitKind.PACE: range(9, 14), FitKind.DISTANCE: range(4), FitKind.DAYS: range(4)}
    return [
        {"group_id": group_id, "kind": kind, "band": band, "step": chance.choice(STEPS)}
        for kind, those in bands.items()
        for band in those
    ]


def _analyze() -> None:
    if db.engine.dialect.name == "postgresql":  # in life autovacuum has done so long before
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
