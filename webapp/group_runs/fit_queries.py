"""Reading what a runner ran lately, for themselves alone: which pace group fits them, and how far is far."""

from datetime import date, timedelta

from sqlalchemy import bindparam, select

from webapp.db import reading
from webapp.models.scoring import LedgerDay
from webapp.rulebook.pace_fit import LATELY_DAYS, Lately, LedgerPace, lately_of


def lately(runner_id: int, today: date) -> Lately:
    """Return what a runner ran in the last weeks up to `today`, the date where they are."""
    values = {"runner": runner_id, "first": today - timedelta(days=LATELY_DAYS - 1), "last": today}
    return lately_of([LedgerPace(*row) for row in reading().execute(_DAYS, values)], today)


_DAYS = select(LedgerDay.local_date, LedgerDay.distance_m, LedgerDay.moving_s, LedgerDay.longest_m).where(
    LedgerDay.runner_id == bindparam("runner"),
    LedgerDay.sport_class == "run",
    LedgerDay.local_date.between(bindparam("first"), bindparam("last")),
)
