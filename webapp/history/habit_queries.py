"""Read a runner one level above: what they usually run, beside one's own."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Literal

from sqlalchemy import Row, and_, func, or_, select

from webapp.cache import cached
from webapp.db import db
from webapp.groups.queries import consent_of
from webapp.models.groups import Consent, Group
from webapp.models.scoring import LedgerDay
from webapp.models.words import ConsentLevel
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.gate import is_capped, may_see
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import is_named_member, level_of, shares_totals, shows
from webapp.privacy.switch_rules import USUAL_WEEK
from webapp.rulebook.habits import Habit, NextStep, habit_in, in_order_of, is_one_level_above, next_step, was_alike
from webapp.rulebook.usual_week import A_YEAR, LedgerSum, last_whole_weeks

# How many of those one level above are considered, in their order of the week.
CONSIDERED = 30
LATELY = timedelta(days=30)
Missing = Literal["capped", "withheld", "not_yet", "nobody"]


@dataclass(frozen=True, slots=True)
class Partner:
    """A runner one level above, as they show themselves."""

    runner_id: int
    name: str
    photo: str | None
    habit: Habit


@dataclass(frozen=True, slots=True)
class Comparison:
    """One's own habit, a partner, how many there are, and a next step; `missing` says why there is none of them."""

    missing: Missing | None
    own: Habit | None = None
    partner: Partner | None = None
    partners: int = 0
    # Did the partner run a year ago what the viewer runs now?
    was_here: bool = False
    step: NextStep | None = None


def comparison_of(group: Group, runner_id: int, today: date, wanted: int) -> Comparison:
    """Return a runner beside one who is one level above.

    `wanted`: which of them, from 0. `today`: the date in the group's time zone.
    """
    if is_capped():
        return Comparison("capped")
    if not may_see(level_of(consent_of(group.id, runner_id)), "usual_week"):
        return Comparison("withheld")
    own = _habits([runner_id], today).get(runner_id)
    if own is None:
        return Comparison("not_yet")
    found = _partners(group, runner_id, today)
    other = found[wanted % len(found)] if found else None
    # Since the sums were read, the runs behind them may have gone.
    theirs = _habits([other.runner_id], today).get(other.runner_id) if other else None
    if other is None or theirs is None:
        return Comparison("nobody", own)
    photo = shown_link(group.slug, other.runner_id, other.level, other.photo)
    step = next_step(own, theirs, _longest(runner_id, today))
    partner = Partner(other.runner_id, other.shown_name, photo, theirs)
    return Comparison(None, own, partner, len(found), was_alike(theirs.a_year_ago, own.week), step)


def _partners(group: Group, runner_id: int, today: date) -> list[Row[int, str, ConsentLevel, str]]:
    """Return those one level above who may be shown now, in their order of the week."""
    first, last = last_whole_weeks(today)
    sums = cached((group.id, "shown usual weeks", today), partial(_sums_of_group, group.id, first, last))
    own = _sum_of(runner_id, first, last)
    above = [one for one, metres in sums.items() if one != runner_id and is_one_level_above(metres, own)]
    considered = in_order_of(first, runner_id, above)[:CONSIDERED]
    began = select(func.min(LedgerDay.local_date)).where(
        LedgerDay.runner_id == Consent.runner_id, LedgerDay.sport_class == "run"
    )
    shown = select(Consent.runner_id, Consent.shown_name, Consent.level, photo_version().label("photo"))
    shown = shown.where(
        *(Consent.group_id == group.id, Consent.runner_id.in_(considered), shares_totals(), shows(USUAL_WEEK)),
        *(is_named_member(), ~is_on_break(Consent.runner_id, today), began.scalar_subquery() <= first),
    )
    rows = {row.runner_id: row for row in db.session.execute(shown)} if considered else {}
    return [rows[one] for one in considered if one in rows]


def _sums_of_group(group_id: int, first: date, last: date) -> dict[int, int]:
    """Return how far each member ran in these weeks who shows what they usually run. A process keeps it for minutes."""
    ran = and_(
        *(LedgerDay.runner_id == Consent.runner_id, LedgerDay.sport_class == "run"),
        LedgerDay.local_date.between(first, last),
    )
    sums = select(Consent.runner_id, func.sum(LedgerDay.distance_m)).join(LedgerDay, ran)
    sums = sums.where(Consent.group_id == group_id, shares_totals(), shows(USUAL_WEEK)).group_by(Consent.runner_id)
    return {runner_id: int(metres) for runner_id, metres in db.session.execute(sums)}


def _sum_of(runner_id: int, first: date, last: date) -> int:
    mine = (LedgerDay.runner_id == runner_id, LedgerDay.sport_class == "run")
    return int(db.session.scalar(_total.where(*mine, LedgerDay.local_date.between(first, last))) or 0)


_total = select(func.sum(LedgerDay.distance_m))


def _longest(runner_id: int, today: date) -> int:
    mine = (LedgerDay.runner_id == runner_id, LedgerDay.sport_class == "run")
    longest = select(func.max(LedgerDay.longest_m)).where(*mine, LedgerDay.local_date.between(today - LATELY, today))
    return int(db.session.scalar(longest) or 0)


def _habits(runner_ids: Collection[int], today: date) -> Mapping[int, Habit]:
    now = last_whole_weeks(today)
    before = (now[0] - A_YEAR, now[1] - A_YEAR)
    theirs = (LedgerDay.runner_id.in_(runner_ids), LedgerDay.sport_class == "run")
    days = select(LedgerDay.runner_id, LedgerDay.local_date, LedgerDay.distance_m, LedgerDay.longest_m).where(*theirs)
    days = days.where(or_(LedgerDay.local_date.between(*now), LedgerDay.local_date.between(*before)))
    ledgers: defaultdict[int, list[LedgerSum]] = defaultdict(list)
    for runner_id, day, distance_m, longest_m in db.session.execute(days):
        ledgers[runner_id].append(LedgerSum(day, distance_m, longest_m))
    began = select(LedgerDay.runner_id, func.min(LedgerDay.local_date)).where(*theirs).group_by(LedgerDay.runner_id)
    first_days = {runner_id: day for runner_id, day in db.session.execute(began)}  # noqa: C416  # a Result is no dict
    habits = {one: habit_in(ledger, now, before, first_days.get(one)) for one, ledger in ledgers.items()}
    return {one: habit for one, habit in habits.items() if habit}
