"""Rules of calendars: what an entry says, and for how long it is in the feed.

An entry names no member and no reason, since a calendar is stored by whoever runs it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Protocol
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from webapp.formatting import distance, pace
from webapp.models.words import RsvpAnswer, RunStatus

# How far the feed reaches back and ahead. Series make their runs just as far ahead.
BACK, AHEAD = timedelta(days=31), timedelta(weeks=8)
# No runner has more of these, unless a program made them.
MAX_ENTRIES = 1000
# A change of what entries say, for calendars that have read the same runs before.
WORDING = 1
# Challenges have no identifier of their own that another installation could not have as well.
_CHALLENGES = UUID("9f1d0c4e-6a52-4c0b-9a3e-5d1f0f7b2c11")


class EntryStatus(StrEnum):
    """How sure an entry is. The words are those of RFC 5545."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class EntrySpan:
    """The dates from `start` until before `end`, or the times by the clock of a place."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What one entry of a calendar says. With `changed_at` and `sequence`, a calendar knows the latest of several."""

    uid: str
    sequence: int
    changed_at: datetime
    title: str
    status: EntryStatus
    is_busy: bool
    span: EntrySpan
    place: str
    text: str
    link: str


class PaceGroupWords(Protocol):
    """A pace group, as far as an entry tells of it."""

    @property
    def name(self) -> str: ...
    @property
    def slow_s_per_km(self) -> int | None: ...
    @property
    def fast_s_per_km(self) -> int | None: ...
    @property
    def distance_m(self) -> int | None: ...


class RunWords(Protocol):
    """A group run, as far as an entry tells of it."""

    @property
    def uid(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def duration_minutes(self) -> int: ...
    @property
    def tz(self) -> str: ...
    @property
    def status(self) -> RunStatus: ...
    @property
    def asked_again_at(self) -> datetime | None: ...
    @property
    def title(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def meeting_place(self) -> str: ...
    @property
    def meeting_url(self) -> str: ...
    @property
    def route_url(self) -> str: ...
    @property
    def rain_plan(self) -> str: ...
    @property
    def min_distance_m(self) -> int | None: ...
    @property
    def max_distance_m(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class RunInCalendar:
    """A run with the group it belongs to and what its reader answered; `answer` None: nothing."""

    run: RunWords
    run_id: int
    slug: str
    group: str
    answer: RsvpAnswer | None
    answered_at: datetime | None
    pace_group: PaceGroupWords | None


@dataclass(frozen=True, slots=True)
class ChallengeInCalendar:
    """A challenge that its reader is in. `edition`: 1, and one more with each change of its rules."""

    challenge_id: int
    name: str
    slug: str
    group_id: int
    group: str
    ends_on: date
    edition: int
    created_at: datetime


def span_of(starts_at: datetime, minutes: int, tz: str) -> EntrySpan:
    """Return from when to when something lasts, by the clock of a place.

    A calendar takes a local time that comes twice for the first of the two. So an end that is the second one is in UTC.
    """
    zone = ZoneInfo(tz)
    start, end = starts_at.astimezone(zone), (starts_at + timedelta(minutes=minutes)).astimezone(zone)
    return EntrySpan(*(moment.astimezone(UTC) if moment.fold else moment for moment in (start, end)))


def entry_of_run(one: RunInCalendar, link: str, units: str) -> CalendarEntry:
    """Return the entry of a run, with its times on the clock of its own place. `units`: "km" or "mi"."""
    run, says = one.run, _answer_of(one)
    return CalendarEntry(
        run.uid,
        run.sequence,
        max(run.updated_at, one.answered_at or run.updated_at),
        f"{says.before}{run.title}",
        says.status,
        says.is_busy,
        span_of(run.starts_at, run.duration_minutes, run.tz),
        run.meeting_place,
        "\n".join(_lines(one, says, link, units)),
        link,
    )


def entry_of_challenge(one: ChallengeInCalendar, link: str) -> CalendarEntry:
    """Return the entry of a challenge: its last day."""
    named = f"{one.group_id}:{one.challenge_id}:{one.created_at.astimezone(UTC).isoformat()}"
    return CalendarEntry(
        uuid5(_CHALLENGES, named).hex,
        one.edition - 1,
        one.created_at,
        f"Last day: {one.name}",
        EntryStatus.CONFIRMED,
        False,
        EntrySpan(one.ends_on, one.ends_on + timedelta(days=1)),
        "",
        f"The last day of this challenge of {one.group}.\n{link}",
        link,
    )


def tag_of(name: str, entries: list[CalendarEntry]) -> str:
    """Return what names this state of a calendar: two that differ have different ones."""
    return blake2b(repr((WORDING, name, entries)).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an answer makes of an entry: what stands before the title, and a line about it."""

    status: EntryStatus
    is_busy: bool
    before: str
    line: str


_CANCELLED = _Answer(EntryStatus.CANCELLED, False, "Cancelled: ", "This run is cancelled.")
_TO_CONFIRM = _Answer(
    EntryStatus.TENTATIVE, True, "Confirm: ", "The day or the time has changed since you answered. Are you still in?"
)
_UNANSWERED = _Answer(EntryStatus.TENTATIVE, False, "Coming? ", "You have not answered yet.")
_ANSWERS = {
    RsvpAnswer.IN: _Answer(EntryStatus.CONFIRMED, True, "", "You are in."),
    RsvpAnswer.MAYBE: _Answer(EntryStatus.TENTATIVE, False, "Maybe: ", "You said maybe."),
    RsvpAnswer.WAITING: _Answer(EntryStatus.TENTATIVE, False, "Waiting list: ", "You are on the waiting list."),
    RsvpAnswer.OUT: _Answer(EntryStatus.TENTATIVE, False, "", "You said that you cannot come."),
}


def _answer_of(one: RunInCalendar) -> _Answer:
    if one.run.status == RunStatus.CANCELLED:
        return _CANCELLED
    if one.answer is None:
        return _UNANSWERED
    asked = one.run.asked_again_at
    if one.answer == RsvpAnswer.IN and asked and one.answered_at and one.answered_at < asked:
        return _TO_CONFIRM
    return _ANSWERS[one.answer]


def _lines(one: RunInCalendar, says: _Answer, link: str, units: str) -> list[str]:
    """Return the lines of the text: what a runner needs on the way there."""
    run, pace_group = one.run, one.pace_group
    far = _distances(run.min_distance_m, run.max_distance_m, units)
    named = (
        ("Why", run.purpose),
        ("Pace group", _pace_group(pace_group, units) if pace_group else ""),
        ("Distance", far if not pace_group or pace_group.distance_m is None else ""),
        ("Where", " ".join(filter(None, (run.meeting_place, run.meeting_url)))),
        ("Route", run.route_url),
        ("If it rains", run.rain_plan),
    )
    return [one.group, says.line, *(f"{name}: {words}" for name, words in named if words), f"The run: {link}"]


def _pace_group(one: PaceGroupWords, units: str) -> str:
    said = (one.name, _paces(one.slow_s_per_km, one.fast_s_per_km, units), _distances(one.distance_m, None, units))
    return ", ".join(filter(None, said))


def _paces(slow: int | None, fast: int | None, units: str) -> str:
    ends = [pace(one, units) for one in dict.fromkeys((fast, slow)) if one is not None]
    return " to ".join([*(end.split(" ")[0] for end in ends[:-1]), *ends[-1:]])


def _distances(least: int | None, most: int | None, units: str) -> str:
    return " to ".join(distance(one, units) for one in dict.fromkeys((least, most)) if one is not None)
