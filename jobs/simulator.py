"""The Strava simulator as a program of its own, on the settings and the clock of the instance.

    gunicorn -w 1 -k gthread --threads 16 --no-control-socket -b 127.0.0.1:8001 "jobs.simulator:create_app()"

One process only: the rounds that release runs and deliver events must not run twice.
"""

from flask import Flask

from integrations.strava_simulator.server import create_simulator
from integrations.strava_simulator.settings import SimulatorSettings
from webapp.clock import Clock
from webapp.config import Settings, load_settings


def create_app() -> Flask:
    """Return the simulator of this instance."""
    settings = load_settings()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return create_simulator(simulator_settings(settings), Clock(settings.clock_file))


def simulator_settings(settings: Settings) -> SimulatorSettings:
    """Return the settings of the simulator, from those of the instance."""
    return SimulatorSettings(
        store=settings.home / "simulator.sqlite3",
        runs=settings.sim_runs,
        release_speed=settings.sim_speed,
        seed=settings.sim_seed,
        tier=settings.sim_tier,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        public_url=settings.simulator_address,
        athletes=settings.sim_athletes,
        webhook_key=settings.strava_webhook_key or "simulator",
    )
