"""What the directory of groups costs, next to a bare page of the same size: the list, a search, filters, one group."""

import random
from datetime import time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import update

from tests.load.bench.measure import Viewer, filling, ratios
from tests.load.bench.stage import Stage
from webapp.db import db, write_transaction
from webapp.directory.fit_rules import NO_FITS
from webapp.extensions import clock
from webapp.group_profiles.rules import Meeting, Profile
from webapp.group_profiles.service import save_profile
from webapp.models.accounts import Runner
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Group
from webapp.models.scoring import LedgerDay
from webapp.rulebook.date_ranges import monday_of

# Groups in the directory.
SIZES = (100, 2000)
NAMES = ("Owls", "Larks", "Herons", "Striders", "Harriers", "Milers", "Otters", "Kites")
AREAS = ("Riverside", "Old Town", "Harbour", "Hill Park", "Canal Side", "North Gate")
ABOUT = "Easy miles by the water, tea and a bun after every run, nobody left behind, faster on Thursdays for the keen."
PAGES = {
    "by name": "/groups?sort=name",
    "by name, in the middle": "/groups?sort=name&page=50",
    "by fit": "/groups",
    "by fit, in the middle": "/groups?page=50",
    "words": "/groups?q=owls+tea",
    "a word of all": "/groups?q=tea",
    "day and pace": "/groups?day=1&pace=10",
    "day and pace, by name": "/groups?day=1&pace=10&sort=name",
    "area, day and pace": "/groups?day=1&pace=10&area=river",
    "no such group": "/groups?q=nowhere",
}


def measure_directory(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return for each size the ratio of each kind of page to a bare one of its size, both medians."""
    found = {}
    with app.app_context():
        runner_id = _runner()
    for size in SIZES:
        with filling(app):
            _list_groups(size)
        found[str(size)] = ratios(stage, Viewer(app, runner_id), PAGES)
    return found


def _runner() -> int:
    """Make a runner of 5:30 a km, so that groups are sorted by what suits them."""
    runner = Runner(name="Ana Ruiz", created_at=clock().now())
    db.session.add(runner)
    db.session.flush()
    monday = monday_of(clock().today("UTC"))
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
            counted = update(GroupProfile).where(GroupProfile.group_id == group.id)
            db.session.execute(counted.values(fits="".join(chance.choice("0123") for _ in NO_FITS)))


def _profile(chance: random.Random) -> Profile:
    days = sorted(chance.sample(range(7), 2))
    quickest = chance.randrange(240, 400, 5)
    paces: dict[str, Any] = {"quickest": quickest, "slowest": quickest + 75, "shortest_m": 5000, "farthest_m": 12_000}
    meetings = tuple(Meeting(day, time(18, 30), "The gate of the park") for day in days)
    return Profile(listed=True, area=f"{chance.choice(AREAS)}, Town", meetings=meetings, languages="English", **paces)
