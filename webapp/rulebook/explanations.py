"""The rules of a challenge explained: in sentences, as a chart, and a day as a line of arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from webapp.rulebook.measures import Unit
from webapp.rulebook.rule_sentences import counted, shaped, team_scored
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes.base import DayText, ScoringContext
from webapp.rulebook.units import METRES_PER, amount_text


def sentences(rules: RuleSet, units: str, *, has_teams: bool = True) -> list[str]:
    """Return the whole rule set in sentences: the measure, how days add up, what counts, team scores."""
    teams = [team_scored(rules)] if has_teams else []
    return [rules.measured.sentence, *shaped(rules, units), *counted(rules, units), *teams]


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart: points of (amount, value) in stored units; at `knees` the line bends or jumps."""

    amount_unit: Unit
    unit: Unit
    points: tuple[tuple[int, int], ...]
    knees: tuple[tuple[int, int], ...]
    caption: str


# How far a line goes if no knee ends it: 20 miles or km, and a long day in the other units.
_FAR: Mapping[Unit, int] = {"distance": 20_000, "time": 2 * 3600, "climb": 1000, "runs": 5, "days": 7}
# An example target, and four times an example mean week, for charts without a runner.
_TARGETS: Mapping[Unit, int] = {"distance": 100_000, "time": 36_000, "climb": 2000, "runs": 12, "days": 12}
_STEPS = 40
_MONDAY, _FOUR_WEEKS_ON = date(2024, 1, 1), date(2024, 1, 28)


def curve(rules: RuleSet, units: str, context: ScoringContext | None = None) -> Plot | None:
    """Return the value by the amount: of a day, of a week (weekly cap), of all days (shares of a whole).

    `context`: has the target or the baseline; without it an example is used and the caption says so. None if a chart
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
    # The shape itself draws the line, with the whole amount on a single day.
    points = [(tick, rules.gains([(_MONDAY, tick)], used)[0] if tick else 0) for tick in sorted(ticks)]
    say = ", say," if context is None else ""
    of = f" of{say} {amount_text(round(whole), unit, units)}" if whole else ""
    return Plot(unit, rules.unit, tuple(points), tuple(point for point in points if point[0] in knees), caption + of)


def _example(rules: RuleSet) -> ScoringContext:
    target = _TARGETS.get(rules.measured.unit, 0)
    return rules.context(_MONDAY, _FOUR_WEEKS_ON, target, target // 4)


def arithmetic(rules: RuleSet, day_amount: int, gain: int, units: str, context: ScoringContext | None = None) -> str:
    """Return one line that leads from a day's amount to its score, for the day's owner only.

    `gain`: the day's score. `context`: with it, a share names its whole.
    """
    day = DayText(rules.params, rules.measured, units, day_amount, gain, rules.unit, context)
    return rules.shaped.explain_day(day)
