"""What all have together: a shared goal or a journey on the board."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_total
from tests.support.html import shown
from webapp.db import db
from webapp.extensions import clock
from webapp.rulebook.ruleset import RuleSet


@pytest.fixture
def made(app: Flask) -> Made:
    """Two runners on their way to 100 km, 30 of which are run on the day before."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode"])
    made.challenge.rules = RuleSet(shape="group_goal", params={"goal": 100_000})
    db.session.commit()
    set_total(made, {made.entries[0]: 20_000, made.entries[1]: 10_000}, day=TODAY - timedelta(days=1))
    publish(made)
    return made


def board_of(client: FlaskClient, made: Made) -> str:
    with client.session_transaction() as session:
        session["runner"], session["epoch"] = made.runners[1], 0
    return client.get(f"/g/{made.group.slug}/c/{made.challenge.id}").text


def test_the_board_says_how_far_all_are_and_what_a_day_takes(client: FlaskClient, made: Made) -> None:
    page = board_of(client, made)
    assert "30.0 km</strong> of" in page and "100.0 km" in page and "30 % is done" in page
    # 70 km over the 19 days from the 12th to the 30th.
    assert "3.7 km</span> a day, all together" in page


def test_a_run_brings_all_nearer_and_over_the_goal_it_is_said(client: FlaskClient, made: Made) -> None:
    set_total(made, {made.entries[1]: 70_000}, day=TODAY)
    publish(made)
    page = board_of(client, made)
    assert "100.0 km</strong> of" in page and "The goal is reached" in page


def test_nobody_has_a_place_on_the_way_to_one_goal(client: FlaskClient, made: Made) -> None:
    page = board_of(client, made)
    board = f"/g/{made.group.slug}/c/{made.challenge.id}"
    answer = client.get(f"{board}/board.json").get_json()
    assert [(row["name"], row["rank"]) for row in answer["runners"]] == [("Ana Ruiz", None), ("Ben Ode", None)]
    assert "board--no-places" in page and ">Place<" not in page and "To next ahead" not in page
    assert "You run together, towards one goal" in client.get(f"{board}/chase").text
    for path in (f"/g/{made.group.slug}", f"{board}/r/{made.entries[0]}", "/home"):
        shown = client.get(path).text
        assert ">Place<" not in shown and "place 2" not in shown and "no place yet" not in shown


def test_other_challenges_say_nothing_of_it(client: FlaskClient, made: Made) -> None:
    made.challenge.rules = made.challenge.shown_rules = RuleSet()
    made.challenge.version += 1
    db.session.commit()
    assert "all together" not in board_of(client, made)


def on_the_way(made: Made, ana: int, ben: int) -> None:
    """Send both along the West Highland Way (19 km to Drymen, 31 to Balmaha, 154 in all), by two totals in metres."""
    rules = RuleSet(shape="journey", params={"route": "west_highland"})
    made.challenge.rules = made.challenge.shown_rules = rules
    db.session.commit()
    totals = dict(zip(made.entries, (ana - 20_000, ben - 10_000), strict=True))
    set_total(made, totals, day=TODAY)
    publish(made)


def test_the_board_says_where_all_are_on_the_way_and_where_i_am(client: FlaskClient, made: Made) -> None:
    on_the_way(made, 21_000, 24_000)
    page = shown(board_of(client, made))
    assert "From Milngavie to Fort William" in page
    assert "All together: 45.0 km of 154.0 km Past Rowardennan; 10.0 km more to Inversnaid." in page
    assert "You: 24.0 km of 154.0 km Past Drymen; 7.0 km more to Balmaha." in page


def test_someone_who_is_at_the_end_has_arrived(client: FlaskClient, made: Made) -> None:
    on_the_way(made, 21_000, 154_000)
    assert shown(board_of(client, made)).count("Arrived at Fort William.") == 2


def test_without_a_way_nobody_is_on_one(client: FlaskClient, made: Made) -> None:
    assert "Milngavie" not in board_of(client, made)
