"""What an invitation can be, and when it lets nobody in any more."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from webapp.formatting import day
from webapp.groups.rules import ROLE_WORDS
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

    def in_words(self, tz: str) -> str:
        """Return "Coach, until Thu 24 Dec 2026, for 5 runners", as the log of the group says it."""
        last = last_day(self.expires_at, tz) if self.expires_at else None
        said = [
            ROLE_WORDS[self.role],
            f"until {day(last)} {last.year}" if last else "",
            f"for {self.max_uses} {'runner' if self.max_uses == 1 else 'runners'}" if self.max_uses else "",
        ]
        return ", ".join(filter(None, said))


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
