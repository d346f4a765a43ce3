"""Amounts as organisers type and read them: km, hours, metres of climb, numbers, paces."""

import re
from fractions import Fraction

from webapp.scoring.measures import Unit
from webapp.scoring.shapes import Param

# What stands behind the field.
SUFFIXES: dict[str, str] = {
    "distance": "km", "time": "hours", "climb": "m", "runs": "runs", "days": "days", "points": "pts", "percent": "%",
}  # fmt: skip
_NUMBER = re.compile(r"(\d{1,9})(?:[.,](\d{1,3}))?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,5}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_UNITS_TYPED = re.compile(r"\s*(km|hours?|h|m|runs?|days?|pts|points|%|min/km|/km)$")


class UnreadableError(ValueError):
    """What was typed is no such amount; the text says what is wanted."""


def suffix_of(param: Param) -> str | None:
    """Return what stands behind a number of a shape, whatever is measured; None for what depends on it."""
    return None if param.kind in ("amount", "choice", "places") else SUFFIXES[unit_of(param, "distance")]


def unit_of(param: Param, unit: Unit) -> Unit:
    """Return the unit of a number of a shape, for a measure in `unit`."""
    if param.kind == "amount":
        return unit
    return {"metres": "distance", "percent": "percent", "days": "days"}.get(param.kind, "points")  # type: ignore[return-value]  # mypy reads str


def read_amount(text: str, unit: Unit) -> int:
    """Return what was typed in the unit inside: "12.5" km, "1:30" or "1.5" hours, "3" of anything counted."""
    bare = _UNITS_TYPED.sub("", text.strip().lower())
    if unit == "time" and (clock := _CLOCK.fullmatch(bare)):
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    found = _NUMBER.fullmatch(bare)
    if found is None:
        raise UnreadableError(_WANTED.get(unit, "A number, please."))
    number = Fraction(f"{found[1]}.{found[2] or 0}")
    inside = number * _INSIDE.get(unit, 1)
    if inside.denominator != 1 and unit != "time":
        raise UnreadableError("A whole number, please.")
    return int(inside)


def write_amount(value: int, unit: Unit) -> str:
    """Return an amount as `read_amount` reads it."""
    if unit == "time":
        seconds = f":{value % 60:02d}" if value % 60 else ""
        return f"{value // 3600}:{value % 3600 // 60:02d}{seconds}"
    if unit == "distance":
        return f"{value / 1000:.3f}".rstrip("0").rstrip(".")
    return str(value)


def read_pace(text: str) -> int:
    """Return the seconds a km of "5:30"."""
    found = _CLOCK.fullmatch(_UNITS_TYPED.sub("", text.strip().lower()))
    if found is None or found[3]:
        raise UnreadableError("Minutes and seconds, as in 5:30.")
    return int(found[1]) * 60 + int(found[2])


def write_pace(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def bounds_in_words(param: Param, unit: Unit) -> str:
    """Say between which amounts a number of a shape has to lie."""
    typed = unit_of(param, unit)
    return f"Between {write_amount(param.least, typed)} and {write_amount(param.most, typed)} {SUFFIXES[typed]}."


_INSIDE = {"distance": 1000, "time": 3600}
_WANTED = {"distance": "A number of km, as in 12.5.", "time": "Hours, as in 1:30 or 1.5."}
