"""Checked values from Strava, without anything that must not be kept, such as places or maps."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One activity of a list. Whole metres and seconds; `local_date` is the day where the runner was."""

    source_id: str
    sport_type: str
    local_date: date
    start_utc: datetime
    utc_offset_s: int
    # Strava shows a hidden start as 00:00:01 local time: the date holds, the hour means nothing.
    start_hidden: bool
    distance_m: int
    moving_s: int
    elapsed_s: int | None
    climb_m: int
    manual: bool
    trainer: bool
    private: bool
    flagged: bool
    title: str | None
    device: str | None
    # The athlete that the row names as its owner.
    athlete_id: int | None = None

    @property
    def is_unmeasured(self) -> bool:
        """Return whether nothing was measured, as while Strava is still processing an upload."""
        return not self.manual and not self.distance_m and not self.moving_s


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was set aside, and why."""

    source_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """One page of a list. Only an empty page ends the list (`ended`); a short one proves nothing."""

    rows: tuple[ActivityRow, ...]
    bad_rows: tuple[BadRow, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class AthleteSummary:
    """An athlete as the token answer shows them.

    `name` is "" where they gave none. `photo`: the address of their profile picture, None without one.
    """

    id: int
    name: str
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a code or a refresh token was exchanged for. The tokens are not in its repr.

    `athlete` and `scopes` are None where Strava did not say.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    athlete: AthleteSummary | None = None
    scopes: str | None = None


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """The application's subscription to events."""

    id: int
    callback_url: str


@dataclass(frozen=True, slots=True)
class PushEvent:
    """An event as Strava posts it: a hint to read again, never the truth. Titles are left out."""

    object_type: str
    object_id: int
    aspect: str
    owner_id: int
    subscription_id: int
    event_time: datetime
    updates: dict[str, str]
