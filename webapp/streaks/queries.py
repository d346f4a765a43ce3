"""Reading a runner's streak of weeks, and their return after a pause. Nobody but the runner reads them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import bindparam, select, union

from webapp.db import db
from webapp.models.activities import Activity
from webapp.models.scoring import LedgerDay
from webapp.privacy.break_queries import break_spans
from webapp.rulebook.runs import RUNNING
from webapp.rulebook.streaks import ComeBack, WeekStreak, come_back, week_streak


@dataclass(frozen=True, slots=True)
class OwnStreak:
    """A runner's streak as their start page shows it, and the return that is celebrated today, if there is one."""

    weeks: WeekStreak
    come_back: ComeBack | None


def own_streak(runner_id: int, today: date) -> OwnStreak:
    """Return the streak of a runner by all of their days with a run. `today`: the date of their first group."""
    values = {"runner": runner_id, "today": today}
    dates = db.session.scalars(_RUN_DATES, values).all()
    return OwnStreak(streak_over(runner_id, dates, today), come_back(dates, today))


def streak_over(runner_id: int, run_dates: Collection[date], today: date) -> WeekStreak:
    """Return the streak of a runner by these dates with a run."""
    first = min(run_dates, default=today)
    breaks = break_spans([runner_id], min(first, today) - A_WEEK, today + A_WEEK)
    return week_streak(run_dates, breaks.get(runner_id, ()), today)


A_WEEK = timedelta(weeks=1)
# The ledger has no "Only You" runs. Their runner knows of them, as on the page of their history.
_RUN_DATES = union(
    select(LedgerDay.local_date).where(
        LedgerDay.runner_id == bindparam("runner"), LedgerDay.sport_class == "run", LedgerDay.runs > 0
    ),
    select(Activity.local_date).where(
        *(Activity.runner_id == bindparam("runner"), Activity.private, Activity.sport_type.in_(RUNNING)),
        *(Activity.local_date <= bindparam("today"), Activity.distance_m > 0, Activity.moving_s > 0),
    ),
)
