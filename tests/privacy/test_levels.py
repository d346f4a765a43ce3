"""What the levels of consent show on a board: a second opinion sees the same, whatever members choose and when."""

from random import Random

import pytest
from flask import Flask

from tests.oracle.boards import Entry, second_rows, second_sum, second_team_ranks
from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day, set_total
from tests.support.consents import choose
from tests.support.finals import make_final
from webapp.db import db
from webapp.extensions import clock
from webapp.leaderboards import queries, service, team_queries
from webapp.leaderboards.queries import BoardContext
from webapp.rulebook.ruleset import RuleSet

LEVELS = ["totals", "points", "hidden"]
NAMES = [f"Runner {n}" for n in range(9)]
TEAMS = ["Reds", "Blues", "Greens"]
RULES = {"distance": RuleSet(), "points": RuleSet("points", "steps")}


def context_of(made: Made) -> BoardContext:
    """Return how the last runner sees the board, who always shows totals."""
    viewer = queries.viewer_of_board(made.group.slug, made.challenge.id, made.runners[-1], 0)
    assert viewer
    return queries.board_context_of(viewer, clock().now())


def as_seen(made: Made) -> list[tuple[object, ...]]:
    rows = queries.board_page(context_of(made), 1)
    return [(row.entry_id, row.rank, row.total, row.gap) for row in rows]


def assert_agreed(made: Made, totals: list[int], levels: list[str], *, in_points: bool, final: bool) -> None:
    entries: list[Entry] = [
        {"id": entry, "total": total, "level": level, "team": n % len(TEAMS)}
        for n, (entry, total, level) in enumerate(zip(made.entries, totals, levels, strict=True))
    ]
    how = {"in_points": in_points, "final": final}
    assert as_seen(made) == second_rows(entries, **how)
    context = context_of(made)
    assert context.total_of_all == second_sum(entries, **how)
    of_teams = [[entry for entry in entries if entry["team"] == n] for n in range(len(TEAMS))]
    shown = [second_sum(team, **how) for team in of_teams]
    whole = [sum(entry["total"] for entry in team if final or entry["level"] != "hidden") for team in of_teams]
    teams = {team.id: team for team in team_queries.teams_of(context.viewer)}
    assert [teams[team].total for team in made.teams] == shown
    if not final:
        ranks = second_team_ranks(list(zip(whole, shown, strict=True)))
        assert [teams[team].rank for team in made.teams] == ranks


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_a_board_shows_what_members_chose(app: Flask, kind: str, seed: int) -> None:
    clock().set(now=NOON)
    dice = Random(f"{seed} {kind}")
    made = make_board(NAMES, teams=TEAMS, rules=RULES[kind])
    totals, levels = [0] * len(NAMES), ["totals"] * len(NAMES)
    publish(made)
    for _ in range(20):
        number = dice.randrange(len(NAMES))
        if dice.random() < 0.5 and number < len(NAMES) - 1:
            levels[number] = dice.choice(LEVELS)
            choose(made.group.id, made.runners[number], levels[number])
        else:
            totals[number] = dice.choice([0, 5000, 5000, 5050, 7000, dice.randrange(9000)])
            set_day(made, made.entries[number], TODAY, totals[number])
            db.session.commit()
        publish(made)
        assert service.differences(made.challenge.id) == []
        assert_agreed(made, totals, levels, in_points=kind == "points", final=False)


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_so_does_a_final_board_whenever_they_choose(app: Flask, kind: str, seed: int) -> None:
    dice = Random(f"final {seed} {kind}")
    totals = [dice.choice([0, 5000, 5000, 7000, dice.randrange(9000)]) for _ in NAMES]
    made = make_final(dict(zip(NAMES, totals, strict=True)), TEAMS, RULES[kind])
    levels = ["totals"] * len(NAMES)
    chosen: list[int] = []
    for _ in range(6):
        number = dice.randrange(len(NAMES) - 1)
        levels[number] = dice.choice(LEVELS)
        choose(made.group.id, made.runners[number], levels[number])
        publish(made)
        chosen = [*chosen, number]
        entries = [
            {"id": entry, "total": total, "level": level, "team": n % len(TEAMS)}
            for n, (entry, total, level) in enumerate(zip(made.entries, totals, levels, strict=True))
        ]
        expected = second_rows(entries, in_points=kind == "points", final=True)
        # Members who have come back stand where they like among equals; those who show a total come first.
        assert sorted(as_seen(made)) == sorted(expected)
        assert [row[2] for row in as_seen(made)] == [row[2] for row in expected]
        assert_sums_agreed(made, entries, in_points=kind == "points")


def assert_sums_agreed(made: Made, entries: list[Entry], *, in_points: bool) -> None:
    context = context_of(made)
    assert context.total_of_all == second_sum(entries, in_points=in_points, final=True)
    teams = {team.id: team for team in team_queries.teams_of(context.viewer)}
    for n, team in enumerate(made.teams):
        own = [entry for entry in entries if entry["team"] == n]
        assert teams[team].total == second_sum(own, in_points=in_points, final=True)


def test_less_shows_at_once_before_anything_is_published_again(app: Flask) -> None:
    clock().set(now=NOON)
    made = make_board(["Ana", "Ben", "Caro"], teams=["Reds"])
    set_total(made, dict(zip(made.entries, (9000, 7000, 5000), strict=True)))
    publish(made)
    edition = context_of(made).viewer.edition
    choose(made.group.id, made.runners[1], "points")
    assert as_seen(made) == [
        (made.entries[0], 1, 9000, None), (made.entries[1], 2, None, None), (made.entries[2], 3, 5000, None),
    ]  # fmt: skip
    assert context_of(made).total_of_all is None and context_of(made).viewer.edition != edition
    choose(made.group.id, made.runners[1], "hidden")
    assert as_seen(made) == [(made.entries[0], 1, 9000, None), (made.entries[2], 2, 5000, 4000)]
    assert context_of(made).total_of_all == 14_000
    choose(made.group.id, made.runners[1], "totals")
    publish(made)
    assert context_of(made).total_of_all == 21_000
