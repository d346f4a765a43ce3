"""The rules of a challenge explained: in short sentences, as a line to draw, and a day as a line of arithmetic."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from webapp.rulebook.measures import Unit
from webapp.rulebook.rule_sentences import counted, shaped, team_scored
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes.base import DayText, ScoringContext
from webapp.rulebook.units import METRES_PER, amount_text


def sentences(rules: RuleSet, units: str, *, has_teams: bool = True) -> list[str]:
    """Return the whole rule set in short sentences: what is measured, how days add up, what counts, team scores."""
    teams = [team_scored(rules)] if has_teams else []
    return [rules.measured.sentence, *shaped(rules, units), *counted(rules, units), *teams]


class Plot(NamedTuple):
    """A line to draw: (amount, value) in the units inside; at `knees` it bends or jumps. `caption`: what it shows."""

    amount_unit: Unit
    unit: Unit
    points: tuple[tuple[int, int], ...]
    knees: tuple[tuple[int, int], ...]
    caption: str


# How far a line goes that nothing else ends: 20 miles or km of a day, and a long day of everything else.
_FAR: Mapping[Unit, int] = {"distance": 20_000, "time": 2 * 3600, "climb": 1000, "runs": 5, "days": 7}
# A target and a mean week to show what a share is like, where there is nobody's own.
_TARGETS: Mapping[Unit, int] = {"distance": 100_000, "time": 36_000, "climb": 2000, "runs": 12, "days": 12}
_STEPS = 40
_MONDAY, _FOUR_WEEKS_ON = date(2024, 1, 1), date(2024, 1, 28)


def curve(rules: RuleSet, units: str, context: ScoringContext | None = None) -> Plot | None:
    """Return the value by the amount: of a day, of a week (weekly cap), of all days (shares of a whole).

    `context`: whose target or baseline it is; without it one is made up and the caption says so. None where a line
    would say nothing.
    """
    unit, caption = rules.measured.unit, rules.shaped.chart_caption(rules.measured)
    if caption is None:
        return None
    used = context or _example(rules)
    whole = rules.shaped.whole(used)
    if whole is None and rules.unit == "percent":
        return None
    knees = rules.shaped.knees(rules.params, used)
    far = 2 * max(knees) if knees else round(_FAR[unit] * (METRES_PER[units] / 1000 if unit == "distance" else 1))
    ticks = {far * step // _STEPS for step in range(_STEPS + 1)} | set(knees) | {max(0, knee - 1) for knee in knees}
    # A single day is any amount, for a week and for a month too: the formula itself draws the line.
    points = [(tick, rules.gains([(_MONDAY, tick)], used)[0] if tick else 0) for tick in sorted(ticks)]
    say = ", say," if context is None else ""
    of = f" of{say} {amount_text(round(whole), unit, units)}" if whole else ""
    return Plot(unit, rules.unit, tuple(points), tuple(point for point in points if point[0] in knees), caption + of)


def _example(rules: RuleSet) -> ScoringContext:
    target = _TARGETS.get(rules.measured.unit, 0)
    return rules.context(_MONDAY, _FOUR_WEEKS_ON, target, target // 4)


def arithmetic(rules: RuleSet, day_amount: int, gain: int, units: str, context: ScoringContext | None = None) -> str:
    """Return one line that leads from a day's amount to what it brought; of its owner's day only.

    `gain`: what scoring made of it. `context`: with it, a share names the whole that it is of.
    """
    day = DayText(rules.params, rules.measured, units, day_amount, gain, rules.unit, context)
    return rules.shaped.explain_day(day)
