"""How fast a gap closes, and which entries overtook which on a date."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import groupby, islice

MEAN_DAYS = 14
NEAREST = 10
# Deriving overtakes reads every runner once, so a large group waits a little and derives for many runs together.
AT_ONCE_UP_TO = 2000
ENTRIES_A_SECOND = 500
MAX_DELAY_S = 300.0


@dataclass(frozen=True, slots=True)
class Overtaken:
    """How many entries one overtook on a date, and the nearest of them: the closest behind at the day's end first."""

    passed: int
    nearest: tuple[int, ...]


def mean(done: int, days: int = MEAN_DAYS) -> Fraction:
    """Return the mean per day over the last days, rest days included."""
    return Fraction(done, days)


def closing(own_mean: Fraction, rival_mean: Fraction) -> int:
    """Return by how much the gap has been shrinking per day; negative if it has been growing."""
    return int(own_mean - rival_mean)


def settling_delay(entries: int) -> float:
    """Return the seconds to wait before deriving the overtakes of a board of this size."""
    return 0.0 if entries <= AT_ONCE_UP_TO else min(entries / ENTRIES_A_SECOND, MAX_DELAY_S)


@dataclass(frozen=True, slots=True, order=True)
class _Mover:
    """An entry that ran: ordered by the total after the day; of equal totals, the later entry comes first."""

    after: int
    minus_entry: int
    before: int


def overtakes(before: Mapping[int, int], gained: Mapping[int, int]) -> dict[int, Overtaken]:
    """Return which entries overtook which in one day: strictly behind the evening before, strictly ahead now.

    `before` has the totals of all placed entries the evening before, `gained` what some of them gained that day. An
    entry at zero neither overtakes nor is overtaken. Entries that rested are found by bisection, entries that ran by a
    tree over their order, so that the cost is n log n.
    """
    movers = sorted(_Mover(before[e] + m, -e, before[e]) for e, m in gained.items() if m > 0 and before.get(e, 0) > 0)
    moved = {-mover.minus_entry for mover in movers}
    still = sorted((total, -entry) for entry, total in before.items() if total > 0 and entry not in moved)
    counts = _counts_among(movers)
    highest = _Highest([mover.before for mover in movers])
    found: dict[int, Overtaken] = {}
    for mover in movers:
        low, high = bisect_right(still, (mover.before, 1)), bisect_left(still, (mover.after, -(1 << 62)))
        count = max(0, high - low) + counts[mover]
        if count:
            resting = [(total, key) for total, key in reversed(still[max(low, high - NEAREST) : high])]
            nearest = merge(_nearest_among(movers, highest, mover), resting, reverse=True)
            found[-mover.minus_entry] = Overtaken(count, tuple(-key for _, key in islice(nearest, NEAREST)))
    return found


def _counts_among(movers: list[_Mover]) -> dict[_Mover, int]:
    """Return for each mover how many movers were strictly ahead of it before and are strictly behind it after."""
    totals = sorted({mover.after for mover in movers})
    tree = [0] * (len(totals) + 1)
    counts: dict[_Mover, int] = {}
    for _, level in groupby(sorted(movers, key=lambda mover: -mover.before), key=lambda mover: mover.before):
        together = list(level)
        for mover in together:
            counts[mover] = _sum_below(tree, bisect_left(totals, mover.after))
        for mover in together:
            _add_one(tree, bisect_left(totals, mover.after) + 1)
    return counts


def _sum_below(tree: list[int], index: int) -> int:
    total = 0
    while index > 0:
        total += tree[index]
        index &= index - 1
    return total


def _add_one(tree: list[int], index: int) -> None:
    while index < len(tree):
        tree[index] += 1
        index += index & -index


def _nearest_among(movers: list[_Mover], highest: "_Highest", mover: _Mover) -> list[tuple[int, int]]:
    """Return the ten movers with the largest totals below this one's that were ahead of it before."""
    found: list[tuple[int, int]] = []
    at = bisect_left(movers, mover.after, key=lambda other: other.after)
    while len(found) < NEAREST and (at := highest.last_above(at, mover.before)) >= 0:
        found.append((movers[at].after, movers[at].minus_entry))
    return found


class _Highest:
    """A tree of maxima over a list, to find the last value before a place that is above a floor."""

    def __init__(self, values: list[int]) -> None:
        # One more leaf than values, so that every end has a leaf.
        self._leaves = 1 << len(values).bit_length()
        self._tree = [0] * self._leaves + values + [0] * (self._leaves - len(values))
        for node in range(self._leaves - 1, 0, -1):
            self._tree[node] = max(self._tree[2 * node], self._tree[2 * node + 1])

    def last_above(self, end: int, floor: int) -> int:
        """Return the last index below `end` whose value is above `floor`, or -1."""
        node = end + self._leaves
        while node > 1:
            if node % 2 and self._tree[node - 1] > floor:
                return self._descend(node - 1, floor)
            node //= 2
        return -1

    def _descend(self, node: int, floor: int) -> int:
        while node < self._leaves:
            node = 2 * node + (self._tree[2 * node + 1] > floor)
        return node - self._leaves
