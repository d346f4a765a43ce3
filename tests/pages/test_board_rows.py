"""Rows that a process keeps for all viewers: no process shows one that may no longer be seen."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.boards import NOON, Made, make_board, publish, set_total
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.factory import create_app
from webapp.leaderboards.service import hide_runner
from webapp.memberships.service import leave

NAMES = ["Ana Ruiz", "Ben Ode", "Caro Lind"]


@pytest.fixture
def made(app: Flask) -> Made:
    clock().set(now=NOON)
    made = make_board(NAMES, teams=["Reds", "Blues"])
    set_total(made, dict(zip(made.entries, (9000, 6000, 4000), strict=True)))
    publish(made)
    return made


@pytest.fixture
def processes(app: Flask) -> list[FlaskClient]:
    """A browser at each of two web processes, which share database and Redis and nothing else."""
    return [app.test_client(), create_app(app.extensions["settings"]).test_client()]


def page(client: FlaskClient, made: Made, viewer: int) -> str:
    with client.session_transaction() as session:
        session["runner"], session["epoch"] = made.runners[viewer], 0
    answer = client.get(f"/g/{made.group.slug}/c/{made.challenge.id}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_each_viewer_sees_themselves_marked_among_shared_rows(made: Made, processes: list[FlaskClient]) -> None:
    for client in processes * 2:
        for viewer in range(len(NAMES)):
            assert page(client, made, viewer).count('class="tag tag--me">You<') == 2, "in the table and in their team"


def test_one_who_leaves_is_gone_from_the_rows_of_every_process(made: Made, processes: list[FlaskClient]) -> None:
    assert all("Ben Ode" in page(client, made, 0) for client in processes * 2)
    with write_transaction():
        leave(made.group.id, made.runners[1], NOON)
    assert all("Ben Ode" not in page(client, made, viewer) for client in processes for viewer in (0, 2))


def test_a_runner_taken_off_the_boards_is_gone_in_every_process(made: Made, processes: list[FlaskClient]) -> None:
    assert all("Ben Ode" in page(client, made, 0) for client in processes)
    with write_transaction():
        hide_runner(made.runners[1])
    assert all("Ben Ode" not in page(client, made, viewer) for client in processes for viewer in (0, 2))
