"""Frozen results: their text and checksum, the ranks of teams, and what cannot be true of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from fractions import Fraction
from hashlib import sha256

from webapp.rulebook.ranking import gaps, ranks

FORMER = "A former member"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a frozen challenge, in the columns of `Result`.

    A former member's has its rank and nothing else, but for a total of zero: it says that there is no rank to show.
    """

    place: int
    rank: int
    runner_id: int | None
    team_id: int | None
    total: int | None
    days: int | None
    gap: int | None


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team in a frozen challenge, in the columns of `TeamResult`."""

    team_id: int
    rank: int
    score: int
    score_of: int
    total: int
    members: int
    active: int
    met: int
    former: int


def checksum(places: Iterable[Place], teams: Iterable[TeamPlace]) -> str:
    """Return the SHA-256, in hexadecimal, over the text of a frozen challenge; the order given does not matter.

    The text has one line per place and per team, with values separated by spaces and "-" for none.
    """
    lines = [_line("place", row) for row in sorted(places, key=_place)]
    lines += [_line("team", row) for row in sorted(teams, key=lambda team: team.team_id)]
    return sha256("\n".join(lines).encode()).hexdigest()


def _line(kind: str, row: Place | TeamPlace) -> str:
    return " ".join([kind, *("-" if value is None else str(value) for value in astuple(row))])


def _place(row: Place) -> int:
    return row.place


def team_ranks(scores: Sequence[tuple[int, int]]) -> list[int]:
    """Return the ranks 1, 1, 3 of teams by score. Scores are (dividend, divisor), compared as exact fractions."""
    return ranks([Fraction(*score) for score in scores])


def last_of(rank: int, sharing: int) -> int:
    """Return the last of the ranks that `sharing` places with the same `rank` take up.

    A former member, or a team whose figures are hidden, moves there: a shared rank would reveal the hidden value by
    that of the others.
    """
    return rank + sharing - 1


def figures_stay(former: int, hidden: int = 0) -> bool:
    """Return whether the figures of a team, or of all together, may be seen.

    `former`, `hidden`: how many contributors are gone, or do not show their totals now. A single one is too many: the
    sum less what the others contributed, which everyone sees, is theirs. A second one does not bring the sum back:
    anyone who looked in between knows what that one contributed, and gets the first one's by the difference.
    """
    return former + hidden == 0


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of a frozen challenge: places, entries that have run, and the sum of all totals (None: hidden).

    `secret`: totals that no entry shows now, so that a gap to one of them must not be shown. `seen`: by how many
    entries the other totals are shown that some entry has and does not show.
    """

    size: int
    have_run: int
    total_of_all: int | None
    secret: frozenset[int]
    seen: Mapping[int, int]

    def rank_alone(self, rank: int, total: int) -> int:
        """Return the rank of an entry that shows nothing but that: it stands behind those who show the same total."""
        return rank + self.seen.get(total, 0)


def counted(
    size: int,
    zero_rank: int | None,
    total: int,
    unseen: Sequence[tuple[int, int | None]],
    seen: Mapping[int, int],
) -> Counted:
    """Count a frozen challenge.

    `zero_rank`: the rank of entries at zero; `total`: the sum of the stored totals; `unseen`: (rank, total) of former
    members and of entries that do not show their total now; `seen`: how many entries show each of these totals.
    """
    gone = sum(rank < (zero_rank or size + 1) if kept is None else kept > 0 for rank, kept in unseen)
    secret = {kept for _, kept in unseen if kept} - seen.keys()
    have_run = size if zero_rank is None else zero_rank - 1
    return Counted(size, have_run, total if figures_stay(gone) else None, frozenset(secret), seen)


# What cannot be true ------------------------------------------------------------------------------------------------


def faults(places: Sequence[Place]) -> Iterator[str]:
    """Yield in words what contradicts itself in the places of a frozen challenge."""
    for expected, found in enumerate(sorted(place.place for place in places), start=1):
        if expected != found:
            yield f"place {expected} is missing"
            break
    first: dict[int, int] = {}
    for row in sorted(places, key=_place):
        if row.total is not None:
            first.setdefault(row.total, row.place)
    totals = [row.total for row in sorted(places, key=_place) if row.total is not None]
    if totals != sorted(totals, reverse=True):
        yield "the places are not in the order of the totals"
    ahead = gaps(totals)
    for row in sorted(places, key=_place):
        yield from _faults_of(row, first, ahead)


def _faults_of(row: Place, first: dict[int, int], ahead: dict[int, int | None]) -> Iterator[str]:
    if row.runner_id is None or row.total is None:
        if row.rank != row.place:
            yield f"place {row.place}: a former member's rank is {row.rank}"
        if row.total or any(value is not None for value in (row.runner_id, row.team_id, row.days, row.gap)):
            yield f"place {row.place}: something is kept of a former member"
        return
    if row.rank != first[row.total]:
        yield f"place {row.place}: the rank is {row.rank}; the totals say {first[row.total]}"
    if row.gap != ahead[row.total]:
        yield f"place {row.place}: the gap is {row.gap}; the totals say {ahead[row.total]}"


def team_faults(teams: Sequence[TeamPlace]) -> Iterator[str]:
    """Yield in words what contradicts itself in the teams of a frozen challenge."""
    by_rank: defaultdict[int, set[Fraction]] = defaultdict(set)
    for team in teams:
        better = sum(other.rank < team.rank for other in teams)
        if team.rank != 1 + better:
            yield f"team {team.team_id}: the rank is {team.rank}, and {better} teams stand before it"
        if team.former and (team.score, team.score_of, team.total, team.met) != (0, 1, 0, 0):
            yield f"team {team.team_id}: figures are kept though somebody who brought something is gone"
        elif not team.former:
            by_rank[team.rank].add(Fraction(team.score, team.score_of))
    falling = [score for _, scores in sorted(by_rank.items()) for score in scores]
    if any(len(scores) > 1 for scores in by_rank.values()) or falling != sorted(set(falling), reverse=True):
        yield "the ranks of the teams are not those of their scores"
