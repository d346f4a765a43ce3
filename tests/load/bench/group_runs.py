"""What the run of the week, the page of one run and that of the captain cost, next to a bare page of the same size."""

from datetime import timedelta
from uuid import uuid4

from flask import Flask
from sqlalchemy import insert, select

from tests.load.bench.captain import give_work
from tests.load.bench.crowd import Crowd, make_crowd
from tests.load.bench.measure import Viewer, filling, ratios
from tests.load.bench.stage import Stage
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.group_runs.rules import starts_at
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import Role, RsvpAnswer

MEMBERS = 5000
# How many of them answered to the run of tonight.
ANSWERS = (200, 5000)
WEEKS, PACE_GROUPS = 8, 3


def measure_group_runs(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return the ratio of each page to a bare one of the same size, by how many answered; all of them members."""
    found = {}
    for answers in ANSWERS:
        with filling(app):
            crowd = make_crowd(MEMBERS, f"runs-{answers}")
            run_id = _fill(crowd, answers)
            give_work(crowd)
        group = f"/g/{crowd.slug}"
        pages = {
            "run of the week": f"{group}/runs",
            "one run": f"{group}/runs/{run_id}",
            "start page with a run": "/home",
            "captain's page": f"{group}/captain",
        }
        found[f"{answers} answers"] = ratios(stage, Viewer(app, crowd.first), pages)
    return found


def _fill(crowd: Crowd, answers: int) -> int:
    """Plan runs for weeks, let members answer to the first one, and make the first member a captain; return the run."""
    now = clock().now()
    with write_transaction():
        group = db.session.scalars(select(Group).where(Group.slug == crowd.slug)).one()
        runs = [_run(group.id, days, crowd) for days in range(1, WEEKS * 7, 3)]
        mine = select(Membership).where(Membership.group_id == group.id, Membership.runner_id == crowd.first)
        db.session.scalars(mine).one().role = Role.CAPTAIN
        pace_groups = db.session.scalars(select(PaceGroup.id).where(PaceGroup.run_id == runs[0].id)).all()
        said = {"run_id": runs[0].id, "answer": RsvpAnswer.IN, "note": "See you there", "guests": 0, "answered_at": now}
        rows = [
            {**said, "runner_id": crowd.first + place, "pace_group_id": pace_groups[place % PACE_GROUPS]}
            for place in range(answers)
        ]
        db.session.execute(insert(Rsvp), rows)
        return runs[0].id


def _run(group_id: int, days: int, crowd: Crowd) -> GroupRun:
    on_date, now = clock().today("UTC") + timedelta(days=days), clock().now()
    where = {"title": "Group run", "purpose": "Easy miles", "meeting_place": "The fountain"}
    when = {"local_minutes": 1110, "tz": "UTC", "on_date": on_date, "starts_at": starts_at(on_date, 1110, "UTC")}
    made = {"uid": uuid4().hex, "created_at": now, "updated_at": now}
    run = GroupRun(group_id=group_id, **where, **when, **made)
    db.session.add(run)
    db.session.flush()
    for position in range(PACE_GROUPS):
        paces = {"fast_s_per_km": 300 + 60 * position, "slow_s_per_km": 360 + 60 * position, "distance_m": 10_000}
        leader = crowd.first + 1 + position if position else None
        db.session.add(PaceGroup(run_id=run.id, position=position, name=f"Pace {position}", leader_id=leader, **paces))
    db.session.flush()
    return run
