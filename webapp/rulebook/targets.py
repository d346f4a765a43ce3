"""A runner's target in a challenge: its unit, its bounds, and how it is typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from webapp.rulebook.chase_outlook import WHOLE
from webapp.rulebook.measures import Unit
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.units import PERCENT, POINT, inside, read_number

# A runner may set a target until this many days after the first date, or after joining.
TARGET_DAYS = 7
# The bounds in each unit; a target in days goes up to the days of the window.
BOUNDS: Mapping[Unit, tuple[int, int]] = {
    "distance": (1_000, 2_000_000),
    "time": (600, 2_000_000),
    "climb": (10, 200_000),
    "runs": (1, 500),
    "days": (1, 366),
    "points": (POINT, 100_000 * POINT),
}


class TargetError(ValueError):
    """A typed target is wrong; the text says why, for its runner."""


def asks_target(rules: RuleSet) -> bool:
    """Return whether these rules need each runner's own target."""
    return rules.needs_target or (rules.team_score == "met" and rules.unit != "percent")


def target_unit(rules: RuleSet) -> Unit | None:
    """Return the unit of a target: that of the total, or of the measure if the total is a share of the target.

    None if a total is a share of something else, which is its own target.
    """
    if rules.needs_target:
        return rules.measured.unit
    return None if rules.unit == "percent" else rules.unit


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """How far a runner is on the way to a target, in `unit`, and the days that are left, today included.

    `a_day`: what each day that is left asks for, rest days included; None for whole runs and days, where a share of one
    says nothing, and where no day is left or the target is reached.
    """

    target: int
    done: int
    left: int
    unit: Unit
    days_left: int
    a_day: int | None


def target_progress(target: int, total: int, rules: RuleSet, days_left: int) -> TargetProgress | None:
    """Return what is left of a target, from the total on the board; None where the rules know no target."""
    unit = target_unit(rules)
    if unit is None:
        return None
    # A total that is a share of the target was cut to thousandths of a per cent.
    done = target * total // (100 * PERCENT) if rules.needs_target else total
    left = max(0, target - done)
    a_day = ceil(Fraction(left, days_left)) if left and days_left > 0 and unit not in WHOLE else None
    return TargetProgress(target, done, left, unit, days_left, a_day)


def may_set_target(starts_on: date, ends_on: date, joined_on: date, today: date) -> bool:
    """Return whether a runner may still set a target in a challenge of these dates.

    They may until seven days after the first date, or after they joined, and never after the last date.
    """
    return today <= last_day_for_target(starts_on, ends_on, joined_on)


def last_day_for_target(starts_on: date, ends_on: date, joined_on: date) -> date:
    return min(ends_on, max(starts_on, joined_on) + timedelta(days=TARGET_DAYS))


def target_from(text: str, unit: Unit, units: str, days: int) -> int:
    """Return a target as its runner typed it. `days`: those of the window. Raises TargetError.

    Distances in the runner's own unit, times in hours or as 20:30, climb in metres or feet.
    """
    value = _read(text.strip(), unit, units)
    lowest, highest = BOUNDS[unit]
    if unit == "days":
        highest = days
    if value is None:
        raise TargetError("A number, please." if unit != "time" else "Hours, please, such as 20 or 20:30.")
    if not lowest <= value <= highest:
        raise TargetError(
            f"Between {shown_target(lowest, unit, units)} and {shown_target(highest, unit, units)}, please."
        )
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
    """Return the stored amount of one typed unit."""
    return Fraction(POINT) if unit == "points" else inside(unit, units)


def shown_target(value: int, unit: Unit, units: str) -> str:
    """Return a target as people type it, with one decimal at most."""
    if unit == "time" and value % 3600:
        return f"{value // 3600}:{value % 3600 // 60:02d}"
    typed = round(Fraction(value) / _inside(unit, units), 1)
    return str(int(typed)) if typed.denominator == 1 else f"{float(typed):.1f}"
