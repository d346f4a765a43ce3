"""Finding the runners whose final sync an ended challenge still waits for."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.db import db
from webapp.models.challenges import Challenge, Entry
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.rulebook.lifecycle import days_end_at, ended_by


def unfrozen_ends(now: datetime) -> Sequence[date]:
    """Return the last dates, over everywhere, of challenges that are not frozen: few, since most end with a month."""
    ended = select(Challenge.ends_on).where(Challenge.frozen_at.is_(None), Challenge.ends_on <= ended_by(now))
    return db.session.scalars(ended.distinct().order_by(Challenge.ends_on)).all()


def owes_read(ends_on: date) -> ColumnElement[bool]:
    """Return the condition on Entry, Challenge (of these days) and Connection under which a final sync is needed.

    That is a read of everything, from the first date of the challenge on, begun after the days had ended, the entry was
    made, and the challenge was made. It is no longer needed if the runner has ended the connection. For a connection
    from a backup it is needed until Strava has confirmed or refused it.
    """
    looked, read_from = Connection.last_full_resync_at, Connection.read_from
    since = or_(looked < days_end_at(ends_on), looked < Entry.joined_at, looked < Challenge.created_at)
    unread = or_(looked.is_(None), since, read_from.is_(None), read_from > Challenge.starts_on)
    unconfirmed = Connection.restored_at.is_not(None) & Connection.ended_at.is_(None)
    owes = or_(unconfirmed, (Connection.state != ConnectionState.DEAUTHORISED) & unread)
    return and_(Challenge.ends_on == ends_on, owes)


def unread_count(challenge: Challenge) -> int:
    """Return how many runners a challenge still waits for before it is frozen."""
    theirs = (Entry.challenge_id == Challenge.id) & (Connection.runner_id == Entry.runner_id)
    owed = select(func.count()).where(Challenge.id == challenge.id, theirs, owes_read(challenge.ends_on))
    return db.session.scalar(owed) or 0
