"""Rules of mail addresses: how long a link works, when a mail is tried again, and what the page says."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from integrations.mail.messages import is_address

CONFIRM_LIFE = timedelta(hours=48)
# An address that nobody confirms may be somebody else's.
PURGE_UNCONFIRMED = timedelta(days=7)
MAX_ADDRESS = 254
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
# For logs and pages of operators: what a reason of `integrations.mail.errors` means.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "address_refused": "the address takes no mail",
        "mail_refused": "the mail was refused by a rule, or for its content",
        "deferred": "the relay asked to try later",
        "relay_refuses": "the relay refuses us",
        "login_refused": "the relay refuses our name or password",
        "not_encrypted": "the connection to the relay cannot be encrypted",
        "timed_out": "the relay did not answer in time",
        "closed": "the relay closed the connection",
        "unreachable": "the relay cannot be reached",
        "not_written": "the mail could not be written to a file",
        "unanswered": "the relay had the whole mail and did not answer",
    }
)


class Confirmation(StrEnum):
    """What came of opening a confirming link."""

    GOOD = "good"
    USED = "used"
    LATE = "late"
    UNKNOWN = "unknown"


def normalised(text: str) -> str:
    """Return an address as it is stored: no blanks around it, the domain in small letters."""
    local, at, domain = text.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def wrong_address(text: str) -> str | None:
    """Return what is wrong with an address, in a sentence."""
    if is_address(text):
        return None
    return "That does not look like an e-mail address. Please write it as in name@example.org."


def pause_after(attempt: int) -> timedelta:
    """Return how long a confirming mail waits after its attempt number `attempt` has failed."""
    return PAUSES[min(attempt, len(PAUSES)) - 1]


def has_given_up(asked_at: datetime, now: datetime) -> bool:
    """Return whether a confirming mail is not tried any more: whoever asked for it looks for it no longer."""
    return now >= asked_at + CONFIRM_LIFE
