"""A member's circle: whom their chase speaks of, and that nobody else learns of it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support import chases
from tests.support.board_pages import address, get, sign_in
from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_total
from tests.support.builders import make_runner
from tests.support.consents import choose
from tests.support.html import shown
from tests.support.settings import with_settings
from webapp.breaks.rules import Dates, WantedBreak
from webapp.breaks.service import take_break
from webapp.circles.service import MAX_CHOSEN
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.memberships.service import leave
from webapp.models.circles import Circle, CircleRunner


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana, Caro and Eve are Reds; Ben, Dora and Finn are Blues; Dora is the one who chases."""
    clock().set(now=NOON)
    names = ["Ana Ruiz", "Ben Ode", "Caro Lang", "Dora Lee", "Eve Moe", "Finn Orr"]
    made = make_board(names, teams=["Reds", "Blues"])
    set_total(made, dict(zip(made.entries, (9000, 8000, 5000, 4000, 2500, 1000), strict=True)))
    publish(made)
    return made


def post(client: FlaskClient, made: Made, tail: str = "", **fields: str) -> int:
    sign_in(client, made.runners[3])
    return client.post(f"/g/{made.group.slug}/circle{tail}", data=fields).status_code


def chosen(client: FlaskClient, made: Made, *runners: int) -> None:
    for runner in runners:
        assert post(client, made, f"/{made.runners[runner]}") == 302


def card(client: FlaskClient, made: Made) -> str:
    return chases.card(client, made, 3)


@pytest.mark.both_databases
def test_the_next_ahead_and_behind_are_those_of_the_circle(client: FlaskClient, made: Made) -> None:
    assert "chasing Caro Lang" in card(client, made)
    post(client, made, kind="team")
    text = card(client, made)
    assert "chasing Ben Ode" in text and "4.0 km ahead" in text and "Finn Orr 3.0 km back" in text
    chosen(client, made, 0, 5, 1)
    text = card(client, made)
    assert "chasing Ben Ode" in text and "Finn Orr" in text
    post(client, made, f"/{made.runners[1]}/remove")
    assert "chasing Ana Ruiz" in card(client, made)
    post(client, made, kind="close")
    text = card(client, made)
    assert "chasing Caro Lang" in text and "Eve Moe 1.5 km back" in text
    post(client, made, kind="nearest")
    assert "Eve Moe 1.5 km back" in card(client, made)


@pytest.mark.both_databases
def test_nobody_who_shows_a_place_alone_is_told_to_be_close(client: FlaskClient, made: Made) -> None:
    """Named or not, it would say about how far they have run."""
    choose(made.group.id, made.runners[2], "points")
    post(client, made, kind="close")
    text = card(client, made)
    assert "Caro" not in text and "Ben" not in text and "Eve Moe 1.5 km back" in text
    set_total(made, {made.entries[1]: 5500})
    publish(made)
    text = card(client, made)
    assert "chasing Ben Ode" in text and "1.5 km ahead" in text and "Caro" not in text


def test_where_nobody_shows_figures_the_close_are_the_nearest(app: Flask, client: FlaskClient, made: Made) -> None:
    post(client, made, kind="close")
    with with_settings(app, sharing="points"):
        assert "chasing Caro Lang" in card(client, made)
        set_total(made, {made.entries[2]: 7500})
        publish(made)
        assert "chasing Caro Lang" in card(client, made)


def test_chosen_runners_drop_out_without_a_word(client: FlaskClient, made: Made) -> None:
    chosen(client, made, 0, 1, 2, 4)
    with write_transaction():
        take_break(made.runners[2], WantedBreak(Dates(TODAY, None)), TODAY, NOON)
        leave(made.group.id, made.runners[4], NOON)
    choose(made.group.id, made.runners[1], "points")
    text = card(client, made)
    assert "chasing Ana Ruiz" in text and "Nobody in your circle" in text
    page = shown(client.get(f"/g/{made.group.slug}/circle").text)
    assert "Remove Ana Ruiz" in page and "Remove Caro Lang" in page
    assert "Ben" not in page and "Eve" not in page
    choose(made.group.id, made.runners[0], "hidden")
    text = card(client, made)
    assert "None of the runners you chose is ahead of you or behind you here." in text
    assert "You are 3rd" in text and "front" not in text


def test_a_circle_without_anybody_says_what_there_is_instead(client: FlaskClient, made: Made) -> None:
    post(client, made, kind="people")
    assert "None of the runners you chose" in card(client, made)
    home = shown(client.get("/home").text, ".morning")
    assert "Next ahead Nobody in your circle" in home and "Open road" not in home
    made.challenge.version += 1
    db.session.commit()
    set_total(made, {made.entries[3]: 36_000})
    publish(made)
    post(client, made, kind="close")
    assert "You are in front" in card(client, made)


def test_a_change_is_news_for_the_page_that_is_open(client: FlaskClient, made: Made) -> None:
    get(client, made, "/chase/part", 3)
    tag = client.get(address(made, "/chase/part")).headers["ETag"]
    post(client, made, kind="team")
    assert client.get(address(made, "/chase/part"), headers={"If-None-Match": tag}).status_code == 200


def test_members_are_found_by_name_but_not_those_who_hide_their_totals(client: FlaskClient, made: Made) -> None:
    choose(made.group.id, made.runners[1], "points")
    sign_in(client, made.runners[3])
    found = shown(client.get(f"/g/{made.group.slug}/circle?q=e").text)
    assert "Add Caro" not in found and "Add Eve Moe" in found and "Add Dora" not in found and "Ben" not in found
    assert "Nobody found" in client.get(f"/g/{made.group.slug}/circle?q=%25").text


def test_nobody_chooses_themselves_a_stranger_or_one_who_hides_their_totals(client: FlaskClient, made: Made) -> None:
    stranger = make_runner("Sam Sun").id
    choose(made.group.id, made.runners[1], "points")
    for runner_id in (made.runners[3], made.runners[1], stranger, 999_999):
        assert post(client, made, f"/{runner_id}") == 404
    assert post(client, made, kind="everybody") == 400
    assert db.session.scalars(select(Circle)).all() == []
    assert post(client, made, f"/{stranger}/remove") == 302


def test_a_full_circle_says_so(client: FlaskClient, app: Flask) -> None:
    clock().set(now=NOON)
    made = make_board([f"Runner {n:02}" for n in range(MAX_CHOSEN + 2)])
    publish(made)
    *others, last = (n for n in range(len(made.runners)) if n != 3)
    chosen(client, made, *others)
    assert post(client, made, f"/{made.runners[last]}") == 409


@pytest.mark.both_databases
def test_a_circle_ends_with_the_membership_of_either(client: FlaskClient, made: Made) -> None:
    chosen(client, made, 0, 1)
    with write_transaction():
        leave(made.group.id, made.runners[0], NOON)
    assert db.session.scalars(select(CircleRunner.chosen_id)).all() == [made.runners[1]]
    with write_transaction():
        leave(made.group.id, made.runners[3], NOON)
    assert db.session.scalars(select(Circle)).all() == [] and db.session.scalars(select(CircleRunner)).all() == []
