"""Reading which runners are on a break, by their own calendar: what would nag them is not told."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from webapp.db import db
from webapp.models.breaks import RunnerBreak
from webapp.notifications.choice_queries import timing_of

# Today in a zone is within a day of the date in UTC.
_A_DAY = timedelta(days=1)


def on_a_break(runner_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of some runners who are on a break today, in the zone that their quiet hours follow."""
    day = now.astimezone(UTC).date()
    near = (
        RunnerBreak.starts_on <= day + _A_DAY,
        or_(RunnerBreak.ends_on.is_(None), RunnerBreak.ends_on >= day - _A_DAY),
    )
    breaks = db.session.scalars(select(RunnerBreak).where(RunnerBreak.runner_id.in_(runner_ids), *near)).all()
    if not breaks:
        return set()
    timing = timing_of({one.runner_id for one in breaks})
    today = {runner_id: now.astimezone(ZoneInfo(one.zone)).date() for runner_id, one in timing.items()}
    return {
        one.runner_id
        for one in breaks
        if one.starts_on <= today[one.runner_id] and (one.ends_on is None or today[one.runner_id] <= one.ends_on)
    }
