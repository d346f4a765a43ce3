"""What the operator's page shows as problems."""

from datetime import timedelta

from sqlalchemy import update

from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.sync import Connection

PAGE, PART = "/operator", "/operator/part"


def give_up(runner: Runner, **values: object) -> None:
    now = clock().now()
    given_up = {"failures": 10, "gave_up_at": now, "rest_until": now + timedelta(hours=2), "problem": "Strava is away."}
    db.session.execute(update(Connection).where(Connection.runner_id == runner.id).values(**{**given_up, **values}))
    db.session.commit()
