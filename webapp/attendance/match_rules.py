"""The run that proves it: which of a runner's own runs may have been a group run. Nobody but the runner reads it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from webapp.rulebook.runs import LEDGER_SPORTS

# How far apart the two starts may be.
NEAR = timedelta(minutes=45)
# The distance, in tenths of what was planned.
MIN_TENTHS, MAX_TENTHS = 7, 15


class Recorded(Protocol):
    """A synced activity, as far as matching it needs to know."""

    @property
    def sport_type(self) -> str: ...
    @property
    def start_utc(self) -> datetime: ...
    @property
    def start_hidden(self) -> bool: ...
    @property
    def distance_m(self) -> int: ...
    @property
    def manual(self) -> bool: ...
    @property
    def trainer(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class PlannedDistance:
    """How far a run goes, in metres; None where nobody said so."""

    min_m: int | None
    max_m: int | None

    def fits(self, distance_m: int) -> bool:
        """Return whether a distance is near it. Nothing is too far from a distance that nobody gave."""
        low, high = self.min_m or self.max_m, self.max_m or self.min_m
        if low is None or high is None:
            return True
        return MIN_TENTHS * low <= 10 * distance_m <= MAX_TENTHS * high


def can_match(activity: Recorded) -> bool:
    """Return whether the start of an activity is known, and whether it can have been run together with others.

    A hidden start is none, a manual one was typed, and a treadmill stands at home.
    """
    is_at_home = activity.trainer or activity.sport_type == "VirtualRun"
    return activity.sport_type in LEDGER_SPORTS and not (activity.start_hidden or activity.manual or is_at_home)


def matches(activity: Recorded, starts_at: datetime, planned: PlannedDistance) -> bool:
    """Return whether an activity may have been the run that starts at a moment and goes so far."""
    is_near = abs(activity.start_utc - starts_at) <= NEAR
    return can_match(activity) and is_near and planned.fits(activity.distance_m)
