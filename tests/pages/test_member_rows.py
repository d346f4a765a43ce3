"""Members that a process renders once for what they show."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.board_pages import sign_in
from tests.support.boards import NOON, Made, make_board, publish
from tests.support.consents import choose
from tests.support.html import elements, shown
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.factory import create_app
from webapp.memberships.service import leave

NAMES = ["Ana Ruiz", "Ben Ode", "Caro Lind"]


@pytest.fixture
def made(app: Flask) -> Made:
    clock().set(now=NOON)
    made = make_board(NAMES, roles={0: "organiser"})
    publish(made)
    return made


@pytest.fixture
def processes(app: Flask) -> list[FlaskClient]:
    """A browser at each of two web processes, which share database and Redis and nothing else."""
    return [app.test_client(), create_app(app.extensions["settings"]).test_client()]


def members(client: FlaskClient, made: Made, viewer: int) -> list[str]:
    sign_in(client, made.runners[viewer])
    page = client.get(f"/g/{made.group.slug}").text
    return [shown(row.html or "") for row in elements(page, "#members .rows li")]


def test_each_member_is_marked_to_themselves_and_managed_by_organisers_alone(
    made: Made, processes: list[FlaskClient]
) -> None:
    for client in processes * 2:
        own = members(client, made, 0)
        assert own[0].startswith("Ana Ruiz You") and "Manage" not in own[0]
        assert all("Manage" in row and "You" not in row for row in own[1:])
        for viewer in (1, 2):
            rows = members(client, made, viewer)
            assert [place for place, row in enumerate(rows) if " You " in row] == [viewer]
            assert not any("Manage" in row for row in rows)


def test_one_who_hides_or_leaves_is_gone_in_every_process(made: Made, processes: list[FlaskClient]) -> None:
    assert all("Ben Ode" in " ".join(members(client, made, 2)) for client in processes)
    choose(made.group.id, made.runners[1], "hidden")
    for client in processes * 2:
        assert "Ben Ode You" in " ".join(members(client, made, 1)), "to themselves they have a name"
        assert "Ben Ode" not in " ".join(members(client, made, 2)) and len(members(client, made, 2)) == 3
    with write_transaction():
        leave(made.group.id, made.runners[1], NOON)
    assert all(len(members(client, made, viewer)) == 2 for client in processes for viewer in (0, 2))
