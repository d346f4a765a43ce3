"""Read runners' best and usual days, as far as the viewer may see their days."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, literal, select

from webapp.chase.day_queries import shown_days, shows_scored_days
from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import ENTRY, read, table
from webapp.models.scoring import DayScore, LedgerDay
from webapp.rulebook.chase_outlook import USUAL_DAYS_BACK, UsualDays

LEDGER, DAY = table(LedgerDay), table(DayScore)

# Days are shared by distance. A day's time, climb or number of runs is seen only as a score in a challenge.
SHARED_BY_DAY = frozenset({"distance_m", None})


def usual_days_of(context: BoardContext, runner_ids: Collection[int], today: date) -> dict[int, UsualDays]:
    """Return the usual days, in the eight weeks before `today`, of runners who share their mean, the viewer among them.

    A runner without a known day is left out.
    """
    if not runner_ids or not context.rules.has_daily_mean:
        return {}
    if context.rules.unit == "percent":
        return _by_scores(context, runner_ids, today)
    if context.rules.measured.ledger in SHARED_BY_DAY:
        return _by_ledger(context, runner_ids, today)
    mine = {context.viewer.runner_id}
    others = set(runner_ids) - mine
    found = _by_ledger(context, mine & set(runner_ids), today)
    return found | (_by_scores(context, others, today) if others else {})


def _by_ledger(context: BoardContext, runner_ids: Collection[int], today: date) -> dict[int, UsualDays]:
    column = context.rules.measured.ledger
    amount = func.sum(LEDGER.c[column]) if column else func.max(literal(1))
    days = (
        select(LEDGER.c.runner_id, amount.label("value"))
        .where(LEDGER.c.runner_id.in_(runner_ids), shown_days(context, LEDGER))
        .where(LEDGER.c.local_date.between(*_weeks_before(today)))
        .group_by(LEDGER.c.runner_id, LEDGER.c.local_date)
        .subquery()
    )
    found = _usual_days(days)
    return {
        runner: UsualDays(_as_score(context, usual.best), _as_score(context, usual.mean))
        for runner, usual in found.items()
    }


def _by_scores(context: BoardContext, runner_ids: Collection[int], today: date) -> dict[int, UsualDays]:
    days = (
        select(ENTRY.c.runner_id, DAY.c.value)
        .join(ENTRY, ENTRY.c.id == DAY.c.entry_id)
        .where(ENTRY.c.challenge_id == context.viewer.challenge_id, ENTRY.c.runner_id.in_(runner_ids))
        .where(DAY.c.local_date.between(*_weeks_before(today)), shows_scored_days())
        .subquery()
    )
    return _usual_days(days)


def _usual_days(days: Any) -> dict[int, UsualDays]:
    sums = select(days.c.runner_id, func.max(days.c.value), func.sum(days.c.value), func.count())
    rows = read(sums.where(days.c.value > 0).group_by(days.c.runner_id), {})
    return {runner: UsualDays(int(best), int(total) // count) for runner, best, total, count in rows}


def _as_score(context: BoardContext, amount: int) -> int:
    """Return what a single day of this amount is worth on the board."""
    viewer = context.viewer
    scoring = context.rules.context(viewer.starts_on, viewer.ends_on)
    return context.rules.gains([(viewer.starts_on, amount)], scoring)[0]


def _weeks_before(today: date) -> tuple[date, date]:
    return today - timedelta(days=USUAL_DAYS_BACK), today - timedelta(days=1)


def known(found: Mapping[int, UsualDays], runner_id: int) -> UsualDays | None:
    """Return a runner's usual days; None if they are worth nothing on the board."""
    usual_days = found.get(runner_id)
    return usual_days if usual_days and usual_days.best > 0 else None
