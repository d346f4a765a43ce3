"""The sync status in words for a runner: its state, the last and the next sync, and what they can do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from webapp.auth.rules import ERASE_AFTER, connection_in_words, since_in_words, until_in_words
from webapp.models.words import UNFINISHED, ConnectionState, ImportState
from webapp.sync.rules import QUOTA_WORDS, RESYNC_PAUSE, WORDS

Key = Literal[
    "none",
    "ended",
    "unconfirmed",
    "reconnect",
    "reading",
    "given_up",
    "quota",
    "limited",
    "failing",
    "first",
    "waiting",
    "asked",
    "fresh",
]
# In these states something is about to change, so a page should refresh.
MOVING: frozenset[Key] = frozenset({"reading", "first", "waiting", "asked"})
# Only connecting again helps.
BROKEN: frozenset[Key] = frozenset({"none", "ended", "unconfirmed", "reconnect"})
# States in which the next try is shown instead of the next full resync.
HELD_UP: frozenset[Key] = frozenset({"given_up", "quota", "limited", "failing"})


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """What the database knows about one connection; `state` None: there is none."""

    state: ConnectionState | None = None
    problem: str | None = None
    last_full_resync_at: datetime | None = None
    next_full_resync_at: datetime | None = None
    full_resync_asked_at: datetime | None = None
    failures: int = 0
    rest_until: datetime | None = None
    gave_up_at: datetime | None = None
    syncing_until: datetime | None = None
    ended_at: datetime | None = None
    # When a backup brought it back, until Strava confirms it.
    restored_at: datetime | None = None
    # Events that are not processed yet.
    waiting: int = 0
    # The state of the initial import.
    initial_import: ImportState | None = None
    # Until when Strava refuses all reads, if it does.
    limited_until: datetime | None = None
    # The text of the error that closed the gate, if one did.
    closed_why: str | None = None

    @property
    def has_asked(self) -> bool:
        """Return whether a full resync was asked for that has not begun."""
        asked = self.full_resync_asked_at
        return asked is not None and (self.last_full_resync_at is None or self.last_full_resync_at < asked)

    @property
    def is_unconfirmed(self) -> bool:
        """Return whether a backup brought the connection and Strava has neither confirmed nor refused it."""
        return self.state == ConnectionState.DEAUTHORISED and self.restored_at is not None and self.ended_at is None

    @property
    def has_something_to_read(self) -> bool:
        return bool(self.waiting or self.has_asked or self.initial_import in UNFINISHED)


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What the page says, all in words. `ask_again`: when a full resync may be asked for again; None: now, or never."""

    key: Key
    title: str
    text: str | None
    last_resync: str
    next_resync: str | None
    waits: str | None
    may_resync: bool
    ask_again: str | None

    @property
    def is_moving(self) -> bool:
        return self.key in MOVING

    @property
    def is_broken(self) -> bool:
        return self.key in BROKEN

    @property
    def why_no_resync(self) -> str | None:
        """Return why a full resync cannot be asked for, None if it can."""
        if self.is_broken:
            return "Nothing can be read until you connect again."
        return f"{self.title}. {self.text or ''}".strip() if self.key == "quota" else None

    @property
    def is_well(self) -> bool:
        """Return whether there is nothing that should worry its owner."""
        return self.key in MOVING or self.key == "fresh"


def describe(stored: StoredConnection, now: datetime) -> SyncStatus:
    """Return the sync status for the owner of a connection."""
    key = key_of(stored, now)
    connected = stored.state == ConnectionState.CONNECTED
    free_at = stored.full_resync_asked_at + RESYNC_PAUSE if stored.full_resync_asked_at else None
    rests = free_at is not None and free_at > now
    return SyncStatus(
        key,
        _title(key, stored),
        _text(key, stored, now),
        since_in_words(stored.last_full_resync_at, now),
        next_resync_in_words(stored.next_full_resync_at, now) if connected and key not in HELD_UP else None,
        _waits(stored.waiting) if connected else None,
        # Asking does not restore the quota any sooner.
        connected and not rests and key != "quota",
        until_in_words(free_at, now) if connected and rests and free_at else None,
    )


