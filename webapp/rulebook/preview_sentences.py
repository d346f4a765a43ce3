"""What other rules would change, in sentences about people and teams. Pure.

It is for tables by name only. Everyone may see the totals of the runners in them, so ranks and gaps reveal no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from webapp.formatting import ordinal, score, score_gap
from webapp.rulebook.measures import Unit
from webapp.rulebook.ranking import Contribution, team_score, wanted_shares
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.units import amount_text

MAX_MOVES = 3
YOU = "You"


@dataclass(frozen=True, slots=True)
class Placed:
    """A runner in a table, as the viewer may see them. `rank` is None at zero."""

    runner_id: int
    name: str
    rank: int | None
    total: int | None
    is_me: bool

    @property
    def called(self) -> str:
        return YOU if self.is_me else self.name


def on_people(before: Sequence[Placed], after: Sequence[Placed], unit: Unit, units: str) -> list[str]:
    """Return who would win under the rules of `after`, and whose place would change most. Both by rank, from the first.

    The viewer's own move is always among them. Returns nothing where fewer than two would have a place.
    """
    placed = [one for one in after if one.rank]
    if len(placed) < 2:
        return []
    return [_winner([(one.called, Fraction(one.total or 0)) for one in placed], unit, units), *_moves(before, placed)]


def _moves(before: Sequence[Placed], after: Sequence[Placed]) -> list[str]:
    was = {one.runner_id: one.rank for one in before}
    moved = [(old, one) for one in after if one.rank and (old := was.get(one.runner_id)) and old != one.rank]
    moved.sort(key=lambda move: (-abs(move[0] - (move[1].rank or 0)), move[1].rank))
    chosen = moved[:MAX_MOVES] + [move for move in moved[MAX_MOVES:] if move[1].is_me]
    said = [_move(one.called, old, one.rank or 0) for old, one in chosen]
    return said or ["Nobody’s place would change."]


def _move(name: str, old: int, new: int) -> str:
    return f"{name} would {'rise' if new < old else 'fall'} from {ordinal(old)} to {ordinal(new)}."


def _winner(ordered: Sequence[tuple[str, Fraction]], unit: Unit, units: str) -> str:
    (first, most), (second, next_most) = ordered[:2]
    if most == next_most:
        return f"{first} and {second[0].lower() + second[1:] if second == YOU else second} would share first place."
    return f"{first} would win by {score_gap(int(most - next_most), unit, units)}."


def on_teams(scores: Mapping[str, Fraction], unit: Unit, units: str) -> list[str]:
    """Return which team would win, and by how much; nothing where fewer than two are known or none scored."""
    ordered = sorted(scores.items(), key=lambda team: (-team[1], team[0]))
    return [_winner(ordered, unit, units)] if len(ordered) > 1 and ordered[0][1] else []


def on_goal(goal: int, table: Sequence[Placed], unit: Unit, units: str) -> str:
    """Return how much of a goal the runners of a table would have together."""
    together = score(sum(one.total or 0 for one in table), unit, units)
    return f"The runners in this table would have {together} of {amount_text(goal, unit, units)} together."


def team_scores(rules: RuleSet, totals: Mapping[str, Sequence[int]]) -> dict[str, Fraction]:
    """Return each team's score from its members' totals; nothing for a score by targets, which nobody has set."""
    return {} if rules.team_score == "met" else {team: _team_score(rules, of) for team, of in totals.items()}


def _team_score(rules: RuleSet, totals: Sequence[int]) -> Fraction:
    active = sorted((total for total in totals if total), reverse=True)
    contribution = Contribution(total=sum(active), members=len(totals), active=len(active))
    first, count = wanted_shares(rules, contribution)
    return Fraction(*team_score(rules, contribution, active[first : first + count]))
