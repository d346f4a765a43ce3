"""How a chase moved since yesterday began."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day, set_total
from tests.support.consents import choose
from webapp.chase.queries import my_chase
from webapp.chase.yesterday_queries import Yesterday, since_yesterday, yesterday_began
from webapp.db import db
from webapp.extensions import clock
from webapp.leaderboards.queries import board_context_of, viewer_of_board
from webapp.models.scoring import LedgerDay
from webapp.rulebook.chase_news import GapChange, OddsMove
from webapp.rulebook.ruleset import RuleSet

YESTERDAY = TODAY - timedelta(days=1)


def board(app: Flask, rules: RuleSet | None = None) -> Made:
    """Ana, Ben, Caro: Ben ran 2 km yesterday, Caro 1 km today, and all of them every other day for weeks."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"], rules=rules)
    set_total(made, dict(zip(made.entries, (9000, 4000, 4000), strict=True)))
    set_day(made, made.entries[1], YESTERDAY, 2000)
    set_day(made, made.entries[2], TODAY, 1000)
    values = {"sport_class": "run", "distance_m": 1500, "moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": 1500}
    days = [TODAY - timedelta(days=ago) for ago in range(1, 60, 2)]
    rows = [{"runner_id": runner, "local_date": day, **values} for runner in made.runners for day in days]
    db.session.execute(insert(LedgerDay), rows)
    db.session.commit()
    publish(made)
    return made


def yesterday(made: Made, viewer: int = 1) -> Yesterday | None:
    found = viewer_of_board(str(made.group.slug), made.challenge.id, made.runners[viewer], 0)
    assert found
    context = board_context_of(found, clock().now())
    mine = my_chase(context, clock().now(), yesterday_began(found, clock().now()))
    assert mine
    return since_yesterday(context, mine, clock().now())


@pytest.mark.both_databases
def test_gaps_and_odds_are_compared_with_those_when_yesterday_began(app: Flask) -> None:
    made = board(app)
    found = yesterday(made)
    assert found
    assert found.gaps == {
        "ahead": GapChange("ahead", "Ana Ruiz", made.entries[0], 2000),
        "behind": GapChange("behind", "Caro Lang", made.entries[2], -1000),
    }
    assert found.move == OddsMove("ahead", "Ana Ruiz", 40, 45)


def test_nothing_moved_in_a_challenge_that_began_yesterday_and_after_the_last_day(app: Flask) -> None:
    made = board(app)
    for day, says in ((1, False), (2, False), (3, True), (30, True)):
        clock().set(now=NOON.replace(day=day))
        assert (yesterday(made) is not None) is says
    clock().set(now=NOON + timedelta(days=19))
    assert yesterday(made) is None


def test_one_who_does_not_show_their_days_moved_for_nobody_else(app: Flask) -> None:
    made = board(app, RuleSet(measure="points", shape="saddles"))
    choose(made.group.id, made.runners[0], "points")
    publish(made)
    found = yesterday(made)
    assert found and "ahead" not in found.gaps and "behind" in found.gaps


def test_a_longest_run_says_nothing_of_days(app: Flask) -> None:
    made = board(app, RuleSet(measure="longest_run"))
    for runner in made.runners:
        choose(made.group.id, runner, longest=True)
    publish(made)
    assert yesterday(made) == Yesterday({}, None)
