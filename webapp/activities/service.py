"""Ingesting activities: new ones, changed ones, and those that are gone."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, insert, select, update

from integrations.strava.types import ActivityRow
from webapp.activities.queries import lock_runners, read_from_of
from webapp.activities.transfer_service import transfer
from webapp.db import batches, db
from webapp.models.activities import Activity

log = logging.getLogger(__name__)

# The columns that come from the source; the others say whose the activity is.
SOURCE_COLUMNS = (
    "sport_type", "local_date", "start_utc", "utc_offset_s", "start_hidden", "distance_m", "moving_s", "elapsed_s",
    "climb_m", "manual", "trainer", "private", "flagged", "title", "device",
)  # fmt: skip
# The last of these are kept for some days only.
RAW = ("title", "device")
_columns_of = attrgetter(*SOURCE_COLUMNS)


@dataclass
class Ingested:
    """What a sync changed, and every local date that it affected, before or after."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    dates: set[date] = field(default_factory=set)
    # The dates of activities that were another runner's until now, by that runner.
    handed_over: dict[int, set[date]] = field(default_factory=dict)


def ingest(
    runner_id: int,
    rows: Sequence[ActivityRow],
    gone: Collection[str] = (),
    *,
    raw_from: date | None = None,
    source: str = "strava",
    claims: Mapping[str, int] = MappingProxyType({}),
    now: datetime | None = None,
) -> Ingested:
    """Make the runner's activities of `rows` what the source says, and remove those whose ids are in `gone`.

    Idempotent; rows that say nothing new are not written. Of two rows with one id the later stands. An activity of
    another runner is taken over only where `claims` names it with that runner (`transfer_service.claims`), and never
    removed; their dates are then to be derived as well. Days before the runner's `read_from` are only in the ledger:
    their activities are not ingested, and a stored activity whose date moved there is removed. Title and device of
    activities before `raw_from` are not kept. New ones, and those taken over, are first seen `now`. Does not commit.
    The caller derives again, in the same transaction, what depends on the runs of the dates returned.
    """
    taken = Ingested()
    if runner_id not in lock_runners({runner_id, *claims.values()}):
        return taken  # erased while their runs were being read
    given = _to_store(runner_id, rows, raw_from)
    gone = {*gone, *(row.source_id for row in rows)} - given.keys()
    _hand_over(runner_id, source, {key: other for key, other in claims.items() if key in given}, now, taken)
    stored = _stored(runner_id, source, [*given, *gone])
    _add(runner_id, source, [row for source_id, row in given.items() if source_id not in stored], now, taken)
    _change([(stored[source_id], row) for source_id, row in given.items() if source_id in stored], raw_from, taken)
    _remove([stored[source_id] for source_id in gone if source_id in stored], taken)
    return taken


def _to_store(runner_id: int, rows: Sequence[ActivityRow], raw_from: date | None) -> dict[str, ActivityRow]:
    """Return the latest row of each activity by source id, without what is not kept and days that are only sums."""
    latest = {row.source_id: row for row in rows}
    since = read_from_of([runner_id]).get(runner_id) or date.min
    return {key: _stripped(row, raw_from) for key, row in latest.items() if row.local_date >= since}


def _hand_over(runner_id: int, source: str, claims: Mapping[str, int], now: datetime | None, taken: Ingested) -> None:
    """Give claimed activities to the runner, where they still belong to the runner whom the claim names."""
    wanted = select(Activity.id, Activity.runner_id, Activity.source_id, Activity.local_date)
    for ids in batches(sorted(claims)):
        stored = db.session.execute(wanted.where(Activity.source == source, Activity.source_id.in_(ids))).all()
        moved = [one for one in stored if one.runner_id == claims[one.source_id]]
        transfer([one.id for one in moved], runner_id, now)
        for one in moved:
            taken.handed_over.setdefault(one.runner_id, set()).add(one.local_date)
            taken.dates.add(one.local_date)
            log.info("activity handed over", extra={"runner": runner_id, "from_runner": one.runner_id})
        taken.new += len(moved)


