"""Reading when a runner was last here."""

from datetime import datetime

from sqlalchemy import bindparam, select

from webapp.db import Base, reading
from webapp.models.visits import Visit
from webapp.privacy.gate import seen_as_another
from webapp.visits.rules import last_here

_VISIT = Base.metadata.tables[Visit.__tablename__]
_MINE = select(*_VISIT.c["group_id", "latest_at", "earlier_at"]).where(_VISIT.c.runner_id == bindparam("runner"))


def last_visits(runner_id: int, now: datetime) -> dict[int, datetime]:
    """Return when the visit before the present one ended, by group. A group visited for the first time is left out."""
    if seen_as_another.get():
        return {}
    visits = reading().execute(_MINE, {"runner": runner_id})
    found = {group: last_here(latest_at, earlier_at, now) for group, latest_at, earlier_at in visits}
    return {group: when for group, when in found.items() if when is not None}
