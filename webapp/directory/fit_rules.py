"""Which runners a group suits: what they usually run, in fixed bands, and how many of its members share a band.

Numbers of members exist in steps alone. A count that is no step is never stored.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.directory.rules import PaceBand
from webapp.models.words import FitKind

# What a runner usually runs is that of the last whole weeks, Monday to Sunday.
WEEKS = 4
STEPS = (5, 10, 20)
SIZE_STEPS = (5, 10, 20, 50, 100)
# Where the bands after the first begin: metres a week, and days a week.
DISTANCE_BANDS_M = (10_000, 20_000, 30_000, 45_000, 60_000, 80_000)
DAY_BANDS = (1.5, 2.5, 4.5)


@dataclass(frozen=True, slots=True)
class RunningPattern:
    """The bands of what a runner usually runs."""

    pace: int
    distance: int
    days: int

    @property
    def bands(self) -> dict[FitKind, int]:
        return {FitKind.PACE: self.pace, FitKind.DISTANCE: self.distance, FitKind.DAYS: self.days}


@dataclass(frozen=True, slots=True)
class Fit:
    """At least `step` members of a group who want to be counted are in this band."""

    kind: FitKind
    band: int
    step: int


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a group suits a runner: steps of members in their bands, 0 for none; does the group tell their pace?"""

    pace: int = 0
    distance: int = 0
    days: int = 0
    tells_pace: bool = False

    def in_words(self) -> list[str]:
        """Return the reasons, the best first. Only the one about pace has a number."""
        said = {
            f"{self.pace} or more members run your pace": self.pace,
            "The group runs at your pace": self.tells_pace,
            "Members run about as far a week as you": self.distance,
            "Members run about as often as you": self.days,
        }
        return [words for words, holds in said.items() if holds]


def pattern_of(distance_m: int, moving_s: int, days: int) -> RunningPattern | None:
    """Return the bands of what was run in the last whole weeks together; None for nobody who ran."""
    if distance_m <= 0 or moving_s <= 0:
        return None
    return RunningPattern(
        PaceBand.of(moving_s * 1000 / distance_m).number,
        bisect_right(DISTANCE_BANDS_M, distance_m / WEEKS),
        bisect_right(DAY_BANDS, days / WEEKS),
    )


def whole_weeks_before(today: date) -> tuple[date, date]:
    """Return the first and the last date of the last whole weeks."""
    monday = this_monday(today)
    return monday - timedelta(weeks=WEEKS), monday - timedelta(days=1)


def this_monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def fits(members: Iterable[RunningPattern]) -> Iterator[Fit]:
    """Yield how many members are in each band, in steps, without the bands of fewer than the first step."""
    counts = Counter((kind, band) for pattern in members for kind, band in pattern.bands.items())
    for (kind, band), count in counts.items():
        if step := step_of(count, STEPS):
            yield Fit(kind, band, step)


def step_of(count: int, steps: tuple[int, ...]) -> int:
    """Return the highest step that `count` reaches, 0 for none."""
    return max((step for step in steps if step <= count), default=0)
