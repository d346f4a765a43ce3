"""Amounts as people type and read them in their own units: km or miles, hours, climb, numbers, paces.

Stored are whole metres and whole seconds per km. A written amount reads back as the same stored one. Of all numbers
that give the same stored amount, the roundest is written, so people see again what they typed.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from webapp.formatting import score
from webapp.rulebook.measures import Unit

PERCENT = 1000  # thousandths in one per cent
POINT = 1000  # thousandths in one point
MILE_M = Fraction(1609344, 1000)
METRES_PER: Mapping[str, Fraction] = {"km": Fraction(1000), "mi": MILE_M}
FOOT_M = Fraction("0.3048")
_PLAIN: Mapping[str, str] = {"time": "hours", "runs": "runs", "days": "days", "points": "pts", "percent": "%"}
# The units that may be typed behind a number, and the stored amount of one of each.
_SAID: Mapping[str, Mapping[str, Fraction]] = {
    "distance": {"km": Fraction(1000), "m": Fraction(1), **dict.fromkeys(("mi", "mile", "miles"), MILE_M)},
    "climb": {"m": Fraction(1), "ft": FOOT_M, "feet": FOOT_M},
    "time": dict.fromkeys(("h", "hour", "hours"), Fraction(3600)),
    "runs": dict.fromkeys(("run", "runs"), Fraction(1)),
    "days": dict.fromkeys(("day", "days"), Fraction(1)),
    "points": dict.fromkeys(("pts", "points"), Fraction(1)),
    "percent": {"%": Fraction(1)},
}
_TYPED = re.compile(r"([0-9:.,]+)\s*([a-z%]*)", re.ASCII)
# A comma before three digits separates thousands, as on pages: 1,000 never means one.
_THOUSANDS = re.compile(r"([0-9]{1,3}(?:,[0-9]{3}){1,3})(\.[0-9]{1,4})?")
_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,4}))?")
_CLOCK = re.compile(r"([0-9]{1,5}):([0-5][0-9])(?::([0-5][0-9]))?")
_PACE = re.compile(r"([0-9]{1,3}):([0-5][0-9])\s*(?:(?:min)?/(km|mi))?")
_ROUND_PACES_S = (60, 30, 15, 10, 5, 1)


class UnreadableError(ValueError):
    """The typed text is no such amount; the message says what is expected."""


def suffix(unit: Unit, own: str) -> str:
    """Return the suffix of a number in this unit; `own`: km or mi."""
    if unit == "climb":
        return "ft" if own == "mi" else "m"
    return own if unit == "distance" else _PLAIN[unit]


def inside(unit: Unit, own: str) -> Fraction:
    """Return the stored amount (metres, seconds) of one typed unit; counted things are stored as they are."""
    if unit == "distance":
        return MILE_M if own == "mi" else Fraction(1000)
    if unit == "climb" and own == "mi":
        return FOOT_M
    return Fraction(3600 if unit == "time" else 1)


def read_number(text: str) -> Fraction | None:
    """Return the number in "12.5", "12,5" or "1,000"; None for any other text."""
    if found := _THOUSANDS.fullmatch(text):
        return Fraction(found[1].replace(",", "") + (found[2] or ""))
    found = _NUMBER.fullmatch(text)
    return Fraction(f"{found[1]}.{found[2] or 0}") if found else None


def read_amount(text: str, unit: Unit, own: str) -> int:
    """Return the stored amount of typed text: "12.5" km or miles, "1:30" or "1.5" hours, "3" runs."""
    typed = _TYPED.fullmatch(text.strip().lower())
    one = _SAID[unit].get(typed[2], None if typed[2] else inside(unit, own)) if typed else None
    if typed is None or one is None:
        raise UnreadableError(_wanted(unit, own))
    if unit == "time" and (clock := _CLOCK.fullmatch(typed[1])):
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    number = read_number(typed[1])
    if number is None:
        raise UnreadableError(_wanted(unit, own))
    amount = number * one
    if amount.denominator != 1 and one.denominator == 1 and unit != "time":
        raise UnreadableError(_wanted(unit, own) if unit == "distance" else "A whole number, please.")
    return round(amount)


def write_amount(value: int, unit: Unit, own: str) -> str:
    """Return an amount as `read_amount` reads it, with the roundest number that gives the same amount."""
    if unit == "time":
        seconds = f":{value % 60:02d}" if value % 60 else ""
        return f"{value // 3600}:{value % 3600 // 60:02d}{seconds}"
    one = inside(unit, own)
    # Four decimals of a mile are finer than a metre.
    steps = (Fraction(10) ** power for power in range(9, -5, -1))
    typed = (round(value / one / step) * step for step in steps)
    return _written(next(number for number in typed if round(number * one) == value))


def suggested(value: int, unit: Unit, own: str) -> str:
    """Return an amount to begin from; in miles and feet, a number of two digits."""
    one = inside(unit, own)
    if one.denominator == 1 or not value:
        return write_amount(value, unit, own)
    step = Fraction(10) ** (len(str(ceil(value / one))) - 2)
    return _written(round(value / one / step) * step)


def read_pace(text: str, own: str) -> int:
    """Return the seconds per km of "5:30", which is minutes per km or mile."""
    found = _PACE.fullmatch(text.strip().lower())
    if found is None:
        raise UnreadableError("Minutes and seconds, as in 5:30.")
    return _a_km(int(found[1]) * 60 + int(found[2]), found[3] or own)


def write_pace(seconds: int, own: str) -> str:
    """Return a pace as `read_pace` reads it, with the roundest pace that gives the same seconds per km."""
    exactly = seconds * inside("distance", own) / 1000
    typed = (round(exactly / step) * step for step in _ROUND_PACES_S)
    shown = next(pace for pace in typed if _a_km(pace, own) == seconds)
    return f"{shown // 60}:{shown % 60:02d}"


def amount_text(value: int, unit: Unit, own: str) -> str:
    """Return an amount in words with the decimals it needs: "10 km", "0.62 mi", "1 h 30 min"."""
    if unit == "distance":
        return f"{number_text(Fraction(value) / METRES_PER[own], 2 if own == 'mi' else 3)} {own}"
    if unit == "time":
        hours, minutes, rest = value // 3600, value % 3600 // 60, value % 60
        written = [f"{hours:,} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (rest > 0)
        return " ".join(written) or "0 min"
    if unit in ("points", "percent"):
        return f"{number_text(Fraction(value, 1000), 3)} {'%' if unit == 'percent' else 'pts'}"
    return score(value, unit, own)


def number_text(value: Fraction, decimals: int) -> str:
    """Return a number with at most `decimals` decimals, and no zeros at the end."""
    written = f"{float(value):,.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _a_km(seconds: int, own: str) -> int:
    return round(seconds * 1000 / inside("distance", own))


def _written(number: Fraction) -> str:
    text = f"{float(number):.4f}"
    return text.rstrip("0").rstrip(".")


def _wanted(unit: Unit, own: str) -> str:
    if unit == "distance":
        return f"A number of {'miles' if own == 'mi' else 'km'}, as in 12.5."
    return "Hours, as in 1:30 or 1.5." if unit == "time" else "A number, please."
