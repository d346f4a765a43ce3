"""The operators of the installation, and what is left to them alone."""

from collections.abc import Collection

from sqlalchemy import select

from webapp.auth.session import current_runner
from webapp.extensions import db, settings
from webapp.models.sync import Connection


def is_operator(runner_id: int, operators: Collection[str]) -> bool:
    """Return whether the runner's athlete is one of `operators`, who run this installation."""
    athlete_id = db.session.scalar(select(Connection.athlete_id).where(Connection.runner_id == runner_id))
    return athlete_id is not None and str(athlete_id) in operators


def may_start_groups() -> bool:
    """Return whether the reader may start a group: every runner, or with `GROUPS=operator` operators alone."""
    runner = current_runner()
    return runner is not None and (settings().groups == "open" or is_operator(runner.id, settings().operating))
