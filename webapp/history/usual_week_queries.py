"""What a runner usually runs, as others in a group may see it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from webapp.db import db
from webapp.models.groups import Consent
from webapp.models.scoring import LedgerDay
from webapp.privacy.gate import may_see
from webapp.privacy.queries import level_of, switched_on
from webapp.privacy.switch_rules import LONGEST, USUAL_WEEK
from webapp.rulebook.usual_week import A_YEAR, LedgerSum, UsualWeek, last_whole_weeks, usual_week_in


@dataclass(frozen=True, slots=True)
class ShownUsualWeek:
    """A usual week of the last four whole ones, and of the same weeks a year ago; None for what is not known.

    `shows_longest`: may the longest run be shown as a share of its week? `others_see`: is it shown to the group?
    """

    now: UsualWeek
    a_year_ago: UsualWeek | None
    shows_longest: bool
    others_see: bool


def shown_usual_week(consent: Consent | None, runner_id: int, today: date, *, is_self: bool) -> ShownUsualWeek | None:
    """Return what a runner usually runs, if they show it; None also with less than 28 days of history.

    A runner always sees their own. `today`: the date in the group's time zone.
    """
    others_see = switched_on(USUAL_WEEK, consent) and may_see(level_of(consent), "usual_week")
    if not (is_self or others_see):
        return None
    now, before = _usual_weeks(runner_id, today)
    shows_longest = is_self or switched_on(LONGEST, consent)
    return ShownUsualWeek(now, before, shows_longest, others_see) if now else None


def _usual_weeks(runner_id: int, today: date) -> tuple[UsualWeek | None, UsualWeek | None]:
    now = last_whole_weeks(today)
    before = (now[0] - A_YEAR, now[1] - A_YEAR)
    mine = (LedgerDay.runner_id == runner_id, LedgerDay.sport_class == "run")
    spans = or_(LedgerDay.local_date.between(*now), LedgerDay.local_date.between(*before))
    rows = db.session.execute(
        select(LedgerDay.local_date, LedgerDay.distance_m, LedgerDay.longest_m).where(*mine, spans)
    )
    days = [LedgerSum(*row) for row in rows]
    first_day = db.session.scalar(select(func.min(LedgerDay.local_date)).where(*mine)) if days else None
    return usual_week_in(days, now, first_day), usual_week_in(days, before, first_day)
