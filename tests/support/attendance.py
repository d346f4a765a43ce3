"""A group with a run this evening, its leader, and members who answered; and runs that somebody recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from tests.support.browser import Browser
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.group_runs import group_run, pace_group
from webapp.attendance.code_rules import RunnerKeys
from webapp.db import db
from webapp.extensions import clock, settings
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.attendance import Attendance
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer

_numbers = count(1)
STARTS = NOON.replace(hour=18, minute=30)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Evening:
    """A run at half past six. Ana leads it; Ben, Caro and Dora are in, Dora with two guests; Eve said nothing."""

    group: Group
    run: GroupRun
    pace_group: PaceGroup
    runners: dict[str, Runner]

    @property
    def address(self) -> str:
        return f"/g/{self.group.slug}/runs/{self.run.id}"

    def id_of(self, name: str) -> int:
        return self.runners[name].id


def make_evening() -> Evening:
    """Make it, with the clock at its start."""
    group = make_group()
    runners = {name: make_runner(f"{name} Runner") for name in ("Ana", "Ben", "Caro", "Dora", "Eve", "Olga")}
    for name, runner in runners.items():
        make_member(group, runner, role="organiser" if name == "Olga" else "member")
    run = group_run(group, NOON.date(), min_distance_m=8000, max_distance_m=10_000)
    steady = pace_group(run, leader_id=runners["Ana"].id)
    for name in ("Ben", "Caro", "Dora"):
        answer(run, runners[name], guests=2 if name == "Dora" else 0)
    db.session.commit()
    clock().set(now=STARTS)
    return Evening(group, run, steady, runners)


def answer(run: GroupRun, runner: Runner, said: RsvpAnswer = RsvpAnswer.IN, **values: Any) -> Rsvp:
    """Return the answer of a runner."""
    made = Rsvp(run_id=run.id, runner_id=runner.id, answer=said, answered_at=NOON, **values)
    db.session.add(made)
    db.session.commit()
    return made


def recorded(runner: Runner, start: datetime = STARTS, **values: Any) -> Activity:
    """Return an hour's run of 9 km that a runner's watch recorded."""
    number = next(_numbers)
    usual = {"source": "strava", "source_id": f"came-{number}", "sport_type": "Run", "title": "Evening run"}
    day = {"local_date": start.date(), "start_utc": start, "utc_offset_s": 0}
    size = {"distance_m": 9000, "moving_s": 3000, "elapsed_s": 3600, "climb_m": 20}
    made = Activity(runner_id=runner.id, **{**usual, **day, **size, **values})
    db.session.add(made)
    db.session.commit()
    return made


def key(evening: Evening, name: str) -> str:
    return RunnerKeys(evening.run.id, settings().secret_key).key_of(evening.id_of(name))


def press(browser: Browser, evening: Evening, name: str, outcome: str = "came") -> int:
    return browser.post(f"{evening.address}/attendance", {"tap": f"{key(evening, name)} {outcome}"}).status_code


def noted(evening: Evening) -> dict[str, tuple[str, str]]:
    """Return the outcome and the source of everyone of whom something is noted."""
    db.session.rollback()
    rows = db.session.scalars(select(Attendance).where(Attendance.run_id == evening.run.id)).all()
    names = {runner.id: name for name, runner in evening.runners.items()}
    return {names[row.runner_id]: (row.outcome.value, row.source.value) for row in rows}
