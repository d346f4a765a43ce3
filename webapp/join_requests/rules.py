"""How often a runner may ask, and how long an answer is kept."""

from datetime import datetime, timedelta

# Of one runner, over all groups.
MAX_PENDING = 10
# How long a declined runner waits before asking the same group again.
REST_AFTER_NO = timedelta(days=7)
# An answered request that nobody came back for.
KEPT_AFTER_ANSWER = timedelta(days=90)


def may_ask_again(answered_at: datetime | None, now: datetime) -> bool:
    """Return whether a runner who was declined at `answered_at` may ask that group again."""
    # Far ahead is from a clock that was put back since.
    return answered_at is None or abs(now - answered_at) >= REST_AFTER_NO
