"""The rules of a challenge explained: in short sentences, as a line to draw, and a day as a line of arithmetic."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from webapp.rulebook.measures import Unit
from webapp.rulebook.rule_sentences import amount, counted, measured, metres_in, number, rate_in, shaped, team_scored
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.shapes import MILE_M, Basis, whole_of


def sentences(rules: RuleSet, units: str, *, has_teams: bool = True) -> list[str]:
    """Return the whole rule set in short sentences: what is measured, how days add up, what counts, team scores."""
    teams = [team_scored(rules)] if has_teams else []
    return [measured(rules), *shaped(rules, units), *counted(rules, units), *teams]


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
_CAPTIONS = {
    "plain": "What a day brings",
    "daily_cap": "What a day brings",
    "weekly_cap": "What a week brings",
    "steps": "Points by the distance of a day",
    "saddles": "Points by the distance of a day",
    "target_share": "Share of a target",
    "improvement": "Share of a baseline",
}


def curve(rules: RuleSet, units: str, basis: Basis | None = None) -> Plot | None:
    """Return the value by the amount: of a day, of a week (weekly cap), of all days (shares of a whole).

    `basis`: whose target or baseline it is; without it one is made up and the caption says so. None where a line
    would say nothing.
    """
    unit = rules.measured.unit
    if rules.shape not in _CAPTIONS or not rules.measured.adds_up or (rules.shape, unit) == ("plain", "days"):
        return None
    measured_by = _example(rules) if basis is None else basis
    whole = whole_of(rules.shape, measured_by)
    if whole is None and rules.unit == "percent":
        return None
    knees = _knees(rules, whole)
    far = 2 * max(knees) if knees else round(_FAR[unit] * (metres_in(units) / 1000 if unit == "distance" else 1))
    ticks = {far * step // _STEPS for step in range(_STEPS + 1)} | set(knees) | {max(0, knee - 1) for knee in knees}
    # A single day is any amount, for a week and for a month too: the formula itself draws the line.
    points = [(tick, rules.gains([(_MONDAY, tick)], measured_by)[0] if tick else 0) for tick in sorted(ticks)]
    say = ", say," if basis is None else ""
    caption = _CAPTIONS[rules.shape] + (f" of{say} {amount(round(whole), unit, units)}" if whole else "")
    return Plot(unit, rules.unit, tuple(points), tuple(point for point in points if point[0] in knees), caption)


def _knees(rules: RuleSet, whole: Fraction | None) -> list[int]:
    """Return the amounts at which the line bends or jumps."""
    if whole:
        return [-(-whole.numerator * rules.params["most"] // (whole.denominator * 100))]
    if rules.shape == "saddles":
        return [round(MILE_M), round(10 * MILE_M)]
    return sorted({rules.params[name] for name in ("least", "knee", "cap") if rules.params.get(name)})


def _example(rules: RuleSet) -> Basis:
    target = _TARGETS.get(rules.measured.unit, 0)
    return Basis(_MONDAY, _FOUR_WEEKS_ON, rules.measured.unit, target, target // 4)


class Line(NamedTuple):
    """A day of one entry: its amount, by how much it raised the total, and what it is measured against."""

    rules: RuleSet
    amount: int
    gain: int
    units: str
    basis: Basis | None

    @property
    def measured(self) -> str:
        return amount(self.amount, self.rules.measured.unit, self.units)

    @property
    def gained(self) -> str:
        return amount(self.gain, self.rules.unit, self.units)


def arithmetic(rules: RuleSet, amount: int, gain: int, units: str, basis: Basis | None = None) -> str:
    """Return one line that leads from a day's amount to what it brought; of its owner's day only.

    `gain`: what scoring made of it. `basis`: with it, a share names the whole that it is of.
    """
    line = Line(rules, amount, gain, units, basis)
    return _ARITHMETIC.get(rules.shape, _as_it_is)(line)


def _as_it_is(line: Line) -> str:
    if line.rules.measured.adds_up:
        return line.measured
    longer = f"{line.gained} more" if line.gain else "no more"
    return f"{line.measured}, {longer} than the most before"


def _capped(line: Line) -> str:
    if line.gain == line.amount:
        return line.measured
    return f"{line.measured}, capped at {line.gained}"


def _capped_by_week(line: Line) -> str:
    if line.gain == line.amount:
        return line.measured
    cap = amount(line.rules.params["cap"], line.rules.measured.unit, line.units)
    left = f"{line.gained} of it was left" if line.gain else "nothing was left"
    return f"{line.measured}; {left} under the {cap} of the week"


def _in_steps(line: Line) -> str:
    params = line.rules.params
    if not line.gain:
        return f"{line.measured} → no points{_short_of(line)}"
    near = min(line.amount, params["knee"])
    parts = [f"{params['out']} points for going out"] if params["out"] else []
    parts += [_times(line, near, "rate")] if near and params["rate"] else []
    beyond = line.amount - near
    parts += [_times(line, beyond, "rate_beyond")] if beyond and params["rate_beyond"] else []
    return f"{line.measured} → {' + '.join(parts)} = {line.gained}"


def _short_of(line: Line) -> str:
    least = line.rules.params["least"]
    return f" under {amount(least, 'distance', line.units)}" if line.amount < least else ""


def _times(line: Line, metres: int, rate: str) -> str:
    points = number(rate_in(line.rules.params, rate, line.units), 3)
    return f"{amount(metres, 'distance', line.units)} × {points}"


def _by_the_mile(line: Line) -> str:
    if not line.gain:
        return f"{line.measured} → no points under one mile"
    miles = line.amount / MILE_M
    d = number(miles, 2)
    formula = f"10 + ½ × (21 × {d} − {d}²)" if miles <= 10 else f"65 + {number(miles - 10, 2)}"
    same = "" if line.units == "mi" else f" = {d} mi"
    return f"{line.measured}{same} → {formula} = {line.gained}"


def _on_a_streak(line: Line) -> str:
    least = line.rules.params["least"]
    if line.amount < least:
        return f"{line.measured}, short of the {amount(least, line.rules.measured.unit, line.units)} of a streak"
    return f"{line.measured} → the longest streak {'grew by a day' if line.gain else 'stayed as it was'}"


def _of_a_whole(line: Line) -> str:
    whole = whole_of(line.rules.shape, line.basis) if line.basis else None
    if whole is None:
        return f"{line.measured} → {line.gained}"
    of = amount(round(whole), line.rules.measured.unit, line.units)
    return f"{line.measured} of {of} → {line.gained}{_at_the_top(line, whole)}"


def _at_the_top(line: Line, whole: Fraction) -> str:
    most = line.rules.params["most"]
    # The days before may have been cut by one more.
    over = line.rules.measured.adds_up and line.gain + 1 < int(100_000 * line.amount / whole)
    return f", the rest is over {most} %" if over else ""


def _for_the_group(line: Line) -> str:
    return f"{line.measured} towards the goal"


_ARITHMETIC: Mapping[str, Callable[[Line], str]] = {
    "daily_cap": _capped,
    "weekly_cap": _capped_by_week,
    "steps": _in_steps,
    "saddles": _by_the_mile,
    "streak": _on_a_streak,
    "target_share": _of_a_whole,
    "improvement": _of_a_whole,
    "group_goal": _for_the_group,
}
