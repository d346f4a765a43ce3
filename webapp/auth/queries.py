"""Reading who operates the installation."""

from collections.abc import Collection

from sqlalchemy import select

from webapp.db import db
from webapp.models.sync import Connection


def is_operator(runner_id: int, operators: Collection[str]) -> bool:
    """Return whether the runner's athlete is one of `operators`, who run this installation."""
    athlete_id = db.session.scalar(select(Connection.athlete_id).where(Connection.runner_id == runner_id))
    return athlete_id is not None and str(athlete_id) in operators
