"""Which dates a break may have, and what its runner reads about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.models.words import BreakReason

MAX_DAYS_AWAY = 366


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a break, both included; it may have no last day yet."""

    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class WantedBreak:
    """What a runner chooses of a break. `is_marked`: do boards say so? `reason`: for its runner alone."""

    dates: Dates
    is_marked: bool = False
    reason: BreakReason | None = None


# What the buttons say, and what their runner reads once they have pressed one.
REASONS: Mapping[BreakReason, str] = {
    BreakReason.AWAY: "Away",
    BreakReason.ILL: "Ill",
    BreakReason.INJURED: "Injured",
    BreakReason.RESTING: "Resting",
}
WISHES: Mapping[BreakReason, str] = {
    BreakReason.AWAY: "Enjoy it. Nothing is asked of you here until you are back.",
    BreakReason.ILL: "Get well soon. Nothing is asked of you here until you are back.",
    BreakReason.INJURED: "Heal well. Walk along, lend a hand or come for the coffee: you are still one of us.",
    BreakReason.RESTING: "Rest well. It is part of running.",
}
SAVED = "Saved. Take the time you need."
WELCOME = "Good to have you back. Start as easy as you like: there is nothing to make up for."
CALLED_OFF = "Called off."
NOT_ON_BREAK = "You are not on a break."


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
