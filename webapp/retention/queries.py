"""Finding the runs that are needed, and the runners with runs that are not."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from webapp.db import db
from webapp.models.challenges import Challenge, Entry
from webapp.models.sync import Connection
from webapp.rulebook.lifecycle import runs_needed_from


def runners_with_old_runs(today: date, raw_days: int) -> list[int]:
    """Return the runners with stored runs that are no longer needed, by id."""
    needed = (
        select(Entry.runner_id, func.min(Challenge.starts_on).label("first"))
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .where(Challenge.frozen_at.is_(None))
        .group_by(Entry.runner_id)
        .subquery()
    )
    stored = (
        select(Connection.runner_id, Connection.read_from, needed.c.first)
        .outerjoin(needed, needed.c.runner_id == Connection.runner_id)
        .where(Connection.read_from < runs_needed_from(None, today, raw_days))
        .order_by(Connection.runner_id)
    )
    found = db.session.execute(stored)
    return [runner_id for runner_id, since, first in found if since < runs_needed_from(first, today, raw_days)]


def stored_from(runner_id: int, today: date, raw_days: int) -> date:
    """Return the first date from which a runner's runs are needed: the window that full resyncs read and purges leave.

    `today` in UTC. It is that of the earliest challenge they are in and that is not frozen, less a day, and never later
    than `raw_days` ago.
    """
    return stored_from_of([runner_id], today, raw_days)[runner_id]


def stored_from_of(runner_ids: Collection[int], today: date, raw_days: int) -> dict[int, date]:
    """Return the same for several runners, few enough for one statement."""
    earliest = (
        select(Entry.runner_id, func.min(Challenge.starts_on))
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .where(Entry.runner_id.in_(runner_ids), Challenge.frozen_at.is_(None))
        .group_by(Entry.runner_id)
    )
    starts = dict(db.session.execute(earliest).all())
    return {runner_id: runs_needed_from(starts.get(runner_id), today, raw_days) for runner_id in runner_ids}
