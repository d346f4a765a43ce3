"""How much notice a group gets before it is deleted."""

from datetime import datetime, timedelta

NOTICE = timedelta(days=7)


def deletion_time(now: datetime, announced: datetime | None) -> datetime:
    """Return when a group is deleted; announcing it again does not move it."""
    return announced or now + NOTICE
