"""Boards over any dates: which dates, which measures, and what is wrong with requested ones."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from webapp.rulebook.lifecycle import month_window
from webapp.rulebook.measures import Unit

How = Literal["sum", "count", "greatest"]
# A range is two years at most, and no older than any run can be.
MAX_DAYS = 731
FIRST = date(2000, 1, 1)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class RangeMeasure:
    """A measure of a range: the ledger's column, and how days are combined.

    `by_weeks`: only whole weeks that are over. `needs_own_consent`: only runners who consented to it separately.
    """

    words: str
    unit: Unit
    column: str
    how: How
    by_weeks: bool = False
    needs_own_consent: bool = False


# Distance is shared by days. Time next to it would reveal how fast somebody ran, and the number of runs would reveal
# that it was a single one. So these, climb and the longest run are shown by weeks, Monday to Sunday: no two such ranges
# differ by a day. A week is shown some days after it is over, so that few can watch it grow by a late run.
MEASURES: dict[str, RangeMeasure] = {
    "distance": RangeMeasure("Distance", "distance", "distance_m", "sum"),
    "time": RangeMeasure("Moving time", "time", "moving_s", "sum", by_weeks=True),
    "climb": RangeMeasure("Climb", "climb", "climb_m", "sum", by_weeks=True),
    "runs": RangeMeasure("Number of runs", "runs", "runs", "sum", by_weeks=True),
    "days": RangeMeasure("Active days", "days", "runs", "count"),
    "longest": RangeMeasure("Longest run", "distance", "longest_m", "greatest", by_weeks=True, needs_own_consent=True),
}
USUAL = "distance"
# A week with a single day of running would reveal that day, so these columns' sums leave such weeks out.
ALONE_TELLS = frozenset({"moving_s", "climb_m"})
# Within this many days after its last one, every runner has been read again.
SETTLED_DAYS = 2


@dataclass(frozen=True, slots=True)
class Span:
    """Dates with a name, both ends included."""

    words: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class WantedRange:
    """A request as it was written and as it was read; `errors` says by field what is wrong with it."""

    measure: str
    first: date
    last: date
    written: tuple[str, str]
    errors: dict[str, str]


def spans(today: date, measure: RangeMeasure) -> list[Span]:
    """Return the dates that groups ask for most. Weeks begin on Monday; unfinished periods are included whole.

    For a measure by weeks, the whole weeks in each; periods without one are left out.
    """
    found = [(span, _taken(span.first, span.last, measure, today)) for span in _usual_spans(today)]
    return [Span(span.words, *taken) for span, taken in found if taken is not None]


def _usual_spans(today: date) -> list[Span]:
    monday, month = today - timedelta(days=today.weekday()), _this_month(today)
    before = month.first - timedelta(days=1)
    return [
        Span("This week", monday, monday + timedelta(days=6)),
        Span("Last week", monday - timedelta(days=7), monday - timedelta(days=1)),
        month,
        Span("Last month", before.replace(day=1), before),
        Span("This year", date(today.year, 1, 1), date(today.year, 12, 31)),
    ]


def _this_month(today: date) -> Span:
    return Span("This month", *month_window(today.year, today.month))


def wanted(first: str | None, last: str | None, measure: str | None, today: date) -> WantedRange:
    """Return the request that was written; by default this month by distance.

    For a measure by weeks, the dates are those of the whole weeks in the request. If something is wrong, `errors` names
    the field ("from", "to" or "measure"), and the dates mean nothing.
    """
    usual = _this_month(today)
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
        return WantedRange(key, usual.first, usual.last, written, errors)
    errors |= _faults(begin, end, today)
    if errors:
        return WantedRange(key, begin, end, written, errors)
    taken = _taken(begin, end, MEASURES[key], today)
    if taken is None:
        name = MEASURES[key].words
        words = f"{name} is shown for whole weeks, Monday to Sunday, from two days after they end. There is none here."
        return WantedRange(key, begin, end, written, {"to": words})
    return WantedRange(key, *taken, written, {})


def _taken(first: date, last: date, measure: RangeMeasure, today: date) -> tuple[date, date] | None:
    """Return the dates of a board by this measure; None if it goes by weeks and no whole week is over."""
    return whole_weeks(first, last, today) if measure.by_weeks else (first, last)


def whole_weeks(first: date, last: date, today: date) -> tuple[date, date] | None:
    """Return the first and the last date of the whole weeks within these dates that are over; None without any."""
    last = min(last, today - timedelta(days=1 + SETTLED_DAYS))
    monday, sunday = monday_of(first + timedelta(days=6)), last - timedelta(days=last.isoweekday() % 7)
    return (monday, sunday) if monday < sunday else None


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _faults(first: date, last: date, today: date) -> dict[str, str]:
    if first < FIRST:
        return {"from": f"There is nothing from before {FIRST.year}."}
    if first > today:
        return {"from": "That is still to come."}
    if last < first:
        return {"to": "The last day comes before the first."}
    if (last - first).days >= MAX_DAYS:
        return {"to": "Two years at most, please."}
    return {}


def _date_from(text: str) -> date | None:
    text = text.strip()
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
