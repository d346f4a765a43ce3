"""Runners with weeks before a challenge, and the snapshots of their baselines."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from webapp.db import begin_write, db
from webapp.entries import baseline_service
from webapp.models.challenges import Challenge
from webapp.models.scoring import LedgerDay

START = date(2026, 11, 1)
OPEN = datetime(2026, 11, 2, 12, tzinfo=UTC)
EIGHT = [10_000, 20_000, 30_000, 20_000, 10_000, 30_000, 20_000, 20_000, 99_000]


def ran(runner_id: int, weekly: Iterable[int], **values: object) -> None:
    """Have a runner's ledger show one run in the middle of each week before the start, the latest week first."""
    for n, metres in enumerate(weekly):
        sums = {"moving_s": metres // 3, "climb_m": 7, "runs": 1, "longest_m": metres, "sport_class": "run"}
        day = START - timedelta(days=7 * n + 4)
        db.session.add(LedgerDay(**{"runner_id": runner_id, "local_date": day, "distance_m": metres, **sums, **values}))
    db.session.commit()


def snapshot(challenge: Challenge, now: datetime = OPEN) -> None:
    for step in (baseline_service.snapshot_own_baselines, baseline_service.snapshot_median_baselines):
        begin_write()
        step(challenge.id, baseline_service.entries_without_baseline(challenge.id), now)
        db.session.commit()