def _stripped(row: ActivityRow, raw_from: date | None) -> ActivityRow:
    return replace(row, title=None, device=None) if _is_old(row, raw_from) else row


def _is_old(row: ActivityRow, raw_from: date | None) -> bool:
    return raw_from is not None and row.local_date < raw_from


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    values: tuple[Any, ...]
    local_date: date
    first_m: int | None

    @property
    def has_arrived(self) -> bool:
        return all(self.values[SOURCE_COLUMNS.index(name)] for name in ("distance_m", "moving_s"))


def _stored(runner_id: int, source: str, source_ids: Sequence[str]) -> dict[str, _Stored | None]:
    """Return what is stored of these activities by source id; None where it belongs to somebody else."""
    columns = [getattr(Activity, name) for name in SOURCE_COLUMNS]
    found: dict[str, _Stored | None] = {}
    for ids in batches(source_ids):
        wanted = select(Activity.id, Activity.runner_id, Activity.source_id, Activity.first_m, *columns)
        for row_id, owner_id, source_id, first_m, *values in db.session.execute(
            wanted.where(Activity.source == source, Activity.source_id.in_(ids))
        ):
            found[source_id] = _Stored(row_id, tuple(values), values[1], first_m) if owner_id == runner_id else None
    for source_id in (source_id for source_id, stored in found.items() if stored is None):
        log.warning("activity %s of %s belongs to another runner than %s: skipped", source_id, source, runner_id)
    return found


def _add(runner_id: int, source: str, rows: Sequence[ActivityRow], now: datetime | None, taken: Ingested) -> None:
    if not rows:
        return
    owned = {"runner_id": runner_id, "source": source, "first_seen_at": now}
    values = [{**owned, "source_id": row.source_id, "first_m": _first_m(row), **_values(row)} for row in rows]
    db.session.execute(insert(Activity), values)
    taken.new = len(rows)
    taken.dates.update(row.local_date for row in rows)


def _change(pairs: Sequence[tuple[_Stored | None, ActivityRow]], raw_from: date | None, taken: Ingested) -> None:
    changed = [(stored, row) for stored, row in pairs if stored and _differs(stored, row, raw_from)]
    if not changed:
        return
    db.session.execute(update(Activity), [_changed(stored, row) for stored, row in changed])
    taken.changed = len(changed)
    taken.dates.update(day for stored, row in changed for day in (stored.local_date, row.local_date))


def _changed(stored: _Stored, row: ActivityRow) -> dict[str, Any]:
    """Return what to write of a changed activity. One that had not arrived yet arrives as it is read now."""
    first_m = stored.first_m if stored.has_arrived else _first_m(row)
    return {"id": stored.id, "first_m": first_m, **_values(row)}


def _first_m(row: ActivityRow) -> int | None:
    """Return the distance with which an activity arrives; None where Strava has measured nothing yet."""
    return row.distance_m if row.distance_m and row.moving_s else None


def _differs(stored: _Stored, row: ActivityRow, raw_from: date | None) -> bool:
    # The purge removes the title of an old run; nothing that is derived depends on it.
    compared = len(SOURCE_COLUMNS) - len(RAW) if _is_old(row, raw_from) else len(SOURCE_COLUMNS)
    return stored.values[:compared] != _columns_of(row)[:compared]


def _remove(stored: Sequence[_Stored | None], taken: Ingested) -> None:
    mine = [each for each in stored if each is not None]
    for batch in batches(mine):
        db.session.execute(delete(Activity).where(Activity.id.in_([each.id for each in batch])))
    taken.removed = len(mine)
    taken.dates.update(each.local_date for each in mine)


def _values(row: ActivityRow) -> dict[str, Any]:
    return dict(zip(SOURCE_COLUMNS, _columns_of(row), strict=True))
