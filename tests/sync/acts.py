"""What tests of reading do: on Strava, to the clock, and to the stored events."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from integrations.strava.types import PushEvent
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.rows import Row, api_row
from tests.support.simulator import Simulator
from tests.support.strava import listed
from tests.support.worker import process_jobs
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.sync import StoredEvent
from webapp.queue import enqueue
from webapp.sync import service


def pass_by(clock: Clock, **time: float) -> None:
    """Let the clock, of every process that shares it, go forward."""
    clock.set(now=clock.now() + timedelta(**time))


def let_a_round_work(app: Flask) -> None:
    """Let the planner enqueue what is due, and the workers do it; no job may fail."""
    enqueue(Job.PLAN_SYNCS)
    assert process_jobs(app) == []


def tell(athlete_id: int, activity_id: object, aspect: str, at: datetime, **updates: str) -> None:
    event = PushEvent("activity", int(str(activity_id)), aspect, athlete_id, 1, at, updates)
    begin_write()
    assert service.store_event(event, at)
    db.session.commit()


def events_stored() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(StoredEvent)) or 0


def upload(simulator: Simulator, athlete_id: int, **fields: Any) -> int:
    made: int = simulator.control("POST", f"athletes/{athlete_id}/activities", fields)["id"]
    return made


def newest(simulator: Simulator, athlete_id: int) -> int:
    found: int = listed(simulator, athlete_id)[0]["id"]
    return found


def on_a_board(runner_id: int, clock: Clock, days_left: int = 0) -> date:
    """Enter the runner in a challenge of these days and return its last date."""
    group, runner = make_group(), db.session.get_one(Runner, runner_id)
    make_member(group, runner)
    today = clock.today("UTC")
    last = today + timedelta(days=days_left)
    make_entry(make_challenge(group, starts_on=today - timedelta(days=20), ends_on=last), runner)
    return last


def row(clock: Clock, **ago: float) -> Row:
    return api_row(f"{clock.now() - timedelta(**ago):%Y-%m-%d %H:%M:%S}")
