"""Which moment "since you were last here" means."""

from datetime import datetime, timedelta

# A visit goes on while pages are opened within this time of each other.
VISIT_GAP = timedelta(minutes=30)


def is_over(latest_at: datetime, now: datetime) -> bool:
    """Return whether a visit that was last noticed at `latest_at` is over."""
    return now - latest_at >= VISIT_GAP


def last_here(latest_at: datetime, earlier_at: datetime | None, now: datetime) -> datetime | None:
    """Return when the visit before the present one ended; None during the first.

    A page that is opened again during a visit says the same as before, so nothing is missed by opening another one.
    A moment ahead of `now` was written by a wrong clock and says nothing.
    """
    found = latest_at if is_over(latest_at, now) else earlier_at
    return found if found is not None and found < now else None
