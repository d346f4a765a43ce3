"""Fair teams: how far their sums are spread, and which team picks next."""

import random
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

RANDOM_DRAWS = 200
# With many members, fewer draws say the same, and a page does not wait for more shuffled runners than this.
MAX_SHUFFLED = 20_000


def team_on_turn(number: int, teams: Sequence[int]) -> int:
    """Return the team that makes the `number`th pick, from 1: in team order, then back, and so on (a snake draft)."""
    turn, place = divmod(number - 1, len(teams))
    return teams[place] if turn % 2 == 0 else teams[-1 - place]


def spread_of(sums: Collection[int]) -> Fraction | None:
    """Return the largest sum less the smallest, in per cent of their mean; None if nothing was run."""
    total = sum(sums)
    return Fraction(100 * (max(sums) - min(sums)) * len(sums), total) if total else None


def spread_of_teams(mileage: Mapping[int, int], teams: Collection[Collection[int]]) -> Fraction | None:
    """Return the spread of teams by their runners' recent metres; a runner who is not in `mileage` has none."""
    return spread_of([sum(mileage.get(runner, 0) for runner in team) for team in teams]) if teams else None


def random_spread(mileage: Mapping[int, int], teams: int, seed: str, draws: int = RANDOM_DRAWS) -> Fraction | None:
    """Return the mean spread of `draws` random draws into teams of equal size; the same seed gives the same."""
    lots = random.Random(seed)  # noqa: S311  # draws to compare with, no secret
    metres = [mileage[runner] for runner in sorted(mileage)]
    spreads = []
    for _ in range(draws):
        lots.shuffle(metres)
        spreads.append(spread_of([sum(metres[team::teams]) for team in range(teams)]))
    known = [spread for spread in spreads if spread is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def draws_for(runners: int) -> int:
    """Return how many random draws a page compares with."""
    return max(10, min(RANDOM_DRAWS, MAX_SHUFFLED // max(1, runners)))
