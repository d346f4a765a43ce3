"""Where runners are on the road of a challenge: clusters of runners who are close together, and marks along the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from webapp.rulebook.chase_outlook import base_of
from webapp.rulebook.measures import Unit

# How much of the field a page shows: all of it, its front, or this many on either side of the viewer.
Zoom = Literal["field", "front", "around", "near"]
FRONT = 20
# A field of up to this many is named in full.
MAX_NAMED = 100
EITHER_SIDE = {"around": 20, "near": 5}
MAX_MARKS = 6
# An empty stretch of this share before the one behind and beyond the one in front.
EDGE = 0.06


@dataclass(frozen=True, slots=True)
class Located:
    """`count` runners at a total; `entry_id` where it is one whom the page may name."""

    total: float
    count: int = 1
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Runners who are close together on the road, the one in front first; one runner alone is one, too.

    `way`: where they are drawn, from the start along the road. `entries`: those whom the page may name.
    """

    way: float
    count: int
    behind: float
    front: float
    entries: tuple[int, ...]

    @property
    def alone(self) -> int | None:
        """Return the entry that runs alone here, if the page may name it."""
        return self.entries[0] if self.count == 1 and self.entries else None


@dataclass(frozen=True, slots=True)
class Scale:
    """Which totals the ends of the road stand for, and how long it is."""

    first: float
    last: float
    length: float

    def way(self, total: float) -> float:
        """Return where a total lies, from the start along the road."""
        return self.length * (total - self.first) / (self.last - self.first)

    @classmethod
    def of(cls, totals: Iterable[float], length: float, *, from_zero: bool) -> "Scale":
        """Return the scale on which these totals fill the road; `from_zero`: it begins at the start of everything."""
        found = sorted(totals) or [0.0]
        behind, front = found[0], found[-1]
        edge = (front - (0 if from_zero else behind)) * EDGE or max(front * EDGE, 1.0)
        return cls(0.0 if from_zero else max(0.0, behind - edge), front + edge, length)


def clusters(positions: Iterable[Located], scale: Scale, apart: float) -> list[Cluster]:
    """Return the field in clusters that are drawn at least `apart` on the road, the front first.

    A cluster is drawn where its first runner is. It takes everybody less than `apart` behind, so that it reaches over
    no more than that, however dense the field is. Of equal totals, the first given are the first in theirs.
    """
    found: list[_Growing] = []
    for each in sorted(positions, key=lambda one: -one.total):
        way = scale.way(each.total)
        if not found or found[-1].way - way >= apart:
            found.append(_Growing(way, each.total))
        found[-1].take(each)
    return [cluster.done() for cluster in found]


class _Growing:
    def __init__(self, way: float, front: float) -> None:
        self.way, self.count = way, 0
        self._front = self._behind = front
        self._entries: list[int] = []

    def take(self, located: Located) -> None:
        self.count += located.count
        self._behind = located.total
        if located.entry_id is not None:
            self._entries.append(located.entry_id)

    def done(self) -> Cluster:
        return Cluster(self.way, self.count, self._behind, self._front, tuple(self._entries))


def marks(first: float, last: float, unit: Unit, units: str) -> list[int]:
    """Return a few round totals on the road, in the viewer's own unit."""
    base = base_of(unit, units)
    step = next(size for size in _steps() if size * base * MAX_MARKS >= last - first)
    numbers = range(int(first // (step * base)) + 1, int(last // (step * base)) + 1)
    return [round(number * step * base) for number in numbers]


def _steps() -> Iterator[int]:
    size = 1
    while True:
        yield from (size, 2 * size, 5 * size)
        size *= 10


@dataclass(frozen=True, slots=True)
class Arrow:
    """A runner who closes on the next one ahead, by so much a day."""

    chaser: int
    lead: int
    closing: int


def next_pairs(totals: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return who chases whom: (chaser, the next one strictly ahead), of (entry, total) from the front on."""
    found, lead = [], None
    for (ahead, more), (behind, less) in pairwise(totals):
        lead = ahead if more > less else lead
        if lead is not None and less > 0:
            found.append((behind, lead))
    return found
