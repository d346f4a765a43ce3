"""Read the odds of chases: what two neighbours ran lately, as far as the viewer may know it.

The statements are built once: building one takes longer than running it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select

from webapp.cache import cached
from webapp.chase.day_queries import LEDGER, RUNNERS, SHOWN_DAYS, shows_scored_days, values_of_days
from webapp.db_functions import week_number
from webapp.leaderboards.queries import BoardContext, BoardRow
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, read, table
from webapp.models.scoring import DayScore
from webapp.privacy.gate import NOBODY, may_see
from webapp.rulebook.date_ranges import ALONE_TELLS
from webapp.rulebook.odds import SHIPPED, WINDOWS, Recent, TimeLeft, time_left
from webapp.rulebook.odds_forms import METRES, ChaseSide, Matchup, RunnerForm, matchup
from webapp.rulebook.odds_measures import WeekSum, has_odds, past_weeks
from webapp.rulebook.odds_words import NoOdds
from webapp.rulebook.ruleset import RuleSet

DAY = table(DayScore)
MAX_SHARED_FORMS = 2000
MAX_DAY_M = int(SHIPPED.max_day_km * METRES)


@dataclass(frozen=True, slots=True)
class RunnerForms:
    """The forms of some runners, of those who show them to the viewer, and the time left at one moment."""

    rules: RuleSet
    left: TimeLeft
    by_runner: Mapping[int, RunnerForm]

    def matchup(self, chaser: BoardRow, lead: BoardRow) -> Matchup | NoOdds:
        """Return the two as they have odds, or why they have none."""
        return matchup(self.rules, self._side_of(chaser), self._side_of(lead), self.left)

    def _side_of(self, row: BoardRow) -> ChaseSide | None:
        form = self.by_runner.get(row.runner_id)
        return None if form is None or row.total is None else ChaseSide((form,), row.total)


def forms_of(context: BoardContext, runner_ids: Collection[int], now: datetime) -> RunnerForms:
    """Return what these runners ran lately; nothing under rules without odds.

    Days of others are read by distance, which boards over any dates show by days. Of other measures, days outside the
    challenge are read as means of whole weeks.
    """
    return forms_at(context, runner_ids, [now])[0]


def forms_at(context: BoardContext, runner_ids: Collection[int], moments: Sequence[datetime]) -> list[RunnerForms]:
    """Return the same for now, the first of `moments`, and as it was when other dates began."""
    lefts = [time_left(moment, ZoneInfo(context.viewer.tz), context.viewer.ends_on) for moment in moments]
    found = _forms(context, runner_ids, [left.today for left in lefts])
    return [RunnerForms(context.rules, left, forms) for left, forms in zip(lefts, found, strict=True)]


def shared_forms_of(context: BoardContext, runner_ids: Collection[int], now: datetime) -> RunnerForms:
    """Return the same as every other member may know it, read once for each version of the board and date."""
    left = time_left(now, ZoneInfo(context.viewer.tz), context.viewer.ends_on)
    known: dict[int, RunnerForm | None] = cached((*context.viewer.edition, "forms", left.today), dict)
    missing = [runner for runner in runner_ids if runner not in known]
    nobody = replace(context, viewer=replace(context.viewer, runner_id=NOBODY))
    found = dict.fromkeys(missing) | _forms(nobody, missing, [left.today])[0] if left.days > 0 else {}
    if len(known) < MAX_SHARED_FORMS:
        known.update(found)
    forms = {runner: form for runner in runner_ids if (form := known.get(runner) or found.get(runner))}
    return RunnerForms(context.rules, left, forms)


def _forms(context: BoardContext, runner_ids: Collection[int], todays: Sequence[date]) -> list[dict[int, RunnerForm]]:
    """Return the forms for each of these dates; of those after the first, as they were when the date began."""
    rules = context.rules
    if not has_odds(rules) or not runner_ids:
        return [{} for _ in todays]
    by_distance = rules.measured.unit == "distance"
    forms = _by_distance(context, runner_ids, todays, with_km=by_distance)
    if by_distance and rules.shaped.is_plain_sum and rules.unit == "distance":
        return forms
    days = _own_days(context, forms[0].keys())
    own = [days, *(_earlier(days, today) for today in todays[1:])]
    if not by_distance:
        return [_by_measure(context, *each) for each in zip(forms, own, todays, strict=True)]
    return [_by_score(*each) for each in zip(forms, own, strict=True)]


def _by_distance(
    context: BoardContext, runner_ids: Collection[int], todays: Sequence[date], *, with_km: bool
) -> list[dict[int, RunnerForm]]:
    """Return the first days of those who show their odds, `with_km` also the km of each window before each date."""
    values = {**values_of_days(context), "group": context.viewer.group_id, "runners": list(runner_ids)}
    for place, today in enumerate(todays):
        values |= {f"since_{window}_{place}": _before(today, window) for window in WINDOWS}
        values[f"until_{place}"] = _before(today, 1)
    found: list[dict[int, RunnerForm]] = [{} for _ in todays]
    for runner, level, first_day, *ran in read(_windows(len(todays)) if with_km else _FIRST_DAYS, values).all():
        if not may_see(level, "odds", is_self=runner == context.viewer.runner_id):
            continue
        for place, today in enumerate(todays):
            km = tuple((done or 0) / METRES for done in ran[place * len(WINDOWS) : (place + 1) * len(WINDOWS)])
            recent = Recent(km, (today - first_day).days if first_day else 0)
            found[place][runner] = RunnerForm(recent, first_day)
    return found


def _before(today: date, days: int) -> date:
    return today - timedelta(days=days)


_THEIRS = and_(LEDGER.c.runner_id == CONSENT.c.runner_id, SHOWN_DAYS)
# By itself, so that an index finds it and no years of days are read.
_FIRST_DAY = select(func.min(LEDGER.c.local_date)).where(_THEIRS).correlate(CONSENT).scalar_subquery()
_FIRST_DAYS = (
    select(CONSENT.c.runner_id, CONSENT.c.level, _FIRST_DAY.label("first_day"))
    .select_from(CONSENT)
    .where(CONSENT.c.group_id == bindparam("group"), CONSENT.c.runner_id.in_(RUNNERS))
)
_METRES = case((LEDGER.c.distance_m > MAX_DAY_M, MAX_DAY_M), else_=LEDGER.c.distance_m)


@cache
def _windows(dates: int) -> Select[*tuple[Any, ...]]:
    """Select the first days with the metres of each window before each date, the latest date first."""
    sums = [func.sum(case((_within(window, place), _METRES))) for place in range(dates) for window in WINDOWS]
    in_any = LEDGER.c.local_date.between(bindparam(f"since_{max(WINDOWS)}_{dates - 1}"), bindparam("until_0"))
    found = _FIRST_DAYS.add_columns(*sums).outerjoin(LEDGER, and_(_THEIRS, in_any))
    return found.group_by(CONSENT.c.runner_id, CONSENT.c.level)


def _within(window: int, place: int) -> ColumnElement[bool]:
    return LEDGER.c.local_date.between(bindparam(f"since_{window}_{place}"), bindparam(f"until_{place}"))


def _by_score(forms: Mapping[int, RunnerForm], own: Mapping[int, Mapping[date, int]]) -> dict[int, RunnerForm]:
    return {
        runner: RunnerForm(form.recent, form.first_day, sum(own.get(runner, {}).values()))
        for runner, form in forms.items()
    }


def _own_days(context: BoardContext, runner_ids: Collection[int]) -> dict[int, dict[date, int]]:
    """Return what was measured on the days of this challenge."""
    values = {"challenge": context.viewer.challenge_id, "runners": list(runner_ids)}
    found: defaultdict[int, dict[date, int]] = defaultdict(dict)
    for runner, day, amount in read(_OWN_DAYS, values):
        found[runner][day] = amount
    return found


def _earlier(own: Mapping[int, Mapping[date, int]], before: date) -> dict[int, dict[date, int]]:
    return {runner: {day: done for day, done in days.items() if day < before} for runner, days in own.items()}


_OWN_DAYS = (
    select(ENTRY.c.runner_id, DAY.c.local_date, DAY.c.amount)
    .join(DAY, DAY.c.entry_id == ENTRY.c.id)
    .where(ENTRY.c.challenge_id == bindparam("challenge"), ENTRY.c.runner_id.in_(RUNNERS))
    .where(shows_scored_days())
    .order_by(DAY.c.local_date)
)


def _by_measure(
    context: BoardContext, forms: Mapping[int, RunnerForm], own: Mapping[int, Mapping[date, int]], today: date
) -> dict[int, RunnerForm]:
    """Return the forms in another measure than distance."""
    weeks, found = past_weeks(context.viewer.starts_on, today), {}
    sums = _sums_of_weeks(context, forms.keys(), today)
    for runner, form in forms.items():
        measured = own.get(runner, {})
        done = sums[runner]
        means, days = weeks.means_of(done.amounts), weeks.own_days(measured)
        amount = weeks.sum_of(means) + sum(days.values())
        km = weeks.sum_of(weeks.means_of(done.km)) + done.km_in_challenge
        recent = weeks.recent_of(means, days, km / amount if amount else 0.0, form.first_day)
        found[runner] = RunnerForm(recent, form.first_day, sum(measured.values()), amount, km)
    return found


@dataclass(slots=True)
class _Done:
    """What a runner did by weeks before the challenge, and the km since it began, up to yesterday."""

    amounts: list[WeekSum] = field(default_factory=list)
    km: list[WeekSum] = field(default_factory=list)
    km_in_challenge: float = 0.0


def _sums_of_weeks(context: BoardContext, runner_ids: Collection[int], today: date) -> Mapping[int, _Done]:
    """Read sums by week, which the database adds up: a year has a few hundred days of each runner."""
    ledger = context.rules.measured.ledger
    alone_tells, first = ledger in ALONE_TELLS, _before(context.viewer.starts_on, WINDOWS[-1] + 7)
    values = {**values_of_days(context), "runners": list(runner_ids), "first": first, "yesterday": _before(today, 1)}
    found: defaultdict[int, _Done] = defaultdict(_Done)
    for runner, number, count, amount, metres in read(_weeks(ledger or "runs"), values).all():
        if number < 0:
            found[runner].km_in_challenge = metres / METRES
        elif count > alone_tells:
            found[runner].amounts.append(WeekSum(number, float(amount)))
            found[runner].km.append(WeekSum(number, metres / METRES))
    return found


@cache
def _weeks(column: str) -> Select[*tuple[Any, ...]]:
    """Select (runner, week or -1 for all of the challenge, days, sum of a column of the ledger, metres)."""
    number = case((LEDGER.c.local_date >= bindparam("starts_on"), -1), else_=week_number(LEDGER.c.local_date))
    week, days = number.label("week"), func.count(func.distinct(LEDGER.c.local_date))
    return (
        select(LEDGER.c.runner_id, week, days, func.sum(LEDGER.c[column]), func.sum(LEDGER.c.distance_m))
        .where(LEDGER.c.runner_id.in_(RUNNERS), SHOWN_DAYS)
        .where(LEDGER.c.local_date.between(bindparam("first"), bindparam("yesterday")))
        .group_by(LEDGER.c.runner_id, week)
        .order_by(LEDGER.c.runner_id, week)
    )
