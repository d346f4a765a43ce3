"""What the start page costs, next to a bare page of the same size, for a runner in one group and for one in three."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text, update

from tests.load.bench.crowd import Crowd, as_day, challenge_group, make_crowd
from tests.load.bench.measure import Viewer, filling, ratios
from tests.load.bench.stage import Stage
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent, Membership
from webapp.models.leaderboards import Placement
from webapp.visits.service import record_visit

# Members of each group.
SIZES = (100, 10_000)
PAGES = {"page": "/home", "part": "/home/part"}
# Everyone ran 5 to 9 km on each of these days before today, so that all have odds.
DAYS_AGO = (1, 3, 6, 10, 20, 40, 80, 200)
_RAN = """INSERT INTO ledger_day (runner_id, sport_class, local_date, distance_m, moving_s, climb_m, runs, longest_m)
SELECT id, 'run', :day, 5000 + id % 4001, 1800, 0, 1, 5000 FROM runner WHERE id BETWEEN :first AND :last"""


def measure_home(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return for each size the ratio of the page and of its live part to a bare one of the same size."""
    found = {}
    for size in SIZES:
        with filling(app):
            crowds = [make_crowd(size, slug=f"home-{size}-{n}") for n in range(3)]
            everywhere = _fill(crowds)
        one, three = (ratios(stage, Viewer(app, runner), PAGES) for runner in (crowds[0].first, everywhere))
        found[str(size)] = {f"{page}, 1 group": ratio for page, ratio in one.items()}
        found[str(size)] |= {f"{page}, 3 groups": ratio for page, ratio in three.items()}
    return found


def _fill(crowds: list[Crowd]) -> int:
    """Let everyone have run lately, and put the last runner of the first group into the others; return that runner."""
    today, everywhere = clock().today("UTC"), crowds[0].last
    with write_transaction():
        for ago in DAYS_AGO:
            values = {"day": as_day(today - timedelta(days=ago)), "first": crowds[0].first, "last": crowds[-1].last}
            db.session.connection().execute(text(_RAN), values)
        for crowd in crowds[1:]:
            group_id = challenge_group(db.session.get_one(Challenge, crowd.challenge_id)).id
            here: dict[Any, Any] = {
                Membership: Membership.group_id == group_id,
                Consent: Consent.group_id == group_id,
                Entry: Entry.challenge_id == crowd.challenge_id,
                Placement: Placement.challenge_id == crowd.challenge_id,
            }
            for model, of_crowd in here.items():
                moved = update(model).where(of_crowd, model.runner_id == crowd.last)
                db.session.execute(moved.values(runner_id=everywhere))
        for runner in (crowds[0].first, everywhere):
            record_visit(runner, clock().now() - timedelta(days=2))
    return everywhere
