"""For how long an organiser can invite again whom they have just removed."""

from datetime import UTC, datetime, timedelta

INVITE_AGAIN_FOR = timedelta(minutes=10)


def is_just_removed(at: int, now: datetime) -> bool:
    """Return whether a removal at this moment (seconds since 1970) was a few minutes ago."""
    return abs(now - datetime.fromtimestamp(at, UTC)) < INVITE_AGAIN_FOR
