"""How long photos from Strava are kept, and when they are fetched."""

from datetime import datetime, timedelta

# Strava allows seven days. The purge comes every hour and may be late, and until then pages show the photo.
MAX_KEPT = timedelta(days=7)
KEPT_FOR = timedelta(days=6)
# A photo that was fetched later than this from now would be kept for too long: the clock was wrong.
MAX_AHEAD = timedelta(hours=12)
# A photo is fetched again while it is still shown, so that one failure does not remove it.
REFRESH_AFTER = timedelta(days=4)
# The time between two tries of the same address.
RETRY_AFTER = timedelta(hours=12)
# The time between any two tries, so that switching the photo off and on does not fetch it each time.
REST = timedelta(minutes=15)


def rest_before(tried_at: datetime | None, now: datetime) -> timedelta:
    """Return how long to wait before a photo is fetched again. A try ahead of now was noted by a wrong clock."""
    rests_until = tried_at + REST if tried_at and tried_at <= now else now
    return max(rests_until - now, timedelta(0))
