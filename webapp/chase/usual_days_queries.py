"""Read runners' best and usual days, as far as the viewer may see their days. The statements are built once."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select

from webapp.chase.day_queries import LEDGER, RUNNERS, SHOWN_DAYS, shows_scored_days, values_of_days
from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import ENTRY, read, table
from webapp.models.scoring import DayScore
from webapp.rulebook.chase_outlook import USUAL_DAYS_BACK, UsualDays

DAY = table(DayScore)

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
    values = {**values_of_days(context), "runners": list(runner_ids), **_weeks_before(today)}
    found = _usual_days(_ledger_days(context.rules.measured.ledger), values)
    return {
        runner: UsualDays(_as_score(context, usual.best), _as_score(context, usual.mean))
        for runner, usual in found.items()
    }


def _by_scores(context: BoardContext, runner_ids: Collection[int], today: date) -> dict[int, UsualDays]:
    values = {"challenge": context.viewer.challenge_id, "runners": list(runner_ids), **_weeks_before(today)}
    return _usual_days(_SCORED, values)


def _usual_days(statement: Any, values: Mapping[str, Any]) -> dict[int, UsualDays]:
    rows = read(statement, values)
    return {runner: UsualDays(int(best), int(total) // count) for runner, best, total, count in rows}


def _sums(found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Select (runner, the best day, the sum of all days, how many) of days that are worth something."""
    days = found.subquery()
    sums = select(days.c.runner_id, func.max(days.c.value), func.sum(days.c.value), func.count())
    return sums.where(days.c.value > 0).group_by(days.c.runner_id)


@cache
def _ledger_days(column: str | None) -> Select[*tuple[Any, ...]]:
    """Build the statement of days by a column of the ledger; without one, each day counts 1."""
    amount = func.sum(LEDGER.c[column]) if column else func.max(literal(1))
    return _sums(
        select(LEDGER.c.runner_id, amount.label("value"))
        .where(LEDGER.c.runner_id.in_(RUNNERS), SHOWN_DAYS)
        .where(LEDGER.c.local_date.between(bindparam("first"), bindparam("last")))
        .group_by(LEDGER.c.runner_id, LEDGER.c.local_date)
    )


_SCORED = _sums(
    select(ENTRY.c.runner_id, DAY.c.value)
    .join(ENTRY, ENTRY.c.id == DAY.c.entry_id)
    .where(ENTRY.c.challenge_id == bindparam("challenge"), ENTRY.c.runner_id.in_(RUNNERS))
    .where(DAY.c.local_date.between(bindparam("first"), bindparam("last")), shows_scored_days())
)


def _as_score(context: BoardContext, amount: int) -> int:
    """Return what a single day of this amount is worth on the board."""
    viewer = context.viewer
    scoring = context.rules.context(viewer.starts_on, viewer.ends_on)
    return context.rules.gains([(viewer.starts_on, amount)], scoring)[0]


def _weeks_before(today: date) -> dict[str, date]:
    return {"first": today - timedelta(days=USUAL_DAYS_BACK), "last": today - timedelta(days=1)}


def known(found: Mapping[int, UsualDays], runner_id: int) -> UsualDays | None:
    """Return a runner's usual days; None if they are worth nothing on the board."""
    usual_days = found.get(runner_id)
    return usual_days if usual_days and usual_days.best > 0 else None
