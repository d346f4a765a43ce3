"""Overtakes that a process renders once: whoever is named in one reads of themselves, and nobody else does."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.board_pages import sign_in
from tests.support.boards import NOON, Made, make_board, publish, set_total
from tests.support.consents import choose
from tests.support.html import elements, shown
from tests.support.overtakes import derive_overtakes
from webapp.extensions import clock
from webapp.factory import create_app

NAMES = ["Ana Ruiz", "Ben Ode", "Caro Lind", "Dora Lang"]


@pytest.fixture
def made(app: Flask) -> Made:
    """Dora went past the three others on the 5th."""
    clock().set(now=NOON)
    made = make_board(NAMES)
    set_total(made, dict(zip(made.entries, (3000, 2000, 1000, 500), strict=True)))
    publish(made)
    derive_overtakes(made)
    set_total(made, {made.entries[3]: 9000}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    return made


@pytest.fixture
def processes(app: Flask) -> list[FlaskClient]:
    """A browser at each of two web processes, which share database and Redis and nothing else."""
    return [app.test_client(), create_app(app.extensions["settings"]).test_client()]


def lines(client: FlaskClient, made: Made, viewer: int) -> list[str]:
    sign_in(client, made.runners[viewer])
    page = client.get(f"/g/{made.group.slug}").text
    return [shown(line.html or "", ".feed__words") for line in elements(page, ".feed__item")]


def test_each_viewer_reads_of_themselves_as_you(made: Made, processes: list[FlaskClient]) -> None:
    for client in processes * 2:
        assert lines(client, made, 3)[0].startswith("You went past Ana Ruiz")
        for viewer in (0, 1, 2):
            (line,) = lines(client, made, viewer)
            assert line.startswith("Dora Lang went past you") and NAMES[viewer] not in line


def test_one_who_shows_less_is_named_in_no_process_but_to_themselves(made: Made, processes: list[FlaskClient]) -> None:
    assert all("Ben Ode" in lines(client, made, 0)[0] for client in processes)
    choose(made.group.id, made.runners[1], "points")
    for client in processes * 2:
        assert all("Ben Ode" not in line for line in lines(client, made, 0))
        assert all("Ben Ode" not in line for line in lines(client, made, 1))


def test_overtakes_that_a_job_derives_after_the_board_are_read_at_once(
    made: Made, processes: list[FlaskClient]
) -> None:
    set_total(made, {made.entries[0]: 20_000}, day=date(2026, 11, 6))
    publish(made)
    assert all(len(lines(client, made, 1)) == 1 for client in processes)
    derive_overtakes(made)
    assert all(lines(client, made, 1)[0] == "Ana Ruiz went past Dora Lang" for client in processes)
