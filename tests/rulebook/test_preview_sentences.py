"""What a preview says of people and teams."""

from fractions import Fraction

import pytest

from webapp.rulebook.preview_sentences import Placed, on_goal, on_people, on_teams, team_scores
from webapp.rulebook.ruleset import RuleSet

NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn")


def table(*names: str, me: str = "") -> list[Placed]:
    """Return a table in which each is 5 km ahead of the next."""
    return [
        Placed(NAMES.index(name), name, place, 5000 * (9 - place), name == me) for place, name in enumerate(names, 1)
    ]


def test_it_says_who_would_win_and_whose_place_would_change_most() -> None:
    before, after = table("Ana", "Ben", "Cleo", "Dan"), table("Ana", "Cleo", "Dan", "Ben")
    assert on_people(before, after, "distance", "km") == [
        "Ana would win by 5.0 km.",
        "Ben would fall from 2nd to 4th.",
        "Cleo would rise from 3rd to 2nd.",
        "Dan would rise from 4th to 3rd.",
    ]


def test_ones_own_move_is_always_said() -> None:
    before, after = table(*NAMES, me="Finn"), table("Dan", "Eva", "Cleo", "Ana", "Finn", "Ben", me="Finn")
    assert on_people(before, after, "distance", "km")[-1] == "You would rise from 6th to 5th."


def test_it_says_when_nobody_moves_and_nothing_where_one_runner_is_alone() -> None:
    same = table("Ana", "Ben")
    assert on_people(same, same, "distance", "km")[1:] == ["Nobody’s place would change."]
    assert on_people(same, same[:1], "distance", "km") == []
    unplaced = [Placed(0, "Ana", 1, 5, False), Placed(1, "Ben", None, 0, False)]
    assert on_people(same, unplaced, "distance", "km") == []


def test_who_shares_the_first_place_does_not_win() -> None:
    level = [Placed(0, "Ana", 1, 9000, False), Placed(1, "Ben", 1, 9000, True)]
    assert on_people(level, level, "distance", "km")[0] == "Ana and you would share first place."


@pytest.mark.parametrize(
    ("score", "otters", "owls"), [("sum", 24_000, 30_000), ("average", 12_000, 10_000), ("best", 24_000, 28_000)]
)
def test_a_team_scores_as_in_a_challenge(score: str, otters: int, owls: int) -> None:
    rules = RuleSet(team_score=score, best=2)  # type: ignore[arg-type]  # one of its words
    totals = {"Otters": [20_000, 4_000, 0], "Owls": [18_000, 10_000, 2_000]}
    assert team_scores(rules, totals) == {"Otters": Fraction(otters), "Owls": Fraction(owls)}


def test_the_team_that_would_win_is_named_with_the_gap() -> None:
    scores = {"Otters": Fraction(42_000), "Owls": Fraction(30_000)}
    assert on_teams(scores, "distance", "km") == ["Otters would win by 12.0 km."]
    assert on_teams({"Otters": Fraction(1)}, "distance", "km") == []
    assert on_teams({"Otters": Fraction(0), "Owls": Fraction(0)}, "distance", "km") == []
    assert team_scores(RuleSet("distance", "target_share", team_score="met"), {"Otters": [1]}) == {}


def test_a_goal_is_told_without_places() -> None:
    said = on_goal(600_000, table("Ana", "Ben"), "distance", "km")
    assert said == "The runners in this table would have 75.0 km of 600 km together."
