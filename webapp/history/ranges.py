"""Boards over any dates: which dates, which measures, and what is wrong with those that somebody wrote."""

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple

from webapp.scoring.measures import Unit

How = Literal["sum", "count", "greatest"]
# A range is two years at most, and no older than any run can be.
MOST_DAYS = 731
FIRST = date(2000, 1, 1)
# Single days are shared by distance alone: beside it their time would say how fast somebody ran.
LEAST_DAYS = 7
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RangeMeasure(NamedTuple):
    """What a range is measured by: the ledger's column, and how days come together.

    `least_days`: shorter ranges are refused. `asks`: only of those who agreed to that very thing.
    """

    words: str
    unit: Unit
    column: str
    how: How
    least_days: int = 1
    asks: bool = False


MEASURES: dict[str, RangeMeasure] = {
    "distance": RangeMeasure("Distance", "distance", "distance_m", "sum"),
    "time": RangeMeasure("Moving time", "time", "moving_s", "sum", LEAST_DAYS),
    "climb": RangeMeasure("Climb", "climb", "climb_m", "sum", LEAST_DAYS),
    "runs": RangeMeasure("Number of runs", "runs", "runs", "sum"),
    "days": RangeMeasure("Active days", "days", "runs", "count"),
    "longest": RangeMeasure("Longest run", "distance", "longest_m", "greatest", LEAST_DAYS, asks=True),
}
USUAL = "distance"


class Span(NamedTuple):
    """Dates with a name, both ends in."""

    words: str
    first: date
    last: date


class Wanted(NamedTuple):
    """What was asked for, as a form shows it again, and as it is; `errors` says by field what is wrong with it."""

    measure: str
    first: date
    last: date
    written: tuple[str, str]
    errors: dict[str, str]


def spans(today: date) -> list[Span]:
    """Return the dates that groups ask for most. Weeks begin on Monday; what is not over is taken whole."""
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    end_of_month = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    before = month - timedelta(days=1)
    return [
        Span("This week", monday, monday + timedelta(days=6)),
        Span("Last week", monday - timedelta(days=7), monday - timedelta(days=1)),
        Span("This month", month, end_of_month),
        Span("Last month", before.replace(day=1), before),
        Span("This year", date(today.year, 1, 1), date(today.year, 12, 31)),
    ]


def wanted(first: str | None, last: str | None, measure: str | None, today: date) -> Wanted:
    """Read what somebody asked for: this month by distance where nothing was said.

    Where something is wrong, `errors` names the field ("from", "to" or "measure") and the dates are this month's.
    """
    usual = spans(today)[2]
    written = (usual.first.isoformat() if first is None else first, usual.last.isoformat() if last is None else last)
    errors = {}
    if measure is not None and measure not in MEASURES:
        errors["measure"] = "Please choose one of these."
    key = measure if measure in MEASURES and measure is not None else USUAL
    found = [_date_from(text) for text in written]
    for field, day in zip(("from", "to"), found, strict=True):
        if day is None:
            errors[field] = "A date like 2026-11-30, please."
    written = (written[0] if found[0] else "", written[1] if found[1] else "")
    begin, end = found
    if begin is None or end is None:
        return Wanted(key, usual.first, usual.last, written, errors)
    errors |= _faults(begin, end, MEASURES[key], today)
    return Wanted(key, begin, end, written, errors)


def _faults(first: date, last: date, measure: RangeMeasure, today: date) -> dict[str, str]:
    if first < FIRST:
        return {"from": f"Nothing is known from before {FIRST.year}."}
    if first > today:
        return {"from": "That is still to come."}
    if last < first:
        return {"to": "The last day comes before the first."}
    length = (last - first).days + 1
    if length > MOST_DAYS:
        return {"to": "Two years at most, please."}
    if length < measure.least_days:
        return {"to": f"{measure.words} is shown for {measure.least_days} days or more, never for a single run."}
    return {}


def _date_from(text: str) -> date | None:
    text = text.strip()
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
