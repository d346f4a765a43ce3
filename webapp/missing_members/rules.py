"""When a member is missing: a pure rule over what they ran, and the words that others read of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# The last whole days that are compared, and the weeks before them that make a habit.
LATELY = timedelta(days=14)
BEFORE = timedelta(days=28)
# A habit takes this many days with a run in those weeks.
MIN_DAYS = 8
# After a longer time nobody is named any more: a group waits for those who were here lately.
MAX_QUIET = timedelta(days=90)
# A new member is left to settle in.
SETTLES_IN = timedelta(days=14)
# A member who comes to a run within this time is not missing.
COMES_WITHIN = timedelta(days=7)
MIN_SILENT_DAYS, MAX_SILENT_DAYS = 3, 60


class MissingReason(StrEnum):
    """Why a member is missing."""

    SILENT = "silent"
    BELOW_HABIT = "below_habit"


SAYS: Mapping[MissingReason, str] = {
    MissingReason.SILENT: "It has been quiet around {name} lately.",
    MissingReason.BELOW_HABIT: "We see less of {name} than usual.",
}


@dataclass(frozen=True, slots=True)
class Missed:
    """What a member calls being missing: after how many days without a run (None: not by days), below their habit."""

    silent_days: int | None
    below_habit: bool


@dataclass(frozen=True, slots=True)
class WantedChoice:
    """All that a member chose: what they call being missing, and who may read it."""

    missed: Missed
    captains_see: bool
    watcher_ids: frozenset[int] = frozenset()


# What somebody begins with who switches it on.
FIRST_CHOICE = WantedChoice(Missed(silent_days=None, below_habit=True), captains_see=True)


@dataclass(frozen=True, slots=True)
class Running:
    """What a runner ran: the latest date of the last 90 days (None: none), and days with a run lately and before."""

    latest_on: date | None = None
    lately: int = 0
    before: int = 0


def reason_of(missed: Missed, ran: Running, today: date) -> MissingReason | None:
    """Return why a member is missing by their own choice; None if they are not.

    Silent: not a single run on as many whole days before today, nor today. Below habit: in the last 14 days they ran
    on fewer than half as many days as in a usual fortnight of the four weeks before, in which they ran on 8 at least.
    """
    if ran.latest_on is None:
        return None
    if missed.silent_days is not None and (today - ran.latest_on).days > missed.silent_days:
        return MissingReason.SILENT
    usual_fortnights = BEFORE // LATELY
    if missed.below_habit and ran.before >= MIN_DAYS and 2 * usual_fortnights * ran.lately < ran.before:
        return MissingReason.BELOW_HABIT
    return None


def says(reason: MissingReason, name: str) -> str:
    """Return what others read: words, without a number or a date."""
    return SAYS[reason].format(name=name)
