"""Chases of four runners, with days that odds are made of."""

from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy import insert

from tests.support.board_pages import get
from tests.support.boards import TODAY, Made, make_board, publish, set_day
from tests.support.html import shown
from webapp.db import db
from webapp.models.scoring import LedgerDay
from webapp.rulebook.ruleset import RuleSet

FIRST = date(2026, 11, 1)


def board(rules: RuleSet | None = None, teams: tuple[str, ...] = (), amount: int = 10_000) -> Made:
    """Make four runners; each ran every other day for two months, and the later ones a little less in the challenge."""
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang", "Dora Moe"], rules=rules, teams=teams)
    for number, entry in enumerate(made.entries):
        for day in (0, 4, 9):
            set_day(made, entry, FIRST + timedelta(days=day), amount - number * amount // 20)
    ledger = [
        {"runner_id": runner, "sport_class": "run", "local_date": TODAY - timedelta(days=age), "distance_m": 6_000,
         "moving_s": 2000, "climb_m": 10, "runs": 1, "longest_m": 6_000}
        for runner in made.runners for age in range(1, 60, 2)
    ]  # fmt: skip
    db.session.execute(insert(LedgerDay), ledger)
    publish(made)
    return made


def card(client: FlaskClient, made: Made, viewer: int) -> str:
    """Return what the page of the chase says of a runner's own."""
    return shown(get(client, made, "/chase", viewer), "section.chase")
