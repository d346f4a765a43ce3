"""The order of a board: larger totals first, equal ones by entry id, ranks 1, 1, 3.

An entry that shows its rank alone stands behind the others of the same total and shares no rank with them: otherwise
their total would be its own.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Literal

from webapp.rulebook.lifecycle import State
from webapp.rulebook.measures import Unit
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.units import PERCENT

PAGE = 50
# The width of a bucket in each unit of totals, so that a group's month falls into some thousand buckets.
BUCKET_WIDTHS: Mapping[Unit, int] = {
    "distance": 100, "time": 60, "climb": 5, "runs": 1, "days": 1, "points": 500, "percent": 100,
}  # fmt: skip
# What a board without any score is waiting for.
Lack = Literal["start", "target", "baseline", "run"]
DAY_S = 86_400
# Entries at zero, and the parts of a team, are grouped by this many ids.
STRETCH = 256


def bucket_of(total: int, entry_id: int, width: int) -> int:
    """Return the bucket of an entry: ordered by (bucket, total descending, entry id), entries stand as on the board.

    Buckets of totals above zero are negative and `width` wide; those at zero lie by id in buckets from 0 on, so that no
    bucket grows with the number of members who have not run yet.
    """
    return -(total // width + 1) if total > 0 else entry_id // STRETCH


def part_of(entry_id: int) -> int:
    """Return the part of a team, a stretch of ids, that an entry belongs to."""
    return entry_id // STRETCH


def stretch(part: int) -> tuple[int, int]:
    """Return the first and the last entry id of a part."""
    return part * STRETCH, part * STRETCH + STRETCH - 1


class Buckets:
    """How many entries each bucket of one order has, summed up, so that places are found by bisection.

    `shown`: how many entries of each bucket above zero show their totals.
    """

    def __init__(self, tallies: Iterable[tuple[int, int, int, int]]) -> None:
        """Take (bucket, entries, the sum of their totals, how many of these totals are not shown) in any order."""
        ordered = sorted(tallies)
        self.shown = {bucket: entries - rank_only for bucket, entries, _, rank_only in ordered if bucket < 0}
        self._shown_ends = list(accumulate(self.shown.values(), initial=0))
        self._shown_buckets = list(self.shown)
        self._buckets = [bucket for bucket, *_ in ordered]
        self._ends = list(accumulate((entries for _, entries, *_ in ordered), initial=0))
        # The sum of all totals; None if it has a total that is not shown, which the sum would reveal.
        hidden = sum(rank_only for *_, rank_only in ordered)
        self.total = None if hidden else sum(total for _, _, total, _ in ordered)
        self.size = self._ends[-1]
        self.above_zero = self.before(0)

    @property
    def at_zero(self) -> int:
        """Return how many entries have no total yet."""
        return self.size - self.above_zero

    def before(self, bucket: int) -> int:
        """Return how many entries are in smaller buckets, and so ahead of all in this one."""
        return self._ends[bisect_left(self._buckets, bucket)]

    def shown_before(self, bucket: int) -> int:
        """Return how many entries above zero that show their totals are in smaller buckets."""
        return self._shown_ends[bisect_left(self._shown_buckets, bucket)]

    def at(self, position: int) -> tuple[int, int]:
        """Return the bucket with the entry at `position` (from 0), and how many of that bucket are before it.

        Raises IndexError beyond the last entry.
        """
        if not 0 <= position < self.size:
            raise IndexError(position)
        index = bisect_right(self._ends, position) - 1
        return self._buckets[index], position - self._ends[index]

    def rank(self, total: int, bucket: int, ahead_in_bucket: int) -> int | None:
        """Return the rank; None at zero. `ahead_in_bucket` counts those of the bucket that rank before the entry."""
        return 1 + self.before(bucket) + ahead_in_bucket if total > 0 else None


def place_of(rank: int, score: int | Fraction | None) -> int | None:
    """Return the rank to show: none for a score of zero. A score that is not shown (None) keeps its rank."""
    return None if score == 0 else rank


def lack_of(state: State, rules: RuleSet, waiting: int) -> Lack:
    """Return what a board without any score is waiting for.

    `waiting`: how many entries have no target yet, or no baseline, where the rules need one.
    """
    if state is State.COMING:
        return "start"
    return (rules.shaped.needs if waiting else None) or "run"


def ranks(values: Sequence[int | Fraction], hidden: Sequence[bool] = ()) -> list[int]:
    """Return the ranks 1, 1, 3 of `values`, the largest first, in the order given.

    `hidden`: which of them are not shown; these rank behind equal ones that are.
    """
    keys = list(zip((-value for value in values), hidden or (False,) * len(values), strict=True))
    place = {key: index + 1 for index, key in reversed(list(enumerate(sorted(keys))))}
    return [place[key] for key in keys]


def gaps(totals: Iterable[int], hidden: Collection[int] = ()) -> dict[int, int | None]:
    """Return the distance of each total to the next greater one; None for the largest and for zero.

    `hidden`: totals that no entry shows, so that a distance to one of them is None, too.
    """
    found: dict[int, int | None] = {}
    ahead: int | None = None
    for total in sorted(set(totals), reverse=True):
        known = ahead is not None and ahead not in hidden and total > 0
        found[total] = ahead - total if known and ahead is not None else None
        ahead = total
    return found


def hidden_totals(totals: Iterable[tuple[int, bool]]) -> set[int]:
    """Return the totals that no entry shows, of (total, whether its entry shows the rank alone)."""
    listed = list(totals)
    return {total for total, rank_only in listed if rank_only} - {total for total, rank_only in listed if not rank_only}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What entries contribute to a team: the sum of their totals, how many are in it now, how many have run for it, how
    many of those have met their target, and how many who brought something show their rank alone."""

    total: int = 0
    members: int = 0
    active: int = 0
    met: int = 0
    rank_only: int = 0

    @property
    def size(self) -> int:
        """Return how many are in it now or have run for it."""
        return max(self.members, self.active)

    def __add__(self, other: object) -> "Contribution":
        assert isinstance(other, Contribution)
        return Contribution(
            total=self.total + other.total,
            members=self.members + other.members,
            active=self.active + other.active,
            met=self.met + other.met,
            rank_only=self.rank_only + other.rank_only,
        )


