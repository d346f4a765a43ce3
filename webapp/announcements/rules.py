"""How long announcements are, and for how long they are news."""

from dataclasses import dataclass
from datetime import date, timedelta

MAX_TITLE, MAX_TEXT = 80, 4000
MAX_DAYS = 366
# Announcements of one group.
MAX_KEPT = 500
# How long one that is not pinned stays on the group's page, and on home.
NEWS_FOR = timedelta(days=30)
HOME_NEWS_FOR = timedelta(days=7)
# How many the group's page shows, and home.
ON_GROUP_PAGE, ON_HOME = 3, 3


@dataclass(frozen=True, slots=True)
class Draft:
    """What an organiser wrote. `ends_on`: the last day on which it is shown, or None."""

    title: str
    text: str
    pinned: bool
    ends_on: date | None

    def in_words(self) -> dict[str, str]:
        """Return what the log compares when an announcement changes."""
        pinned, last_day = "yes" if self.pinned else "no", self.ends_on.isoformat() if self.ends_on else ""
        return {"title": self.title, "pinned": pinned, "last day": last_day, "text": self.text}


def has_ended(ends_on: date | None, today: date) -> bool:
    """Return whether an announcement is over; `today` in the group's zone."""
    return ends_on is not None and ends_on < today
