"""Watching challenges freeze: when each did, and when every runner had been read whole before that."""

from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tests.load.soak.pace import looking
from webapp.db import db
from webapp.models.challenges import Challenge, Entry
from webapp.models.sync import Connection
from webapp.rulebook.lifecycle import days_end_at


@dataclass
class Frozen:
    """A challenge that is frozen: when, how many it says were unread, and by runner the last read before it."""

    at: datetime
    unread: int
    read_at: dict[int, datetime] = field(default_factory=dict)


class Freezing:
    """Observes the challenges whose days are over until they are frozen."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._read_at: dict[int, dict[int, datetime]] = {}
        self.frozen: dict[int, Frozen] = {}

    def look(self, now: datetime) -> None:
        """Record which runners have been read, and which challenges are frozen."""
        try:
            with looking(self._app):
                for challenge in db.session.scalars(select(Challenge)).all():
                    if challenge.id not in self.frozen and days_end_at(challenge.ends_on) <= now:
                        self._look_at(challenge)
        except SQLAlchemyError:
            return

    def _look_at(self, challenge: Challenge) -> None:
        if challenge.frozen_at is not None:
            read_at = self._read_at.get(challenge.id, {})
            self.frozen[challenge.id] = Frozen(challenge.frozen_at, challenge.unread or 0, read_at)
            return
        reads = select(Connection.runner_id, Connection.last_full_resync_at).join(
            Entry, Entry.runner_id == Connection.runner_id
        )
        found = db.session.execute(
            reads.where(Entry.challenge_id == challenge.id, Connection.last_full_resync_at.is_not(None))
        )
        self._read_at[challenge.id] = {
            runner_id: last_full_resync_at for runner_id, last_full_resync_at in found if last_full_resync_at
        }
