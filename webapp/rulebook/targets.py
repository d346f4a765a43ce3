"""What a runner sets out to do in a challenge: in which unit, between which bounds, and how it is typed."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from webapp.rulebook.measures import Unit
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.units import POINT, inside, read_number

# So long after its first date, or after joining, a runner may still say what they set out to do.
TARGET_DAYS = 7
# Least and most, in the unit; the most of a day's worth is the window's to say.
BOUNDS: Mapping[Unit, tuple[int, int]] = {
    "distance": (1_000, 2_000_000),
    "time": (600, 2_000_000),
    "climb": (10, 200_000),
    "runs": (1, 500),
    "days": (1, 366),
    "points": (POINT, 100_000 * POINT),
}


class TargetError(ValueError):
    """What is wrong with a target as it was typed, for its runner."""


def asks_target(rules: RuleSet) -> bool:
    """Tell whether these rules need each runner's own target."""
    return rules.needs_target or (rules.team_score == "met" and rules.unit != "percent")


def target_unit(rules: RuleSet) -> Unit | None:
    """Return the unit of a target: of the total, or of what is measured where that is a share of the target.

    None where a total is a share of something else, and so has its aim already.
    """
    if rules.needs_target:
        return rules.measured.unit
    return None if rules.unit == "percent" else rules.unit


def may_set_target(starts_on: date, ends_on: date, joined_on: date, today: date) -> bool:
    """Tell whether a runner may still say what they set out to do in a challenge of these dates.

    Until seven days after the first date, or after they came into it, and never once the days are over.
    """
    return today <= last_day_for_target(starts_on, ends_on, joined_on)


def last_day_for_target(starts_on: date, ends_on: date, joined_on: date) -> date:
    return min(ends_on, max(starts_on, joined_on) + timedelta(days=TARGET_DAYS))


def target_from(text: str, unit: Unit, units: str, days: int) -> int:
    """Read a target as its runner typed it. `days`: of the window. Raises GoalError.

    Distances in the runner's own unit, times in hours or as 20:30, climb in metres or feet.
    """
    value = _read(text.strip(), unit, units)
    least, most = BOUNDS[unit]
    if unit == "days":
        most = days
    if value is None:
        raise TargetError("A number, please." if unit != "time" else "Hours, please, such as 20 or 20:30.")
    if not least <= value <= most:
        raise TargetError(f"Between {shown_target(least, unit, units)} and {shown_target(most, unit, units)}, please.")
    return value


def _read(text: str, unit: Unit, units: str) -> int | None:
    if unit == "time" and (clock := re.fullmatch(r"([0-9]{1,3}):([0-5][0-9])", text)):
        return int(clock[1]) * 3600 + int(clock[2]) * 60
    number = read_number(text)
    if number is None:
        return None
    value = number * _inside(unit, units)
    if unit in ("runs", "days") and value.denominator != 1:
        return None
    return round(value)


def _inside(unit: Unit, units: str) -> Fraction:
    """Return how many of our own units one typed unit is."""
    return Fraction(POINT) if unit == "points" else inside(unit, units)


def shown_target(value: int, unit: Unit, units: str) -> str:
    """Return a target as it is typed, with one decimal at most."""
    if unit == "time" and value % 3600:
        return f"{value // 3600}:{value % 3600 // 60:02d}"
    typed = round(Fraction(value) / _inside(unit, units), 1)
    return str(int(typed)) if typed.denominator == 1 else f"{float(typed):.1f}"


def unit_words(unit: Unit, units: str) -> str:
    """Return what stands behind the number in the field."""
    words: Mapping[str, str] = {"distance": units, "time": "hours", "climb": "ft" if units == "mi" else "m"}
    return words.get(unit, unit)
