"""Recording that a runner has come back after a pause. Nothing here commits."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import select

from webapp.clock import latest_date
from webapp.db import db
from webapp.facts.service import record_fact, withdraw_facts
from webapp.models.scoring import LedgerDay
from webapp.models.words import FactKind
from webapp.rulebook.streaks import PAUSE_DAYS, is_return

# Only what is fresh is told: a run of today or yesterday, wherever that is.
FRESH = timedelta(days=2)


def record_come_back(runner_id: int, changed: Collection[date], now: datetime) -> None:
    """Record that the first run after a pause has come, or withdraw it where a change of runs says otherwise.

    `changed`: the dates whose runs have just changed; the ledger is derived already. A pause that they only brought to
    light, as a first import does, is none. It reads a handful of days of this one runner, and nothing where all
    changes are old. "Only You" runs are not told.
    """
    latest = latest_date(now)
    earliest = latest - FRESH
    if not any(day >= earliest - timedelta(days=PAUSE_DAYS + 1) for day in changed):
        return
    days = _latest_days(runner_id, latest)
    back = next((day for day, before in pairwise(days) if is_return(day, before)), None)
    if back is not None and back >= earliest and _last_before(days, back) not in changed:
        key, data = _key(runner_id, back), {"date": back.isoformat()}
        record_fact(FactKind.COME_BACK, key, now, runner_id=runner_id, data=data)
    fresh = {earliest + timedelta(days=n) for n in range(FRESH.days + 1)}
    withdraw_facts(FactKind.COME_BACK, {_key(runner_id, day) for day in fresh - {back}}, now)


def _latest_days(runner_id: int, latest: date) -> list[date]:
    """Return the latest days with a run, the last first: the fresh ones and one before them."""
    mine = select(LedgerDay.local_date).where(
        *(LedgerDay.runner_id == runner_id, LedgerDay.sport_class == "run", LedgerDay.runs > 0),
        LedgerDay.local_date <= latest,
    )
    return list(db.session.scalars(mine.order_by(LedgerDay.local_date.desc()).limit(FRESH.days + 2)))


def _last_before(days: Collection[date], day: date) -> date:
    return max(one for one in days if one < day)


def _key(runner_id: int, day: date) -> str:
    return f"{runner_id}:{day.isoformat()}"
