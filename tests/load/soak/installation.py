"""An instance with everybody in it, ready for the month."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from flask import Flask
from flask_migrate import upgrade

from integrations.strava_simulator.store import Store
from jobs.simulator import simulator_settings
from tests.load.soak.crowd import Crowd, gather
from tests.load.soak.parts import Parts
from tests.load.soak.people import Month, Person, fill_world
from tests.load.soak.subscription import subscribe
from tests.support.simulator import Simulator
from webapp.clock import Clock
from webapp.extensions import limiter
from webapp.factory import create_app

# Everybody arrives and is read for the first time in the hours before the month.
ARRIVAL = timedelta(hours=3)
# Seconds of life that Strava may take to answer: what times out here costs no more than that.
STRAVA_TIMEOUT = "1.0"
# The key with which Strava signs its events.
WEBHOOK_KEY = "a key that both have"


class Wanted(Protocol):
    """What is to be stood up."""

    @property
    def athletes(self) -> int: ...
    @property
    def database(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def log(self) -> Path | None: ...
    @property
    def month(self) -> Month: ...


@dataclass
class Installation:
    """The parts at work, the application to look into them with, and everybody."""

    parts: Parts
    app: Flask
    clock: Clock
    strava: Store
    simulator: Simulator
    people: list[Person]


@contextmanager
def installation(folder: Path, plan: Wanted) -> Iterator[Installation]:
    """Start everything some hours before the month, and end it."""
    sizes = {"SIM_ATHLETES": str(plan.athletes), "SIM_SEED": str(plan.seed), "STRAVA_TIMEOUT": STRAVA_TIMEOUT}
    parts = Parts(folder, plan.database, **sizes, STRAVA_WEBHOOK_KEY=WEBHOOK_KEY)
    try:
        yield _stand_up(parts, plan.month, plan.log)
    finally:
        parts.close()


def _stand_up(parts: Parts, month: Month, log: Path | None) -> Installation:
    settings = parts.settings
    clock = Clock(settings.clock_file)
    clock.set(now=month.begin - ARRIVAL)
    people = fill_world(simulator_settings(settings), month, log)
    parts.start_redis()
    app = create_app(settings)
    limiter.enabled = False  # everybody comes within a minute here
    with app.app_context():
        upgrade()
    parts.start_simulator()
    parts.start_web()
    parts.start("worker")
    store = Store(settings.home / "simulator.sqlite3")
    return Installation(parts, app, clock, store, Simulator(settings.simulator_address), people)


def gather_crowd(made: Installation, month: Month, seed: int) -> Crowd:
    """Let everybody connect and join. The initial imports go on when this returns."""
    problem = subscribe(made.app)
    if problem:
        raise RuntimeError(problem)
    crowd = gather(made.app, made.simulator, made.people, seed)
    crowd.start_challenges(month.begin.date().replace(day=1))
    return crowd
