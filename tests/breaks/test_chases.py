"""A runner on a break is in no chase: nobody is ahead of them or behind them, and nobody passes anybody."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.board_pages import address, get
from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_total
from tests.support.html import shown
from tests.support.overtakes import derive_overtakes
from webapp.breaks.rules import Dates, WantedBreak
from webapp.breaks.service import end_break, take_break
from webapp.chase.feed_queries import feed_of
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.leaderboards.queries import viewer_of_board


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana is ahead of Ben and Caro, who are level, and they of Dora, and she of Eve."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang", "Dora Lee", "Eve Moe"])
    set_total(made, dict(zip(made.entries, (9000, 4000, 4000, 2500, 1000), strict=True)))
    publish(made)
    return made


def rest(
    made: Made, runner: int, starts_on: date = TODAY, ends_on: date | None = None, *, is_marked: bool = False
) -> None:
    with write_transaction():
        take_break(made.runners[runner], WantedBreak(Dates(starts_on, ends_on), is_marked=is_marked), TODAY, NOON)


def card(client: FlaskClient, made: Made, viewer: int) -> str:
    return shown(get(client, made, "/chase", viewer), "section.chase")


def tightest(client: FlaskClient, made: Made) -> list[tuple[str, str]]:
    page = shown(get(client, made, "/chase").split("The tightest chases")[1])
    return re.findall(r"(\w+) \w+(?: You)? (\d\.\d) km behind", page)


@pytest.mark.both_databases
def test_the_next_ahead_and_behind_are_the_next_who_are_not_on_a_break(client: FlaskClient, made: Made) -> None:
    for runner in (1, 2, 4):
        rest(made, runner)
    text = card(client, made, 3)
    assert "You are 4th, chasing Ana Ruiz" in text and "6.5 km ahead" in text
    assert "Eve" not in text and "Ben" not in text
    assert "Dora Lee 6.5 km back" in card(client, made, 0)


def test_nobody_is_told_to_lead_because_the_leader_is_on_a_break(client: FlaskClient, made: Made) -> None:
    rest(made, 0)
    text = card(client, made, 1)
    assert "You are 2nd" in text and "Nobody to chase at the moment" in text and "Beside you" in text
    assert "front" not in text and "set the pace" not in text
    clock().set(now=NOON + timedelta(days=40))
    assert "You came 2nd" in card(client, made, 1)


def test_one_of_two_who_are_level_is_still_chased(client: FlaskClient, made: Made) -> None:
    rest(made, 1)
    assert "chasing Caro Lang" in card(client, made, 3)
    assert "on the same total" not in card(client, made, 2)


def test_a_runner_on_a_break_chases_nobody_and_keeps_their_total(client: FlaskClient, made: Made) -> None:
    rest(made, 1, ends_on=date(2026, 11, 20))
    text = card(client, made, 1)
    assert "You are on a break" in text and "Until Fri 20 Nov you chase nobody" in text and "4.0 km" in text
    assert not [name for name in ("Ana", "Caro", "Dora", "in 100", "would") if name in text]


@pytest.mark.both_databases
def test_the_tightest_chases_leave_them_out_and_reach_past_them(client: FlaskClient, made: Made) -> None:
    """Those of Ana, who looks, stand first."""
    assert tightest(client, made) == [("Ben", "5.0"), ("Caro", "5.0"), ("Dora", "1.5"), ("Eve", "1.5")]
    rest(made, 3)
    assert tightest(client, made) == [("Ben", "5.0"), ("Caro", "5.0"), ("Eve", "3.0")]


def test_a_break_holds_on_its_dates_in_the_zone_of_the_group(client: FlaskClient, app: Flask) -> None:
    clock().set(now=NOON.replace(hour=23))
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"], tz="Asia/Tokyo")
    set_total(made, dict(zip(made.entries, (3000, 2000, 1000), strict=True)))
    publish(made, TODAY + timedelta(days=1))
    rest(made, 1, ends_on=TODAY)  # it is tomorrow in Tokyo
    assert "chasing Ben Ode" in card(client, made, 2)
    clock().set(now=NOON)
    assert "chasing Ana Ruiz" in card(client, made, 2)


def test_what_ended_is_shown_as_it_was_on_the_last_day(client: FlaskClient, made: Made) -> None:
    clock().set(now=NOON + timedelta(days=40))
    with write_transaction():
        take_break(made.runners[1], WantedBreak(Dates(date(2026, 12, 10), None)), date(2026, 12, 22), NOON)
    assert "Ana Ruiz stayed 5.0 km ahead" in card(client, made, 1)


def test_a_break_that_began_in_the_days_of_a_final_challenge_is_news_there(client: FlaskClient, made: Made) -> None:
    clock().set(now=NOON + timedelta(days=40))
    made.challenge.frozen_at = NOON + timedelta(days=30)
    db.session.commit()
    assert "Ben Ode stayed 1.5 km ahead" in card(client, made, 3)
    tag = client.get(address(made, "/chase/part")).headers["ETag"]
    with write_transaction():
        for runner in (1, 2):
            dates = Dates(date(2026, 11, 20), None)
            take_break(made.runners[runner], WantedBreak(dates), date(2026, 12, 22), NOON)
    assert client.get(address(made, "/chase/part"), headers={"If-None-Match": tag}).status_code == 200
    assert "Ana Ruiz stayed 6.5 km ahead" in card(client, made, 3)


@pytest.mark.both_databases
def test_overtakes_on_the_dates_of_a_break_are_not_shown(client: FlaskClient, made: Made) -> None:
    *_, dora, eve = made.entries
    set_total(made, {dora: 2000}, day=date(2026, 11, 5))
    set_total(made, {eve: 3200}, day=date(2026, 11, 6))
    publish(made)
    derive_overtakes(made)
    assert lines(made) == [("Eve Moe", ["Ben Ode", "Caro Lang"], 2), ("Dora Lee", ["Ben Ode", "Caro Lang"], 2)]
    rest(made, 1, starts_on=date(2026, 11, 6))
    assert lines(made) == [("Eve Moe", ["Caro Lang"], 1), ("Dora Lee", ["Ben Ode", "Caro Lang"], 2)]
    rest(made, 2, starts_on=date(2026, 11, 6))
    assert lines(made) == [("Dora Lee", ["Ben Ode", "Caro Lang"], 2)]
    rest(made, 3, starts_on=date(2026, 11, 5), ends_on=TODAY)
    assert lines(made) == []
    with write_transaction():
        end_break(made.runners[3], TODAY)
    assert lines(made) == []  # the dates stay those of a break


def lines(made: Made) -> list[tuple[str, list[str], int]]:
    found = viewer_of_board(made.group.slug, made.challenge.id, made.runners[0], 0)
    assert found
    return [(line.passer.name, [one.name for one in line.passed], line.passed_count) for line in feed_of(found).items]


def test_the_board_says_so_only_where_the_runner_wants_it(client: FlaskClient, made: Made) -> None:
    rest(made, 1)
    assert "on a break" not in shown(get(client, made), "table")
    assert "Ben Ode You on a break" in shown(get(client, made, viewer=1), "table")
    rest(made, 1, is_marked=True)
    board = shown(get(client, made), "table")
    assert "Ben Ode on a break" in board and "4.0 km" in board
    rest(made, 1, starts_on=TODAY + timedelta(days=1), is_marked=True)
    assert "on a break" not in shown(get(client, made), "table")


@pytest.mark.parametrize("part", ["/part", "/chase/part"])
def test_a_break_is_news_at_once(client: FlaskClient, made: Made, part: str) -> None:
    get(client, made, part)
    tag = client.get(address(made, part)).headers["ETag"]
    rest(made, 1, is_marked=True)
    assert client.get(address(made, part), headers={"If-None-Match": tag}).status_code == 200
