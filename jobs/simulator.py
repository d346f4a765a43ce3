"""The Strava simulator as a program of its own, put together from the environment.

    gunicorn -w 1 -k gthread --threads 16 --no-control-socket -b 127.0.0.1:8001 "jobs.simulator:create_app()"

One process only: the rounds that release runs and deliver events must not run twice.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from integrations.strava_simulator.server import create_simulator
from integrations.strava_simulator.settings import SimulatorSettings
from webapp.clock import Clock


def create_app() -> Flask:
    """Return the simulator that the environment describes."""
    return create_simulator(settings_from(os.environ), Clock(home(os.environ) / "clock.json"))


def home(env: Mapping[str, str]) -> Path:
    """Return the folder where the instance keeps what it has (CHASEPACK_HOME)."""
    return Path(env.get("CHASEPACK_HOME") or "instance").resolve()


def settings_from(env: Mapping[str, str]) -> SimulatorSettings:
    """Read the settings. Raises ValueError for one that cannot be.

    CHASEPACK_HOME holds the store; SIM_PORT is where browsers reach the simulator, or SIM_URL where that is elsewhere;
    SIM_RUNS names a real log; SIM_SPEED, SIM_SEED, SIM_TIER, SIM_ATHLETES shape the world.
    """
    runs = env.get("SIM_RUNS")
    return SimulatorSettings(
        store=home(env) / "simulator.sqlite3",
        runs=Path(runs) if runs else None,
        release_speed=float(env.get("SIM_SPEED") or 60),
        seed=int(env.get("SIM_SEED") or 1),
        tier=env.get("SIM_TIER") or "reviewed",
        client_id=env.get("CHASEPACK_STRAVA_CLIENT_ID") or "1",
        client_secret=env.get("CHASEPACK_STRAVA_CLIENT_SECRET") or "simulator",
        public_url=env.get("SIM_URL") or f"http://127.0.0.1:{env.get('SIM_PORT') or 8001}",
        athletes=int(env.get("SIM_ATHLETES") or 60),
    )
