"""The Flask extensions, and what the application carries: its settings, clock, sealer and budget."""

from typing import cast

from flask import current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from integrations.strava.budget import Budget
from webapp.clock import Clock
from webapp.config import Settings
from webapp.crypto import Sealer
from webapp.redis import redis_client

migrate = Migrate()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)


def settings() -> Settings:
    """Return the settings of the running application."""
    return cast(Settings, current_app.extensions["settings"])


def clock() -> Clock:
    """Return the clock. For views, jobs and the command line; rules and services take the time as an argument."""
    return cast(Clock, current_app.extensions["clock"])


def sealer() -> Sealer:
    """Return the sealer of the tokens."""
    return cast(Sealer, current_app.extensions["sealer"])


def budget() -> Budget:
    """Return the budget of reads, which all workers share."""
    return Budget(redis_client(), clock().now)
