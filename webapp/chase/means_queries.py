"""The means of runners over the last two weeks, as far as the viewer may know them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from webapp.chase.day_queries import shown_days, shows_earlier_days, shows_scored_days
from webapp.chase.usual_days_queries import SHARED_BY_DAY
from webapp.leaderboards.queries import BoardContext, BoardRow, Viewer
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, read, table
from webapp.models.scoring import DayScore, LedgerDay
from webapp.privacy.gate import may_see
from webapp.rulebook import chase

LEDGER, DAY = table(LedgerDay), table(DayScore)


def means_of(context: BoardContext, rows: Iterable[BoardRow], now: datetime) -> dict[int, Fraction]:
    """Return the mean per day over the last 14 whole days of those runners who share it.

    Plain distance is read from the ledger, so that it reaches back before the first date. Scores by other shapes exist
    only for the days of the challenge, and other measures of a day are shared only there.
    """
    runners = [row.runner_id for row in rows]
    viewer = context.viewer
    today = now.astimezone(ZoneInfo(viewer.tz)).date()
    first = today - timedelta(days=chase.MEAN_DAYS)
    days_in_challenge = (today - max(first, viewer.starts_on)).days
    column = context.rules.measured.ledger
    if not context.rules.has_daily_mean:
        return {}
    if context.rules.shaped.is_plain_sum and column and column in SHARED_BY_DAY:
        found = _run_between(context, runners, column, first, today)
        days = chase.MEAN_DAYS if shows_earlier_days(context) else days_in_challenge
    else:
        found, days = _scored_between(viewer, runners, first, today), days_in_challenge
    return {
        runner: chase.mean(int(done), days)
        for runner, level, done in found
        if days > 0 and may_see(level, "mean", is_self=runner == viewer.runner_id)
    }


def _run_between(context: BoardContext, runners: list[int], column: str, first: date, today: date) -> Any:
    """Return (runner, level of consent, what they ran from `first` to yesterday) by the ledger."""
    sums = (
        select(CONSENT.c.runner_id, CONSENT.c.level, func.coalesce(func.sum(LEDGER.c[column]), 0))
        .outerjoin(
            LEDGER,
            (LEDGER.c.runner_id == CONSENT.c.runner_id)
            & shown_days(context, LEDGER)
            & LEDGER.c.local_date.between(first, today - timedelta(days=1)),
        )
        .where(CONSENT.c.group_id == context.viewer.group_id, CONSENT.c.runner_id.in_(runners))
        .group_by(CONSENT.c.runner_id, CONSENT.c.level)
    )
    return read(sums, {})


def _scored_between(viewer: Viewer, runners: list[int], first: date, today: date) -> Any:
    """Return the same by the day scores of this challenge."""
    sums = (
        select(CONSENT.c.runner_id, CONSENT.c.level, func.coalesce(func.sum(DAY.c.value), 0))
        .join(ENTRY, (ENTRY.c.runner_id == CONSENT.c.runner_id) & (ENTRY.c.challenge_id == viewer.challenge_id))
        .outerjoin(DAY, (DAY.c.entry_id == ENTRY.c.id) & DAY.c.local_date.between(first, today - timedelta(days=1)))
        .where(CONSENT.c.group_id == viewer.group_id, CONSENT.c.runner_id.in_(runners), shows_scored_days())
        .group_by(CONSENT.c.runner_id, CONSENT.c.level)
    )
    return read(sums, {})
