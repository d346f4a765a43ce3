"""Purging runs, their details and photos when they are no longer needed. Nothing here commits."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import delete, or_, update

from webapp.activities.queries import lock_runners, read_from_of, runs_of
from webapp.db import db
from webapp.models.activities import Activity
from webapp.models.sync import Connection
from webapp.photos.queries import runners_to_purge
from webapp.photos.service import remove_photos
from webapp.retention.queries import stored_from_of
from webapp.rulebook.runs import LEDGER_SPORTS, cut_at


def purge_details(runner_ids: Collection[int], before: date) -> None:
    """Remove titles and devices of the activities of some runners before a date. Does not commit."""
    lock_runners(runner_ids)
    old = (Activity.runner_id.in_(runner_ids), Activity.local_date < before)
    raw = or_(Activity.title.is_not(None), Activity.device.is_not(None))
    db.session.execute(update(Activity).where(*old, raw).values(title=None, device=None))


def purge_runs(runner_ids: Collection[int], today: date, raw_days: int) -> None:
    """Remove the runs of some runners that are no longer needed, and record from which date they are kept.

    The ledger stays: it was derived when they came in. Runs that are judged together with one that is needed stay
    with it. `today` in UTC. Does not commit.
    """
    lock_runners(runner_ids)
    needed, since = stored_from_of(runner_ids, today, raw_days), read_from_of(runner_ids)
    runs = runs_of(runner_ids, sports=LEDGER_SPORTS)
    for runner_id in runner_ids:
        read_from, cut = since.get(runner_id), cut_at(runs.get(runner_id, ()), needed[runner_id])
        if read_from is None or cut <= read_from:
            continue
        db.session.execute(delete(Activity).where(Activity.runner_id == runner_id, Activity.local_date < cut))
        db.session.execute(update(Connection).where(Connection.runner_id == runner_id).values(read_from=cut))


def purge_photos(now: datetime, limit: int) -> int:
    """Remove photos that were kept long enough, or that no group sees; return how many, `limit` at most."""
    runner_ids = runners_to_purge(now, limit)
    lock_runners(runner_ids)
    remove_photos(runner_ids)
    return len(runner_ids)
