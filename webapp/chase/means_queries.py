"""The means of runners over the last two weeks, as far as the viewer may know them. The statements are built once."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, bindparam, func, select

from webapp.chase.day_queries import LEDGER, RUNNERS, SHOWN_DAYS, shows_earlier_days, shows_scored_days, values_of_days
from webapp.chase.usual_days_queries import SHARED_BY_DAY
from webapp.leaderboards.queries import BoardContext, BoardRow
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, read, table
from webapp.models.scoring import DayScore
from webapp.privacy.gate import may_see
from webapp.rulebook import chase

DAY = table(DayScore)


def means_of(context: BoardContext, rows: Iterable[BoardRow], now: datetime) -> dict[int, Fraction]:
    """Return the mean per day over the last 14 whole days of those runners who share it.

    Plain distance is read from the ledger, so that it reaches back before the first date. Scores by other shapes exist
    only for the days of the challenge, and other measures of a day are shared only there.
    """
    runners = [row.runner_id for row in rows]
    viewer = context.viewer
    today = now.astimezone(ZoneInfo(viewer.tz)).date()
    days, column = mean_days(context, today), _shared_column(context)
    if not context.rules.has_daily_mean or days <= 0:
        return {}
    values = {"group": viewer.group_id, "challenge": viewer.challenge_id, "runners": runners}
    values |= {**values_of_days(context), "first": today - timedelta(days=chase.MEAN_DAYS)}
    found = read(_run(column) if column else _SCORED, {**values, "last": today - timedelta(days=1)})
    return {
        runner: chase.mean(int(done), days)
        for runner, level, done in found
        if may_see(level, "mean", is_self=runner == viewer.runner_id)
    }


def mean_days(context: BoardContext, today: date) -> int:
    """Return over how many whole days before `today` a mean goes; 0 or less before the second day of a challenge.

    They are 14, but for those before the first date where only days of the challenge are known.
    """
    if _shared_column(context) and shows_earlier_days(context):
        return chase.MEAN_DAYS
    return min(chase.MEAN_DAYS, (today - context.viewer.starts_on).days)


def _shared_column(context: BoardContext) -> str | None:
    """Return the column of the ledger that a plain sum adds up, where its days are shared; None if scores are read."""
    column = context.rules.measured.ledger
    return column if context.rules.shaped.is_plain_sum and column in SHARED_BY_DAY else None


_WHOSE = (CONSENT.c.group_id == bindparam("group"), CONSENT.c.runner_id.in_(RUNNERS))


@cache
def _run(column: str) -> Select[*tuple[Any, ...]]:
    """Select (runner, level of consent, what they ran from `first` to `last`) by a column of the ledger."""
    between = LEDGER.c.local_date.between(bindparam("first"), bindparam("last"))
    return (
        select(CONSENT.c.runner_id, CONSENT.c.level, func.coalesce(func.sum(LEDGER.c[column]), 0))
        .outerjoin(LEDGER, and_(LEDGER.c.runner_id == CONSENT.c.runner_id, SHOWN_DAYS, between))
        .where(*_WHOSE)
        .group_by(CONSENT.c.runner_id, CONSENT.c.level)
    )


# The same by the day scores of a challenge.
_BETWEEN = DAY.c.local_date.between(bindparam("first"), bindparam("last"))
_SCORED = (
    select(CONSENT.c.runner_id, CONSENT.c.level, func.coalesce(func.sum(DAY.c.value), 0))
    .join(ENTRY, and_(ENTRY.c.runner_id == CONSENT.c.runner_id, ENTRY.c.challenge_id == bindparam("challenge")))
    .outerjoin(DAY, and_(DAY.c.entry_id == ENTRY.c.id, _BETWEEN))
    .where(*_WHOSE, shows_scored_days())
    .group_by(CONSENT.c.runner_id, CONSENT.c.level)
)
