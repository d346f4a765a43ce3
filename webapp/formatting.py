"""How pages write numbers and dates. Stored values are in metres and seconds; pages use the runner's units."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo


class Units(StrEnum):
    """The unit in which a runner reads distances."""

    KM = "km"
    MI = "mi"


METRES: Mapping[str, float] = {Units.KM: 1000.0, Units.MI: 1609.344}
FEET = 3.28084  # in a metre


def distance_number(metres: int, units: str) -> str:
    """Return `metres` in the unit, with one decimal, cut: it never reads as more than was run."""
    if metres < 0:
        return f"-{distance_number(-metres, units)}"
    whole, tenth = divmod(int(metres * 10 // METRES[units]), 10)
    return f"{whole:,}.{tenth}"


def distance(metres: int, units: str) -> str:
    return f"{distance_number(metres, units)} {units}"


def near(metres: int, units: str) -> str:
    """Return a distance between two runners; in metres or yards if a tenth of the unit is too coarse."""
    if not 0 < metres < METRES[units] / 10:
        return distance(metres, units)
    return f"{metres} m" if units == "km" else f"{max(1, int(metres / 0.9144))} yd"


def at_least(metres: int, units: str) -> str:
    """Return a distance still to be run, with one decimal and never rounded down: less would not be enough."""
    whole, tenth = divmod(ceil(metres * 10 / METRES[units]), 10)
    return f"{whole:,}.{tenth} {units}"


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "11th"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def duration(seconds: int) -> str:
    """Return "1:02:03", or "2:03" under an hour."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def pace(seconds_a_km: float, units: str) -> str:
    """Return "5:30 /km"; in miles to the nearest second."""
    return f"{duration(round(seconds_a_km * METRES[units] / 1000))} /{units}"


def run_pace(metres: int, seconds: int, units: str) -> str | None:
    """Return the mean pace of a run, "5:30 /km"; None where distance or time is missing."""
    return pace(seconds * 1000 / metres, units) if metres > 0 and seconds > 0 else None


def score(value: int, unit: str, units: str) -> str:
    """Return a total or a day's part of it in words; `unit` is one of webapp.rulebook.measures.Unit."""
    if unit == "distance":
        return distance(value, units)
    if unit == "time":
        return f"{value // 3600:,}:{value % 3600 // 60:02d} h"
    if unit == "climb":
        return f"{round(value * FEET):,} ft" if units == "mi" else f"{value:,} m"
    if unit == "percent":
        return share(value)
    if unit == "points":
        return f"{_tenths(value)} pts"
    return f"{value:,} {unit if value != 1 else unit[:-1]}"


def score_gap(value: int, unit: str, units: str) -> str:
    """Return the difference of two scores, more exact if a tenth of the unit is too coarse."""
    if unit == "time" and 0 < value < 3600:
        return f"{value // 60} min" if value >= 60 else f"{value} s"
    return near(value, units) if unit == "distance" else score(value, unit, units)


def score_needed(value: int, unit: str, units: str) -> str:
    """Return a score still to be reached, never rounded down."""
    if unit == "distance":
        return at_least(value, units)
    if unit == "climb" and units == "mi":
        return f"{ceil(value * FEET):,} ft"
    if unit == "time" and 0 < value <= 3540:
        return f"{ceil(value / 60)} min"
    step = {"time": 60, "points": 100, "percent": 100}.get(unit, 1)
    return score(-(-value // step) * step, unit, units)


def share(thousandths: int) -> str:
    """Return a share in per cent with one decimal, cut: a share below 100 % never reads as 100 %.

    A share above zero never reads as zero.
    """
    if 0 < thousandths < 100:
        return "under 0.1 %"
    whole, tenth = divmod(thousandths // 100, 10)
    return f"{whole:,}.{tenth} %"


def whole_percent(percent: float | Fraction) -> str:
    """Return a share in whole per cent, cut in the same way: "99 %", "under 1 %"."""
    return "under 1 %" if 0 < percent < 1 else f"{int(percent):,} %"


def _tenths(thousandths: int) -> str:
    """Return points with one decimal, cut; a whole number missed only by rounding to metres is shown as that number."""
    whole, tenth = divmod((thousandths + 2) // 100, 10)
    return f"{whole:,}.{tenth}"


def day(value: date) -> str:
    """Return "Tue 3 Nov"."""
    return f"{value:%a} {value.day} {value:%b}"


def local_time(moment: datetime, tz: str) -> str:
    """Return "Tue 3 Nov, 21:05" on the clock of a time zone."""
    there = moment.astimezone(ZoneInfo(tz))
    return f"{day(there)}, {there:%H:%M}"


def clock_time(moment: datetime, tz: str) -> str:
    """Return "21:05" on the clock of a time zone."""
    return f"{moment.astimezone(ZoneInfo(tz)):%H:%M}"


def local_date(moment: datetime, tz: str) -> date:
    """Return the date of a moment on the calendar of a time zone."""
    return moment.astimezone(ZoneInfo(tz)).date()


def version_day(version: str) -> str:
    """Return "23 Nov 2026" for the version of a text: the date, and a letter for a later one of that day.

    Versions of another form are returned as they are.
    """
    try:
        written = date.fromisoformat(version[:10])
    except ValueError:
        return version
    return f"{written.day} {written:%b %Y}"


def moment(value: datetime) -> str:
    """Return "Tue 3 Nov, 12:00"."""
    return f"{day(value.date())}, {value:%H:%M}"


def days_in_words(days: int) -> str:
    """Return "1 day", "6 days"."""
    return f"{days} day{'' if days == 1 else 's'}"


def signed(value: int) -> str:
    return f"+{value}" if value > 0 else str(value).replace("-", "−")


def full_stop(words: str) -> str:
    """Return `words` at the end of a sentence: "Toby P." brings its full stop along."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."
