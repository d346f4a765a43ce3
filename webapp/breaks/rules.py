"""Which dates a break may have."""

from dataclasses import dataclass
from datetime import date, timedelta

MAX_DAYS_AWAY = 366


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a break, both included; it may have no last day yet."""

    starts_on: date
    ends_on: date | None


def wrong_first_day(starts_on: date, today: date) -> str | None:
    """Return what is wrong with a first day, in a sentence."""
    if abs((starts_on - today).days) > MAX_DAYS_AWAY:
        return "Please choose a day within a year of today."
    return None


def wrong_last_day(dates: Dates, today: date) -> str | None:
    """Return what is wrong with a last day, in a sentence."""
    if dates.ends_on is None:
        return None
    if dates.ends_on < dates.starts_on:
        return "A break cannot end before its first day."
    if dates.ends_on < today:
        return "That day is over. Please choose today or a later day, or leave it empty."
    if dates.ends_on > today + timedelta(days=MAX_DAYS_AWAY):
        return "Please choose a day within a year of today, or leave it empty."
    return None
