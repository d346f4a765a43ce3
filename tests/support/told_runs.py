"""Group runs of which somebody is told: who answered what, and who leads."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.builders import NOON
from webapp.db import db
from webapp.facts.service import record_fact
from webapp.models.group_runs import GroupRun
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, RsvpAnswer


def answered(run: GroupRun, runner_id: int, answer: str = "in", **values: Any) -> Rsvp:
    """Store a member's answer to a run, of the day before noon."""
    row = Rsvp(
        run_id=run.id,
        runner_id=runner_id,
        answer=RsvpAnswer(answer),
        **{"answered_at": NOON - timedelta(days=1), **values},
    )
    db.session.add(row)
    db.session.flush()
    return row


def happened(kind: FactKind, run: GroupRun, now: datetime = NOON, **values: Any) -> None:
    """Record something about a run, and commit."""
    record_fact(kind, f"{run.uid}:{now.isoformat()}", now, group_id=run.group_id, group_run_id=run.id, **values)
    db.session.commit()
