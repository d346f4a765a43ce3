"""How organisers agree on one of them, and for how long one can invite again whom they have just removed."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

INVITE_AGAIN_FOR = timedelta(minutes=10)


VOTES_NEEDED = 2


class VoteOutcome(StrEnum):
    """What follows from votes about an organiser."""

    AGREED = "agreed"
    WAITS = "waits"
    OPERATOR = "operator"


def outcome_of(votes: int, organisers: int) -> VoteOutcome:
    """Return what follows when `votes` of the other organisers agree; `organisers`: all of the group.

    Of two, neither decides about the other: the operator of the installation does.
    """
    if organisers <= VOTES_NEEDED:
        return VoteOutcome.OPERATOR
    return VoteOutcome.AGREED if votes >= VOTES_NEEDED else VoteOutcome.WAITS


def is_just_removed(at: int, now: datetime) -> bool:
    """Return whether a removal at this moment (seconds since 1970) was a few minutes ago."""
    return abs(now - datetime.fromtimestamp(at, UTC)) < INVITE_AGAIN_FOR
