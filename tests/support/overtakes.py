"""Deriving overtakes outside a job."""

from datetime import date, datetime

from tests.support.boards import NOON, TODAY, Made
from webapp.chase import service
from webapp.db import begin_write, db


def derive_overtakes(made: Made, today: date = TODAY, now: datetime = NOON) -> None:
    """Derive the overtakes of a challenge as the job does."""
    findings = service.work_out(made.challenge.id, today)
    if findings:
        begin_write()
        service.store_overtakes(made.challenge.id, today, findings, now)
    db.session.commit()
