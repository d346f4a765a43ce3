"""What one member may write to another: drafts, how often, and for how long it is kept. A person edits and sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.text import listed

MAX_TEXT = 300
# At most one nudge in this time, from whomever in the group.
NUDGE_EVERY = timedelta(days=14)
KEPT = timedelta(days=30)

CALL_OUTS = (
    "Good morning! Shoes on?",
    "The road is waiting. Ten easy minutes count, too.",
    "I am on my way out. Are you coming?",
    "Come out and play!",
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a draft can speak of: the receiver's first name, the run they were not at, and the next one with its people.

    `missed_on` and `next_on` are dates by the group's clock; `next_at` is the hour, as "18:30".
    """

    name: str
    missed_on: date | None = None
    next_on: date | None = None
    next_at: str = ""
    next_title: str = ""
    people: Sequence[str] = ()


def drafts(about: Situation, today: date) -> list[str]:
    """Return messages to begin with, the one that fits best first, each short enough to be sent as it is."""
    invitation = _invitation(about, today)
    found = []
    if about.missed_on and invitation:
        found.append(f"We missed you on {about.missed_on:%A}. {invitation}")
    elif about.missed_on:
        found.append(f"We missed you on {about.missed_on:%A}. It is more fun with you.")
    if invitation:
        found.append(f"Hi {about.name}, it has been a while. {invitation} No pace to keep up with.")
    found.append(f"Hi {about.name}, how are you? Say the word, and I’ll come along for an easy one.")
    found.append(
        f"Hi {about.name}, we think of you. If running does not suit you right now, join us for a walk or the coffee."
    )
    return [draft for draft in found if len(draft) <= MAX_TEXT]


def _invitation(about: Situation, today: date) -> str:
    if about.next_on is None:
        return ""
    title = f": {about.next_title}" if about.next_title else ""
    run = f"{_day(about.next_on, today)} at {about.next_at} we run{title}"
    return (
        f"{run}. {listed(about.people)} {'are' if len(about.people) > 1 else 'is'} in." if about.people else f"{run}."
    )


def _day(on: date, today: date) -> str:
    days = (on - today).days
    return {0: "Today", 1: "Tomorrow"}.get(days, f"{on:On %A}")


def together_text(on: date) -> str:
    """Return the ready words that ask a buddy to run together."""
    return f"Shall we run together on {on:%A}, {on.day} {on:%B}?"


def start_of_day(now: datetime, tz: str) -> datetime:
    """Return the moment at which the present day of a zone began."""
    return now.astimezone(ZoneInfo(tz)).replace(hour=0, minute=0, second=0, microsecond=0)
