"""What an invitation can be, and when it lets nobody in any more."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from webapp.models.words import Role

MAX_USES, MAX_DAYS = 500, 366
# Open links of one group.
MAX_OPEN = 50
# How long a link that lets nobody in stays listed.
LISTED_FOR = timedelta(days=90)


class InvitationState(StrEnum):
    """Whether an invitation lets somebody in, or why not."""

    OPEN = "open"
    ENDED = "ended"
    USED_UP = "used_up"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an organiser chose; None: no limit."""

    role: Role
    expires_at: datetime | None
    max_uses: int | None


def state_of(
    expires_at: datetime | None, max_uses: int | None, revoked_at: datetime | None, taken: int, now: datetime
) -> InvitationState:
    """Return the state of an invitation of which `taken` places are used or held (by others than whoever asks)."""
    if revoked_at is not None:
        return InvitationState.REVOKED
    if expires_at is not None and expires_at <= now:
        return InvitationState.ENDED
    if max_uses is not None and taken >= max_uses:
        return InvitationState.USED_UP
    return InvitationState.OPEN


def last_day(expires_at: datetime, tz: str) -> date:
    """Return the last day of an invitation in a time zone: one that ends at midnight has the day before."""
    return (expires_at.astimezone(ZoneInfo(tz)) - timedelta(microseconds=1)).date()
