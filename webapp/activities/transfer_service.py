"""Activities that change owners: when two accounts are merged at the source, one runner's list has another's runs.

The source knows the owner. A row that names the reading runner's own athlete proves it. A row that names nobody proves
it only when the other runner can no longer be read.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from integrations.strava.types import ActivityRow
from webapp.db import batches, db
from webapp.models.activities import Activity
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState

SOURCE = "strava"


def claims(runner_id: int, athlete_id: int, rows: Sequence[ActivityRow], listed: Collection[str]) -> dict[str, int]:
    """Return {id: other runner} for the rows stored with another runner that belong to this runner now.

    `listed`: the ids that the runner's own list brought. Lock both runners (`lock_runners`) before taking them over.
    """
    others = _stored_with_others(runner_id, [row.source_id for row in rows])
    if not others:
        return {}
    named = {row.source_id for row in rows if row.athlete_id == athlete_id}
    nameless = {row.source_id for row in rows if row.athlete_id is None} & set(listed)
    unreadable = set(others.values()) - _connected(others.values())
    return {
        source_id: other
        for source_id, other in others.items()
        if source_id in named or (source_id in nameless and other in unreadable)
    }


def transfer(activity_ids: Collection[int], runner_id: int, now: datetime | None) -> None:
    """Give activities to this runner. Does not commit; the caller derives both runners again."""
    for ids in batches(sorted(activity_ids)):
        db.session.execute(update(Activity).where(Activity.id.in_(ids)).values(runner_id=runner_id, first_seen_at=now))


def _stored_with_others(runner_id: int, source_ids: Sequence[str]) -> dict[str, int]:
    wanted = select(Activity.source_id, Activity.runner_id).where(
        Activity.source == SOURCE, Activity.runner_id != runner_id
    )
    found: dict[str, int] = {}
    for ids in batches(source_ids):
        found |= dict(db.session.execute(wanted.where(Activity.source_id.in_(ids))).all())
    return found


def _connected(runner_ids: Collection[int]) -> set[int]:
    mine = Connection.runner_id.in_(set(runner_ids)) & (Connection.state == ConnectionState.CONNECTED)
    return set(db.session.scalars(select(Connection.runner_id).where(mine)))
