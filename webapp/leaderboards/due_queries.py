"""Reading which boards are due to be published, and in which time zone."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from webapp.db import db
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.models.scoring import Standing
from webapp.rulebook.lifecycle import COUNTING, state_of


def zone_of(challenge_id: int) -> str | None:
    """Return the time zone of a challenge's group; None if the challenge no longer exists."""
    return db.session.scalar(select(Group.tz).join(Challenge).where(Challenge.id == challenge_id))


def boards_to_publish(now: datetime) -> list[int]:
    """Return the challenges whose board shows another date than the group's today, or has standings to publish."""
    waits = exists().where(Standing.challenge_id == Challenge.id, Standing.dirty_from.is_not(None))
    times = (Challenge.starts_on, Challenge.ends_on, Challenge.grace_hours, Challenge.closed_at)
    windows = (*times, Group.tz, Challenge.as_of)
    return [
        challenge_id
        for challenge_id, *window, tz, as_of, waiting in db.session.execute(
            select(Challenge.id, *windows, waits).join(Group).order_by(Challenge.id)
        )
        if waiting or _turns(window, tz, as_of, now)
    ]


def overtakes_to_derive() -> list[int]:
    """Return the challenges whose overtakes are not up to date."""
    return list(db.session.scalars(select(Challenge.id).where(Challenge.overtakes_from.is_not(None))))


def _turns(window: Iterable[Any], tz: str, as_of: date | None, now: datetime) -> bool:
    starts_on, ends_on, grace_hours, closed_at = window
    running = state_of(starts_on, ends_on, grace_hours, tz, now, closed_at) in COUNTING
    return running and as_of != now.astimezone(ZoneInfo(tz)).date()
