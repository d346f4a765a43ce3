"""Deriving: rows that follow from the runs are written where the stored ones differ. Nothing is added to a total.

Every function locks the runners whose rows it derives before it reads, so that two writers of one runner follow each
other and the later one sees all. Runners who only share a challenge never wait for each other. A challenge whose
entries are derived is locked against freezing. None of them commits.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, and_, bindparam, case, update

from webapp.activities.queries import lock_runners, read_from_of, runs_of
from webapp.clock import latest_date
from webapp.db import batches, db
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.scoring import Standing
from webapp.queue import after_commit
from webapp.rulebook.judging import Differences, differences, next_date
from webapp.rulebook.runs import LEDGER_SPORTS, Run
from webapp.scoring.entry_queries import (
    DAYS,
    LEDGER,
    EntryContext,
    StoredTable,
    derived_entries,
    derived_ledger,
    due_again,
    entries_by_id,
    entries_of_runner,
    entry_ids_of,
    runner_ids_of,
    runs_for,
    stored_ledger,
    stored_rows,
)
from webapp.scoring.held_back_service import record_held_back

# Entries derived at once: some ten thousand runs of a month in memory.
BATCH = 500


def rederive(runner_id: int, dates: Collection[date] | None, now: datetime) -> set[int]:
    """Derive again what follows from one runner's runs after those of `dates` changed; None is everything.

    Writes the ledger and, for every entry whose window touches `dates`, day scores, team shares and standing. Frozen
    challenges stay as they are. The ledger is compared from the first date whose runs are kept, since a run may
    supersede one of the day before or after; older days outlive their runs as facts. Records from which date the runner
    is due again, where runs are dated ahead (`entry_queries.due_again`).
    Returns the challenges whose standings changed, and enqueues Job.PUBLISH_BOARD for each.
    """
    return rederive_together({runner_id: dates}, now)


def rederive_together(dates_of: Mapping[int, Collection[date] | None], now: datetime) -> set[int]:
    """Derive several runners at once, as `rederive` does for one: an activity moved from one to another.

    Rows are written in a fixed order, so that two such writers cannot deadlock.
    """
    wanted = {runner_id: dates for runner_id, dates in dates_of.items() if dates is None or dates}
    locked = lock_runners(wanted) if wanted else set()
    today = latest_date(now)
    runs: dict[int, Sequence[Run]] = {}
    entries: list[EntryContext] = []
    for runner_id in sorted(locked):
        # The runner may have been due because dates of runs have begun, in any challenge.
        dates = None if due_again(today, of=runner_id) else wanted[runner_id]
        runs[runner_id] = _derive_ledger(runner_id, today)
        entries += entries_of_runner(runner_id, dates)
    return _enqueue_publishing(_derive_entries(entries, runs, today, now))


def _derive_ledger(runner_id: int, today: date) -> Sequence[Run]:
    """Derive a runner's ledger, record when they are due again, and return the runs that are kept."""
    read_from = read_from_of([runner_id])
    runs = runs_of([runner_id], sports=LEDGER_SPORTS, first=read_from.get(runner_id)).get(runner_id, [])
    _write(LEDGER, differences(derived_ledger(runner_id, runs, today), stored_ledger([runner_id], read_from)))
    _record_next(runner_id, next_date(runs, today))
    return runs


def _record_next(runner_id: int, day: date | None) -> None:
    """Store the date from which on the runner is due to be derived again."""
    mine = update(Runner).where(Runner.id == runner_id, Runner.rederive_on.is_distinct_from(day))
    db.session.execute(mine.values(rederive_on=day))


def rederive_entry(entry_id: int, now: datetime) -> set[int]:
    """Derive one entry again: the runner joined, or changed teams. Returns and enqueues as `rederive`."""
    return _enqueue_publishing(rederive_entries([entry_id], now))


def rederive_challenge(challenge_id: int, now: datetime) -> set[int]:
    """Derive every entry of a challenge again, in one transaction. Returns and enqueues as `rederive`."""
    changed = [rederive_entries(entry_ids, now) for entry_ids in batches(entry_ids_of(challenge_id), BATCH)]
    return _enqueue_publishing(set().union(*changed))


def rederive_entries(entry_ids: Collection[int], now: datetime) -> set[int]:
    """Derive some entries again, at most `BATCH` in one call; those of frozen challenges stay. Returns as `rederive`.

    Enqueues nothing: a caller that derives in batches enqueues Job.PUBLISH_BOARD once, after the last of them.
    """
    lock_runners(runner_ids_of(entry_ids))
    entries = entries_by_id(entry_ids)
    return _derive_entries(entries, runs_for(entries), latest_date(now), now) if entries else set()


def _enqueue_publishing(challenge_ids: set[int]) -> set[int]:
    for challenge_id in sorted(challenge_ids):
        after_commit(Job.PUBLISH_BOARD, challenge_id)
    return challenge_ids


def _derive_entries(
    entries: Sequence[EntryContext], runs: Mapping[int, Sequence[Run]], today: date, now: datetime
) -> set[int]:
    changed_from: dict[int, date] = {}
    entry_ids = [entry.id for entry in entries]
    last_date = {entry.id: entry.rules.ends_on for entry in entries}
    for shape, derived in derived_entries(entries, runs, today).items():
        found = differences(derived, stored_rows(shape, entry_ids)) if entries else Differences({}, {}, {})
        _write(shape, found)
        for entry_id, *rest in found.keys:
            # Without a changed day (a new entry, another team), nothing changed before the last date.
            day = rest[0] if shape is DAYS else last_date[entry_id]
            changed_from[entry_id] = min(day, changed_from.get(entry_id, day))
    _mark_dirty(changed_from)
    if entries:
        record_held_back(entries, runs, today, now)
    return {entry.challenge_id for entry in entries if entry.id in changed_from}


def _write(shape: StoredTable, found: Differences) -> None:
    """Write the differences, one statement for each kind of them."""
    here = and_(*(shape.table.c[name] == bindparam(f"key_{name}") for name in shape.key))
    if found.gone:
        db.session.execute(shape.table.delete().where(here), [_key(shape, key) for key in found.gone])
    if found.changed:
        changed = [_key(shape, key) | _values(shape, values) for key, values in found.changed.items()]
        db.session.execute(shape.table.update().where(here), changed)
    if found.new:
        new = [dict(zip(shape.key, key, strict=True)) | _values(shape, values) for key, values in found.new.items()]
        db.session.execute(shape.table.insert(), new)


def _key(shape: StoredTable, key: tuple[Any, ...]) -> dict[str, Any]:
    return {f"key_{name}": part for name, part in zip(shape.key, key, strict=True)}


def _values(shape: StoredTable, values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(shape.values, values, strict=True))


def _mark_dirty(changed_from: Mapping[int, date]) -> None:
    """Mark the standings that the board has to publish, with the date from which their totals changed."""
    if not changed_from:
        return
    # Every row is written, marked already or not: a publishing board has locked the row and is about to clear the mark,
    # so the new one has to wait for it.
    day = bindparam("day", type_=Date)
    earlier = case((Standing.dirty_from < day, Standing.dirty_from), else_=day)
    mark = update(Standing).where(Standing.entry_id == bindparam("marked")).values(dirty_from=earlier)
    marks = [{"marked": entry_id, "day": day} for entry_id, day in sorted(changed_from.items())]
    db.session.connection().execute(mark, marks)
