"""The odds of two sides from what their runners ran lately, in the unit of the board. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from webapp.rulebook.odds import Contender, Recent, TimeLeft, chances, daily_km, odds
from webapp.rulebook.odds_measures import has_odds, is_cap_nearly_full, km_per_unit
from webapp.rulebook.odds_words import NoOdds, ShownOdds, WhatIf, no_odds, step_of
from webapp.rulebook.ruleset import RuleSet

METRES = 1000


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
class ChaseSide:
    """A runner, or a team: the forms, the total, and by how many the total is divided for an average."""

    forms: tuple[RunnerForm, ...]
    total: int
    divisor: int = 1

    @property
    def score(self) -> float:
        return self.total / self.divisor


@dataclass(frozen=True, slots=True)
class Matchup:
    """Two sides that have odds. `gap`: in the unit of the totals; `km`: what such a unit stands for."""

    behind: Contender
    ahead: Contender
    gap: float
    km: float
    left: TimeLeft

    def odds(self, more: Collection[int] = ()) -> ShownOdds:
        """Return the odds of the one behind. `more`: runs to try out, in the unit of the total."""
        gap_km = self.gap * self.km
        found = odds(self.behind, self.ahead, gap_km, self.left)
        if found.state != "chance":
            return no_odds(found.state)
        gaps = [gap_km - amount * self.km for amount in more]
        tried = zip(more, gaps, chances(self.behind, self.ahead, gaps, self.left.days), strict=True)
        # A run that brings both to the same total leaves no chance to speak of.
        ifs = tuple(WhatIf(amount, step_of(then)) for amount, gap, then in tried if gap)
        return ShownOdds.of(found, round(found.expected_gap_km / self.km), ifs)

    def days_to_crossing(self) -> float | None:
        """Return after how many days the lines cross at present rates; None if they do not."""
        gains = daily_km(self.behind) - daily_km(self.ahead)
        return self.gap * self.km / gains if self.gap > 0 and gains > 0 else None


def matchup(rules: RuleSet, behind: ChaseSide | None, ahead: ChaseSide | None, left: TimeLeft) -> Matchup | NoOdds:
    """Return two sides that have odds, or why they have none. None is a side that does not show what it ran."""
    if not has_odds(rules):
        return "no_mean"
    if behind is None or ahead is None:
        return "withheld"
    if _is_capped(rules, behind) or _is_capped(rules, ahead):
        return "cap"
    km = _km_per_unit(rules, behind, ahead)
    if not km:
        return "not_yet"
    return Matchup(_contender(behind, km), _contender(ahead, km), ahead.score - behind.score, km, left)


def shown_odds(found: Matchup | NoOdds, more: Collection[int] = ()) -> ShownOdds:
    """Return what a page shows: the odds, with runs to try out, or why there are none."""
    return found.odds(more) if isinstance(found, Matchup) else no_odds(found)


def with_chance(found: Matchup | NoOdds | None, shown: ShownOdds | None) -> Matchup | None:
    """Return two sides if what is shown of them is a chance."""
    return found if isinstance(found, Matchup) and shown is not None and shown.instead is None else None


def _is_capped(rules: RuleSet, side: ChaseSide) -> bool:
    measured = sum(form.measured for form in side.forms)
    return not rules.shaped.is_plain_sum and is_cap_nearly_full(rules, side.total, measured)


def _km_per_unit(rules: RuleSet, behind: ChaseSide, ahead: ChaseSide) -> float | None:
    if rules.unit == "distance":
        return 1 / METRES
    forms = [*behind.forms, *ahead.forms]
    if rules.measured.unit == "distance":
        return km_per_unit([form.measured / METRES for form in forms], [behind.total + ahead.total])
    return km_per_unit([form.km for form in forms], [form.amount for form in forms])


def _contender(side: ChaseSide, km: float) -> Contender:
    """Return a side with the recent units of its runners turned into km by the factor of both."""
    return Contender(tuple(_scaled(form, km) for form in side.forms), side.divisor)


def _scaled(form: RunnerForm, km: float) -> Recent:
    if not form.amount:
        return form.recent
    scale = km * form.amount / form.km if form.km else 0.0
    return Recent(tuple(each * scale for each in form.recent.km), form.recent.history_days)
