"""Reading activities: as values for the rules, as rows for their owner."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.sync import Connection
from webapp.rulebook.runs import Run

_RUN_COLUMNS = [getattr(Activity, name) for name in Run._fields]


def lock_runners(runner_ids: Collection[int]) -> set[int]:
    """Lock these runners until the end of the transaction, so that what is derived from their runs has one writer.

    Returns those who still exist. They are locked in the order of their ids, so that two writers of many never wait for
    each other. (SQLite has one writer anyway.)
    """
    wanted = select(Runner.id).where(Runner.id.in_(runner_ids)).order_by(Runner.id)
    # Key share: rows that merely point at the runner can still be written meanwhile.
    return set(db.session.scalars(wanted.with_for_update(key_share=True)))


def read_from_of(runner_ids: Collection[int]) -> dict[int, date | None]:
    """Return by runner the first date whose runs are kept; earlier days are only in the ledger.

    None until the initial import has ended: everything that arrives is kept. Runners without a connection are left out.
    """
    found = select(Connection.runner_id, Connection.read_from).where(Connection.runner_id.in_(runner_ids))
    return dict(db.session.execute(found).all())


def runners_with_raw(before: date) -> Sequence[int]:
    """Return the runners of whose activities before a date titles or devices are still stored, by id."""
    raw = or_(Activity.title.is_not(None), Activity.device.is_not(None))
    found = select(Activity.runner_id).where(Activity.local_date < before, raw).distinct()
    return db.session.scalars(found.order_by(Activity.runner_id)).all()


def runs_of(
    runner_ids: Collection[int],
    *,
    sports: Collection[str],
    first: date | None = None,
    last: date | None = None,
) -> dict[int, list[Run]]:
    """Return the activities in these sports by runner, those from `first` to `last` where given."""
    wanted: list[ColumnElement[bool]] = [Activity.runner_id.in_(runner_ids), Activity.sport_type.in_(sports)]
    if first is not None:
        wanted.append(Activity.local_date >= first)
    if last is not None:
        wanted.append(Activity.local_date <= last)
    runs: dict[int, list[Run]] = defaultdict(list)
    for runner_id, *values in db.session.execute(select(Activity.runner_id, *_RUN_COLUMNS).where(*wanted)):
        runs[runner_id].append(Run._make(values))
    return runs


def activities_of(runner_id: int, first: date | None = None, last: date | None = None) -> Sequence[Activity]:
    """Return a runner's activities from `first` to `last`, the newest first."""
    wanted = select(Activity).where(Activity.runner_id == runner_id)
    if first is not None:
        wanted = wanted.where(Activity.local_date >= first)
    if last is not None:
        wanted = wanted.where(Activity.local_date <= last)
    newest_first = (Activity.local_date.desc(), Activity.start_utc.desc(), Activity.id.desc())
    return db.session.scalars(wanted.order_by(*newest_first)).all()


def run_of(activity: Activity) -> Run:
    """Return the activity as the rules see it."""
    return Run._make(getattr(activity, name) for name in Run._fields)