def parts(
    teams: Mapping[int, int | None],
    shares: Iterable[tuple[int, int, int, int, bool]],
    rank_only: Collection[int] = (),
) -> dict[tuple[int, int], Contribution]:
    """Return the contribution of each (team, part).

    `teams` has every placed entry with its team of today; `shares` are (entry, team, total, days, met). Shares of
    entries without a place contribute nothing. `rank_only`: the entries that show their rank alone.
    """
    found: defaultdict[tuple[int, int], Contribution] = defaultdict(Contribution)
    for entry_id, team_id in teams.items():
        if team_id is not None:
            found[team_id, part_of(entry_id)] += Contribution(members=1)
    for entry_id, team_id, total, days, met in shares:
        if entry_id in teams:
            active = int(days > 0)
            hidden = int(entry_id in rank_only and bool(total or active))
            found[team_id, part_of(entry_id)] += Contribution(total, 0, active, active * met, hidden)
    return dict(found)


def share_of(total: int, goal: int) -> Fraction:
    """Return the reached share of a shared goal in per cent: exact, so that only the whole is 100."""
    return Fraction(100 * total, goal)


def needed_a_day(total: int, goal: int, days_left: int) -> int | None:
    """Return what all together need per day to reach a shared goal; None if it is reached or no day is left."""
    left = goal - total
    return -(-left // days_left) if left > 0 and days_left > 0 else None


def is_possible(a_day: Fraction | int, unit: Unit, runners: int = 1) -> bool:
    """Return whether this many runners can do that much per day: each has one day with 24 hours."""
    highest = {"days": 1, "time": DAY_S}.get(unit)
    return highest is None or a_day <= highest * runners


def middle(active: int) -> tuple[int, int]:
    """Return which shares of `active` members, largest first, make the median: the index of the first, how many."""
    return max(0, (active - 1) // 2), min(active, 2 - active % 2)


def wanted_shares(rules: RuleSet, contribution: Contribution) -> tuple[int, int]:
    """Return which single shares make a team's score, largest first: the index of the first, and how many."""
    if rules.team_score == "best":
        return 0, min(rules.best, contribution.active)
    return middle(contribution.active) if rules.team_score == "median" else (0, 0)


def team_score(rules: RuleSet, contribution: Contribution, shares: Sequence[int]) -> tuple[int, int]:
    """Return a team's score as (dividend, divisor) from the `wanted_shares`; idle members do not lower an average."""
    if rules.team_score == "average":
        return contribution.total, max(1, contribution.active)
    if rules.team_score == "met":
        return 100 * PERCENT * contribution.met, max(1, contribution.size)
    if rules.team_score == "sum":
        return contribution.total, 1
    return sum(shares), max(1, len(shares)) if rules.team_score == "median" else 1
