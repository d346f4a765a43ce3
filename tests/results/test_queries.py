"""The audit of frozen challenges: results against the totals behind them, and against their checksum."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from tests.support.boards import Made
from tests.support.builders import make_connection
from tests.support.cast import run_jobs
from tests.support.finals import leaves, make_final
from webapp.db import db
from webapp.leaderboards import service as boards
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.models.results import Result, TeamResult
from webapp.results import queries
from webapp.rulebook.results import checksum

FIVE = {"Ana Ruiz": 9000, "Ben Ode": 7000, "Cy Sol": 4000, "Dora Lang": 4000, "Eve Ito": 0}
SEAL = "the results do not fit their checksum"


@pytest.fixture
def made(app: Flask) -> Made:
    return make_final(FIVE, ["Reds", "Blues"])


def audit(app: Flask) -> str:
    db.session.rollback()
    output = app.test_cli_runner().invoke(args=["audit"]).output
    # These boards are made of days without runs.
    return "\n".join(line for line in output.splitlines() if line.startswith("results of"))


def tamper(made: Made, place: int, **values: Any) -> None:
    mine = update(Result).where(Result.challenge_id == made.challenge.id, Result.place == place)
    db.session.execute(mine.values(**values))
    db.session.commit()


def test_results_as_they_were_stored_are_no_difference(app: Flask, made: Made) -> None:
    assert audit(app) == ""


@pytest.mark.parametrize("place", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("column", ["rank", "total", "days", "gap", "team_id", "runner_id"])
def test_a_place_that_was_tampered_with_is_named(app: Flask, made: Made, place: int, column: str) -> None:
    values = {"team_id": None, "runner_id": None}
    tamper(made, place, **{column: values.get(column, 9)})
    said = audit(app)
    assert f"results of challenge {made.challenge.id}: {SEAL}" in said
    assert f": place {place}: " in said


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("column", ["rank", "score", "score_of", "total", "active", "met", "members", "former"])
def test_a_team_that_was_tampered_with_is_named(app: Flask, made: Made, number: int, column: str) -> None:
    mine = update(TeamResult).where(TeamResult.team_id == made.teams[number])
    db.session.execute(mine.values({column: 7 if column != "members" else 0}))
    db.session.commit()
    said = audit(app)
    assert SEAL in said
    assert f"team {made.teams[number]}: " in said


@pytest.mark.parametrize("place", [1, 3, 5])
def test_a_place_that_is_missing_is_named(app: Flask, made: Made, place: int) -> None:
    db.session.execute(delete(Result).where(Result.place == place))
    db.session.commit()
    said = audit(app)
    assert SEAL in said
    assert place == 5 or f"place {place} is missing" in said


def test_a_checksum_that_was_made_to_fit_hides_nothing(app: Flask, made: Made) -> None:
    tamper(made, 2, total=8000)
    stands = checksum(queries.places_of(made.challenge.id), queries.team_places_of(made.challenge.id))
    db.session.execute(update(Challenge).values(checksum=stands))
    db.session.commit()
    assert SEAL not in audit(app) and ": place 2: " in audit(app)


@pytest.mark.parametrize("gone", [[0], [1, 3], [4], [2, 3], [0, 1, 2, 3]])
def test_a_former_member_is_no_difference(app: Flask, made: Made, gone: list[int]) -> None:
    for number in gone:
        leaves(made, number)
        run_jobs(app)
        assert audit(app) == ""


def test_a_former_member_who_is_given_a_value_again_is_named(app: Flask, made: Made) -> None:
    leaves(made, 1)
    tamper(made, 2, total=7000)
    assert "place 2: something is kept of a former member" in audit(app)


def test_someone_who_is_hidden_is_no_difference(app: Flask, made: Made) -> None:
    make_connection(db.session.get_one(Runner, made.runners[1]), state="deauthorised")
    boards.hide_runner(made.runners[1])
    db.session.commit()
    run_jobs(app)
    assert audit(app) == ""
