"""How far the totals of a table are spread, and how many runners are within reach of the front. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

# A runner with this share of the tenth's total may still get there.
REACH = Fraction(8, 10)
FRONT = 10
# A table whose Gini coefficient is below the number is called by the words; the most even ones come first.
_GRADES = ((Fraction(15, 100), "very even"), (Fraction(30, 100), "quite even"), (Fraction(45, 100), "rather spread"))

# The only words for a table whose figures would give away single runs.
Word = Literal["even", "mixed", "uneven"]
_WORDS: tuple[tuple[Fraction, Word], ...] = ((Fraction(30, 100), "even"), (Fraction(50, 100), "mixed"))


@dataclass(frozen=True, slots=True)
class Spread:
    """How far totals are spread. `ratio`: the 90th percentile by the 10th, of the totals above zero; None without any.

    `gini`: 0 if all have the same, near 1 if one has everything.
    """

    members: int
    ran: int
    ratio: Fraction | None
    gini: Fraction
    within_reach: int

    @property
    def grade(self) -> str:
        """Return the spread in two words."""
        return next((words for below, words in _GRADES if self.gini < below), "very spread")

    @property
    def reach_percent(self) -> Fraction:
        return Fraction(100 * self.within_reach, self.members) if self.members else Fraction(0)


def measure_spread(totals: Sequence[int]) -> Spread:
    """Return the spread of the totals of all members, zeros included."""
    ran = sorted(total for total in totals if total > 0)
    ratio = Fraction(_at(ran, 90), _at(ran, 10)) if ran else None
    return Spread(len(totals), len(ran), ratio, _gini(ran), _within_reach(ran))


def spread_word(totals: Sequence[int]) -> Word:
    """Return one word for the spread of these totals, zeros included."""
    gini = _gini(sorted(totals))
    return next((word for below, word in _WORDS if gini < below), "uneven") if any(totals) else "uneven"


def ranks(totals: Mapping[int, int]) -> dict[int, int]:
    """Return the rank of each by total: 1, 1, 3. Those at zero share the last rank, which no page shows."""
    place: dict[int, int] = {}
    for position, total in enumerate(sorted(totals.values(), reverse=True), start=1):
        place.setdefault(total, position)
    return {key: place[total] for key, total in totals.items()}


def _at(ordered: Sequence[int], percent: int) -> int:
    """Return the nearest-rank percentile."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _gini(ordered: Sequence[int]) -> Fraction:
    count, whole = len(ordered), sum(ordered)
    if not whole:
        return Fraction(0)
    return Fraction(sum((2 * place - count - 1) * total for place, total in enumerate(ordered, 1)), count * whole)


def _within_reach(ordered: Sequence[int]) -> int:
    """Count those among the first ten or not far behind. With fewer than ten, the last one counts as the tenth."""
    if not ordered:
        return 0
    tenth = ordered[-min(FRONT, len(ordered))]
    return sum(total >= REACH * tenth for total in ordered)
