"""Days in the ledgers of runners."""

from collections.abc import Iterable
from datetime import date, timedelta

from webapp.db import db
from webapp.models.scoring import LedgerDay


def ran_on(runner_id: int, days: Iterable[date], metres: int = 5000, runs: int = 1) -> None:
    """Let a runner have run this far on each of these days, and commit."""
    sums = {"distance_m": metres, "moving_s": 1800, "climb_m": 0, "runs": runs, "longest_m": metres}
    db.session.add_all(LedgerDay(runner_id=runner_id, sport_class="run", local_date=day, **sums) for day in days)
    db.session.commit()


def days_before(today: date, *ago: int) -> list[date]:
    """Return the dates this many days ago."""
    return [today - timedelta(days=days) for days in ago]
