"""Storing whom a member chases."""

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from tests.support.boards import NOON, Made, make_board, publish
from tests.support.builders import make_runner
from tests.support.consents import choose
from webapp.circles.queries import circle_of
from webapp.circles.service import MAX_CHOSEN, CircleFull, add_runner, choose_kind, remove_runner
from webapp.db import db, write_transaction
from webapp.models.circles import CircleKind, CircleRunner


@pytest.fixture
def made(app: Flask) -> Made:
    made = make_board([f"Runner {n:02}" for n in range(MAX_CHOSEN + 3)])
    publish(made)
    return made


def add(made: Made, *others: int) -> None:
    """Have the first runner choose these."""
    with write_transaction():
        for other in others:
            add_runner(made.group.id, made.runners[0], made.runners[other], NOON)


def chosen(made: Made) -> set[int]:
    return {made.runners.index(runner) for runner in circle_of(made.group.id, made.runners[0]).runner_ids}


def test_choosing_a_runner_makes_it_a_circle_of_chosen_ones_and_another_kind_keeps_them(made: Made) -> None:
    group, runner = made.group.id, made.runners[0]
    add(made, 1, 2, 1)
    assert circle_of(group, runner).kind == CircleKind.PEOPLE
    with write_transaction():
        choose_kind(group, runner, CircleKind.CLOSE, NOON)
    assert circle_of(group, runner).kind == CircleKind.CLOSE
    add(made, 1)
    assert (circle_of(group, runner).kind, chosen(made)) == (CircleKind.PEOPLE, {1, 2})


def test_removing_a_runner_twice_or_from_no_circle_does_no_harm(made: Made) -> None:
    add(made, 1, 2)
    with write_transaction():
        for runner in (made.runners[0], made.runners[0], made.runners[5]):
            remove_runner(made.group.id, runner, made.runners[1], NOON)
    assert chosen(made) == {2}


def test_a_stranger_is_not_found(made: Made) -> None:
    stranger = make_runner("Sam Sun").id
    for runner, other in ((made.runners[0], stranger), (stranger, made.runners[0])):
        with pytest.raises(NotFound), write_transaction():
            add_runner(made.group.id, runner, other, NOON)
    assert db.session.scalars(select(CircleRunner)).all() == []


def test_a_full_circle_makes_room_only_of_those_whom_no_page_names(made: Made) -> None:
    add(made, *range(1, MAX_CHOSEN + 1))
    with pytest.raises(CircleFull):
        add(made, MAX_CHOSEN + 1)
    choose(made.group.id, made.runners[1], "points")
    add(made, MAX_CHOSEN + 1)
    assert chosen(made) == set(range(2, MAX_CHOSEN + 2))
