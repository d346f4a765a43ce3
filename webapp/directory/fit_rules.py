"""Which runners a group suits: what they usually run, in fixed bands, and how many of its members share a band.

Numbers of members exist in steps alone. A count that is no step is never stored. The counts of a group are a text with
a digit for each band: those of pace, then those of distance, then those of days. The digit says how many of `STEPS` are
reached.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from webapp.directory.rules import MIN_PACE_BAND, PACE_BANDS, PaceBand
from webapp.rulebook.usual_week import WEEKS

STEPS = (5, 10, 20)
SIZE_STEPS = (5, 10, 20, 50, 100)
# Where the bands after the first begin: metres a week, and days a week.
DISTANCE_BANDS_M = (10_000, 20_000, 30_000, 45_000, 60_000, 80_000)
DAY_BANDS = (1.5, 2.5, 4.5)
FIRST_DISTANCE = len(PACE_BANDS)
FIRST_DAYS = FIRST_DISTANCE + len(DISTANCE_BANDS_M) + 1
NO_FITS = "0" * (FIRST_DAYS + len(DAY_BANDS) + 1)
# New members are counted together with enough others that nobody can tell whose band reached a step.
MIN_NEW_MEMBERS = 5


@dataclass(frozen=True, slots=True)
class RunningPattern:
    """The bands of what a runner usually runs."""

    pace: int
    distance: int
    days: int

    @property
    def places(self) -> tuple[int, int, int]:
        """Return the places of its digits in the counts of a group, from 0: pace, distance, days."""
        return self.pace - MIN_PACE_BAND, FIRST_DISTANCE + self.distance, FIRST_DAYS + self.days

    def steps_in(self, counts: str) -> tuple[int, int, int]:
        """Return the steps that these bands reach in the counts of a group, 0 for none: pace, distance, days."""
        pace, distance, days = ((0, *STEPS)[int(counts[place])] for place in self.places)
        return pace, distance, days


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


def counts_of(members: Iterable[RunningPattern]) -> str:
    """Return the counts of a group: how many of its members are in each band, in steps."""
    members_at = Counter(place for pattern in members for place in pattern.places)
    return "".join(str(bisect_right(STEPS, members_at[place])) for place in range(len(NO_FITS)))


def counted_up_to(before: datetime | None, switched_on: Iterable[datetime]) -> datetime | None:
    """Return the moment up to which members who switched "Fits me" on are counted, None for nobody.

    Those who did so after `before` wait until there are enough of them, and are then counted all at once.
    """
    waiting = [moment for moment in switched_on if before is None or moment > before]
    return max(waiting) if len(waiting) >= MIN_NEW_MEMBERS else before


def may_count(withdrawn_for: date | None, monday: date) -> bool:
    """Return whether a group may be counted for the week of `monday`, after a counted member has gone.

    `withdrawn_for`: the Monday of the last count with that member. The next one has no week in common with it.
    """
    return withdrawn_for is None or monday >= withdrawn_for + timedelta(weeks=WEEKS)


def step_of(count: int, steps: tuple[int, ...]) -> int:
    """Return the highest step that `count` reaches, 0 for none."""
    return max((step for step in steps if step <= count), default=0)