def key_of(stored: StoredConnection, now: datetime) -> Key:
    """Return the key of the state; the most important one goes first."""
    ends: dict[ConnectionState | None, Key] = {
        None: "none",
        ConnectionState.DEAUTHORISED: "ended",
        ConnectionState.NEEDS_RECONNECT: "reconnect",
    }
    rests = stored.rest_until is not None and stored.rest_until > now
    held_up = rests or (stored.limited_until is not None and stored.has_something_to_read)
    cases: list[tuple[bool, Key]] = [
        (stored.is_unconfirmed, "unconfirmed"),
        (stored.state in ends, ends.get(stored.state, "none")),
        (stored.syncing_until is not None and stored.syncing_until > now, "reading"),
        (stored.gave_up_at is not None, "given_up"),
        (rests and stored.failures > 0, "failing"),
        (rests and stored.problem == QUOTA_WORDS, "quota"),
        (held_up, "limited"),
        (stored.initial_import in UNFINISHED, "first"),
        (stored.waiting > 0, "waiting"),
        (stored.has_asked, "asked"),
    ]
    return next((key for holds, key in cases if holds), "fresh")


def _title(key: Key, stored: StoredConnection) -> str:
    titles: dict[Key, str] = {
        "unconfirmed": "Waiting for Strava to confirm your connection",
        "reading": "Reading your runs",
        "given_up": "Your runs could not be read for a while",
        "quota": "Others come first for a while",
        "limited": "Waiting until Strava lets us read again",
        "failing": "Your runs could not be read just now",
        "first": "Your first reading is about to begin",
        "waiting": "Strava has told us about a change",
        "asked": "Checking Strava",
    }
    return titles.get(key) or connection_in_words(stored.state)


def _text(key: Key, stored: StoredConnection, now: datetime) -> str | None:
    problem = stored.problem or ""
    if key == "ended" and stored.ended_at is not None:
        return f"{problem} The time for that ends {until_in_words(stored.ended_at + ERASE_AFTER, now)}.".strip()
    if key == "quota" and stored.rest_until is not None:
        return f"{problem} We continue {until_in_words(stored.rest_until, now)}."
    if key == "limited":
        until = max(filter(None, (stored.rest_until, stored.limited_until)))
        return f"{_why_limited(stored)} We continue {until_in_words(until, now)}."
    if key == "failing" and stored.rest_until is not None:
        often = "once" if stored.failures == 1 else f"{stored.failures} times in a row"
        return f"{problem} It failed {often}; the next try is {until_in_words(stored.rest_until, now)}.".strip()
    if key == "given_up":
        often = f"It failed {stored.failures} times in a row, so now we try only every few hours."
        return f"{problem} {often} The operator of this installation sees it. “Check now” tries at once.".strip()
    return stored.problem if key in BROKEN else None


def _why_limited(stored: StoredConnection) -> str:
    """Return why Strava refuses all reads: mostly its limit, but it may have refused the application."""
    why = stored.closed_why or ""
    if "switched" in why:
        return WORDS["Inactive"]
    if "client id" in why:
        return WORDS["ApplicationRefused"]
    refused = [WORDS[kind] for kind in ("Inactive", "ApplicationRefused", "Paused")]
    if stored.problem in refused:
        return stored.problem
    return "It limits how much each installation may read at a time."


def next_resync_in_words(at: datetime | None, now: datetime) -> str:
    """Return when the next full resync comes, in whole units and never too soon."""
    if at is None or at <= now:
        return "as soon as Strava lets us"
    seconds = ceil((at - now).total_seconds())
    if seconds <= timedelta(hours=1).total_seconds():
        return "within the next hour"
    return f"within the next {-(-seconds // 3600)} hours"


def _waits(count: int) -> str | None:
    if not count:
        return None
    return "one message from Strava" if count == 1 else f"{count} messages from Strava"
