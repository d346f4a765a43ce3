"""Read runners' best and usual days, as far as the viewer may see their days."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, literal, select

from webapp.leaderboards.queries import Look
from webapp.leaderboards.statements import ENTRY, read, table
from webapp.models.scoring import DayScore, LedgerDay
from webapp.rulebook.baselines import classes_of
from webapp.rulebook.chase_outlook import HABIT_DAYS, Habit

LEDGER, DAY = table(LedgerDay), table(DayScore)

# Days are shared by distance. A day's time, climb or number of runs is seen only as a score in a challenge.
SHARED_BY_DAY = frozenset({"distance_m", None})


def habits_of(look: Look, runner_ids: Collection[int], today: date) -> dict[int, Habit]:
    """Return the habits of runners who share their mean, the viewer among them, by the eight weeks before `today`.

    A runner without a known day is left out.
    """
    if not runner_ids or not look.rules.has_daily_mean:
        return {}
    if look.rules.unit == "percent":
        return _by_scores(look, runner_ids, today)
    if look.rules.measured.ledger in SHARED_BY_DAY:
        return _by_ledger(look, runner_ids, today)
    mine = {look.viewer.runner_id}
    others = set(runner_ids) - mine
    found = _by_ledger(look, mine & set(runner_ids), today)
    return found | (_by_scores(look, others, today) if others else {})


def _by_ledger(look: Look, runner_ids: Collection[int], today: date) -> dict[int, Habit]:
    column = look.rules.measured.ledger
    amount = func.sum(LEDGER.c[column]) if column else func.max(literal(1))
    days = (
        select(LEDGER.c.runner_id, amount.label("value"))
        .where(LEDGER.c.runner_id.in_(runner_ids), LEDGER.c.sport_class.in_(classes_of(look.rules.counts.sports)))
        .where(LEDGER.c.local_date.between(*_weeks_before(today)))
        .group_by(LEDGER.c.runner_id, LEDGER.c.local_date)
        .subquery()
    )
    found = _habits(days)
    return {runner: Habit(*(_as_score(look, value) for value in habit)) for runner, habit in found.items()}


def _by_scores(look: Look, runner_ids: Collection[int], today: date) -> dict[int, Habit]:
    days = (
        select(ENTRY.c.runner_id, DAY.c.value)
        .join(ENTRY, ENTRY.c.id == DAY.c.entry_id)
        .where(ENTRY.c.challenge_id == look.viewer.challenge_id, ENTRY.c.runner_id.in_(runner_ids))
        .where(DAY.c.local_date.between(*_weeks_before(today)))
        .subquery()
    )
    return _habits(days)


def _habits(days: Any) -> dict[int, Habit]:
    sums = select(days.c.runner_id, func.max(days.c.value), func.sum(days.c.value), func.count())
    rows = read(sums.where(days.c.value > 0).group_by(days.c.runner_id), {})
    return {runner: Habit(int(best), int(total) // count) for runner, best, total, count in rows}


def _as_score(look: Look, amount: int) -> int:
    """Return what a single day of this amount is worth on the board."""
    viewer = look.viewer
    context = look.rules.context(viewer.starts_on, viewer.ends_on)
    return look.rules.gains([(viewer.starts_on, amount)], context)[0]


def _weeks_before(today: date) -> tuple[date, date]:
    return today - timedelta(days=HABIT_DAYS), today - timedelta(days=1)


def known(found: Mapping[int, Habit], runner_id: int) -> Habit | None:
    """Return the habit, None if its days are worth nothing on the board."""
    habit = found.get(runner_id)
    return habit if habit and habit.best > 0 else None
