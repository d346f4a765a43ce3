"""Dates on which a runner is on a break."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class BreakSpan:
    """Dates of a break, both included."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last

    def touches(self, first: date, last: date) -> bool:
        """Return whether it has one of the dates from `first` to `last`."""
        return self.first <= last and self.last >= first
