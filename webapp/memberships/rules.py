"""How organisers agree on one of them, and for how long one can invite again whom they have just removed."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

INVITE_AGAIN_FOR = timedelta(minutes=10)
VOTES_NEEDED = 2
# Otherwise an organiser could name a friend and be two at once.
VOTES_AFTER = timedelta(days=14)


class VoteOutcome(StrEnum):
    """What follows from votes about an organiser."""

    AGREED = "agreed"
    WAITS = "waits"
    OPERATOR = "operator"


def has_vote(named_at: datetime | None, now: datetime) -> bool:
    """Return whether an organiser can vote about another one; `named_at`: when another one named them, if at all."""
    return named_at is None or now - named_at >= VOTES_AFTER


def outcome_of(votes: int, voters: int) -> VoteOutcome:
    """Return what follows when `votes` of the other organisers agree; `voters`: how many of them have a vote.

    One alone does not decide about another: the operator of the installation does.
    """
    if voters < VOTES_NEEDED:
        return VoteOutcome.OPERATOR
    return VoteOutcome.AGREED if votes >= VOTES_NEEDED else VoteOutcome.WAITS


def is_just_removed(at: int, now: datetime) -> bool:
    """Return whether a removal at this moment (seconds since 1970) was a few minutes ago."""
    return abs(now - datetime.fromtimestamp(at, UTC)) < INVITE_AGAIN_FOR
