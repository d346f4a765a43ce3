"""How long photos from Strava are kept, and when they are fetched."""

from datetime import timedelta

# Strava allows seven days. The purge comes every hour and may be late.
KEPT_FOR = timedelta(days=6)
# A photo that was fetched later than this from now would be kept for too long: the clock was wrong.
MAX_AHEAD = timedelta(hours=12)
# A photo is fetched again while it is still shown, so that one failure does not remove it.
REFRESH_AFTER = timedelta(days=4)
# Between two tries of the same address.
RETRY_AFTER = timedelta(hours=12)
