"""Challenges around today in the group of a cast, and the addresses of their pages."""

from datetime import timedelta

from sqlalchemy import select

from tests.support.builders import make_challenge, make_entry
from tests.support.cast import Cast
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry


def running(cast: Cast, *teams: str, **values: object) -> Challenge:
    """Make a challenge around today with the organiser and the member in it."""
    today = clock().today(cast.group.tz)
    window = {"starts_on": today - timedelta(days=5), "ends_on": today + timedelta(days=5)}
    made = {"created_at": clock().now(), **window, **values}
    challenge = make_challenge(cast.group, teams=teams, **made)
    for who in ("organiser", "member"):
        make_entry(challenge, cast.runners[who], challenge.teams[0] if teams else None)
    return challenge


def closed(cast: Cast, *teams: str) -> Challenge:
    today = clock().today(cast.group.tz)
    return running(cast, *teams, starts_on=today - timedelta(days=40), ends_on=today - timedelta(days=10))


def path_of(cast: Cast, challenge: Challenge, page: str) -> str:
    return f"{cast.home}/c/{challenge.id}/{page}"


def entry_of(cast: Cast, who: str) -> Entry:
    return db.session.scalars(select(Entry).where(Entry.runner_id == cast.runners[who].id)).one()
