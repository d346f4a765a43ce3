"""A runner's own target in a challenge. Nothing here commits."""

from datetime import datetime

from sqlalchemy import update

from webapp.db import db
from webapp.entries.participation_queries import participation_of
from webapp.errors import Problem
from webapp.formatting import local_date
from webapp.models.challenges import Challenge, Entry
from webapp.scoring.service import rederive_entry


class NotEntered(Problem):
    """A target belongs to an entry."""

    title = "You are not in this challenge"
    message = "Join it first, then set your target."
    status = 409


class TargetTooLate(Problem):
    """Targets cannot change after the first week."""

    title = "It is too late to set a target"
    message = "Targets are fixed after the first week, for everyone."
    status = 409


def set_target(challenge: Challenge, runner_id: int, target: int | None, tz: str, now: datetime) -> None:
    """Store a runner's target, and score them by it.

    Raises NotEntered, and TargetTooLate.
    """
    part = participation_of(challenge, runner_id, tz, local_date(now, tz))
    if part is None:
        raise NotEntered()
    if not part.may_set:
        raise TargetTooLate()
    mine = update(Entry).where(Entry.id == part.entry_id, Entry.runner_id == runner_id)
    db.session.execute(mine.values(target=target))
    rederive_entry(part.entry_id, now)
