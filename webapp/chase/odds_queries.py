"""Read the odds of chases: what two neighbours ran lately, as far as the viewer may know it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select

from webapp.leaderboards.queries import BoardContext, BoardRow
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, read, table
from webapp.models.scoring import DayScore, LedgerDay
from webapp.privacy.gate import may_see
from webapp.rulebook.baselines import classes_of
from webapp.rulebook.date_ranges import ALONE_TELLS
from webapp.rulebook.odds import SHIPPED, WINDOWS, Contender, Recent, TimeLeft, odds, odds_if, recent_of, time_left
from webapp.rulebook.odds_measures import by_whole_weeks, has_odds, is_cap_nearly_full, km_per_unit
from webapp.rulebook.odds_words import ShownOdds, WhatIf, no_odds, step_of

LEDGER, DAY = table(LedgerDay), table(DayScore)
METRES = 1000
MAX_DAY_M = int(SHIPPED.max_day_km * METRES)


@dataclass(frozen=True, slots=True)
class RunnerForm:
    """What a runner ran lately; in another measure than distance, in km at the runner's own km per unit.

    `measured`: what was measured in the challenge, for rules under which a total is no plain sum of it. `amount` and
    `km`: in another measure than distance, and how far that was.
    """

    recent: Recent
    first_day: date | None
    measured: int = 0
    amount: float = 0.0
    km: float = 0.0


@dataclass(frozen=True, slots=True)
class RunnerForms:
    """The forms of some runners, of those who show them to the viewer, and the time left at one moment."""

    context: BoardContext
    left: TimeLeft
    by_runner: Mapping[int, RunnerForm]

    def odds(self, chaser: BoardRow, lead: BoardRow, more: Collection[int] = ()) -> ShownOdds:
        """Return the odds of the chaser. `more`: runs to try out, in the unit of the total."""
        if not has_odds(self.context.rules):
            return no_odds("no_mean")
        own, other = self.by_runner.get(chaser.runner_id), self.by_runner.get(lead.runner_id)
        if own is None or other is None or chaser.total is None or lead.total is None:
            return no_odds("withheld")
        if self._is_capped(own, chaser.total) or self._is_capped(other, lead.total):
            return no_odds("cap")
        km = self._km_per_unit(own, other, chaser.total + lead.total)
        if km is None:
            return no_odds("not_yet")
        behind, ahead = (self._contender(form, km) for form in (own, other))
        gap_km = (lead.total - chaser.total) * km
        found = odds(behind, ahead, gap_km, self.left)
        if found.state != "chance":
            return no_odds(found.state)
        tried = [(amount, odds_if(behind, ahead, gap_km, self.left, amount * km)) for amount in more]
        ifs = tuple(WhatIf(amount, step_of(then.chance)) for amount, then in tried if then.state == "chance")
        return ShownOdds.of(found, round(found.expected_gap_km / km), ifs)

    def _is_capped(self, form: RunnerForm, total: int) -> bool:
        rules = self.context.rules
        return not rules.shaped.is_plain_sum and is_cap_nearly_full(rules, total, form.measured)

    def _km_per_unit(self, own: RunnerForm, other: RunnerForm, totals: int) -> float | None:
        rules = self.context.rules
        if rules.unit == "distance":
            return 1 / METRES
        if rules.measured.unit == "distance":
            return km_per_unit([own.measured / METRES, other.measured / METRES], [totals])
        return km_per_unit([own.km, other.km], [own.amount, other.amount])

    def _contender(self, form: RunnerForm, km: float) -> Contender:
        """Return the runner with their recent units turned into km by the factor of the pair."""
        if not form.amount:
            return Contender((form.recent,))
        scale = km * form.amount / form.km if form.km else 0.0
        return Contender((Recent(tuple(each * scale for each in form.recent.km), form.recent.history_days),))


def forms_of(context: BoardContext, runner_ids: Collection[int], now: datetime) -> RunnerForms:
    """Return what these runners ran lately; nothing under rules without odds.

    Days of others are read by distance, which boards over any dates show by days. Of other measures, days outside the
    challenge are read as means of whole weeks.
    """
    viewer, rules = context.viewer, context.rules
    left = time_left(now, ZoneInfo(viewer.tz), viewer.ends_on)
    if not has_odds(rules) or not runner_ids:
        return RunnerForms(context, left, {})
    forms = _by_distance(context, runner_ids, left.today)
    own = {} if rules.shaped.is_plain_sum and rules.unit == "distance" else _own_days(context, forms.keys())
    if rules.measured.unit != "distance":
        forms = _by_measure(context, forms, own, left.today)
    elif own:
        forms = {
            runner: RunnerForm(form.recent, form.first_day, sum(own.get(runner, {}).values()))
            for runner, form in forms.items()
        }
    return RunnerForms(context, left, forms)


def _by_distance(context: BoardContext, runner_ids: Collection[int], today: date) -> dict[int, RunnerForm]:
    metres = case((LEDGER.c.distance_m > MAX_DAY_M, MAX_DAY_M), else_=LEDGER.c.distance_m)
    windows = [
        func.sum(case((LEDGER.c.local_date.between(today - timedelta(days=window), today - timedelta(days=1)), metres)))
        for window in WINDOWS
    ]
    ledger = (LEDGER.c.runner_id == CONSENT.c.runner_id) & LEDGER.c.sport_class.in_(_classes(context))
    sums = (
        select(CONSENT.c.runner_id, CONSENT.c.level, func.min(LEDGER.c.local_date), *windows)
        .outerjoin(LEDGER, ledger)
        .where(CONSENT.c.group_id == context.viewer.group_id, CONSENT.c.runner_id.in_(runner_ids))
        .group_by(CONSENT.c.runner_id, CONSENT.c.level)
    )
    return {
        runner: RunnerForm(
            Recent(tuple((done or 0) / METRES for done in ran), (today - first_day).days if first_day else 0), first_day
        )
        for runner, level, first_day, *ran in read(sums, {})
        if may_see(level, "odds", is_self=runner == context.viewer.runner_id)
    }


def _own_days(context: BoardContext, runner_ids: Collection[int]) -> dict[int, dict[date, int]]:
    """Return what was measured on the days of this challenge."""
    days = (
        select(ENTRY.c.runner_id, DAY.c.local_date, DAY.c.amount)
        .join(DAY, DAY.c.entry_id == ENTRY.c.id)
        .where(ENTRY.c.challenge_id == context.viewer.challenge_id, ENTRY.c.runner_id.in_(runner_ids))
    )
    found: defaultdict[int, dict[date, int]] = defaultdict(dict)
    for runner, day, amount in read(days, {}):
        found[runner][day] = amount
    return found


def _by_measure(
    context: BoardContext, forms: Mapping[int, RunnerForm], own: Mapping[int, Mapping[date, int]], today: date
) -> dict[int, RunnerForm]:
    """Return the forms in another measure than distance."""
    amounts: defaultdict[int, dict[date, float]] = defaultdict(dict)
    km: defaultdict[int, dict[date, float]] = defaultdict(dict)
    for runner, day, amount, metres in _ledger_days(context, forms.keys(), today):
        amounts[runner][day], km[runner][day] = float(amount), metres / METRES
    starts_on, alone_tells = context.viewer.starts_on, context.rules.measured.ledger in ALONE_TELLS
    found = {}
    for runner, form in forms.items():
        measured = own.get(runner, {})
        days, far = (
            by_whole_weeks(ledger, in_challenge, starts_on, today, alone_tells=alone_tells)
            for ledger, in_challenge in ((amounts[runner], measured), (km[runner], km[runner]))
        )
        amount, distance = sum(days.values()), sum(far.values())
        in_km = {day: each * distance / amount for day, each in days.items() if each}
        recent = recent_of(in_km, form.first_day, today)
        found[runner] = RunnerForm(recent, form.first_day, sum(measured.values()), amount, distance)
    return found


def _ledger_days(context: BoardContext, runner_ids: Collection[int], today: date) -> Any:
    first = context.viewer.starts_on - timedelta(days=WINDOWS[-1] + 7)
    column = LEDGER.c[context.rules.measured.ledger or "runs"]
    days = (
        select(LEDGER.c.runner_id, LEDGER.c.local_date, func.sum(column), func.sum(LEDGER.c.distance_m))
        .where(LEDGER.c.runner_id.in_(runner_ids), LEDGER.c.sport_class.in_(_classes(context)))
        .where(LEDGER.c.local_date.between(first, today - timedelta(days=1)))
        .group_by(LEDGER.c.runner_id, LEDGER.c.local_date)
    )
    return read(days, {})


def _classes(context: BoardContext) -> list[str]:
    return classes_of(context.rules.counts.sports)
