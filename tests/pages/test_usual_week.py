"""What a member usually runs, on the page of their total: only if they show it, and then no more than that."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.support.boards import NOON, Made, make_board, publish, set_total
from tests.support.consents import choose
from tests.support.finals import browser_of
from tests.support.looking_back import add_days
from tests.support.reading import plain
from webapp.extensions import clock

MONDAY = date(2026, 10, 12)


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana ran 21 km and 9 km in each of the last four weeks, and half of it a year ago; Ben looks at it."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode"])
    ana = made.runners[0]
    weeks = [MONDAY + timedelta(weeks=n) for n in range(4)]
    add_days([(ana, monday + timedelta(days=n), metres) for monday in weeks for n, metres in ((1, 21_000), (5, 9000))])
    add_days([(ana, monday - timedelta(weeks=52), 15_000) for monday in weeks])
    set_total(made, {made.entries[0]: 5000})
    publish(made)
    return made


def page(app: Flask, made: Made, viewer: int) -> str:
    address = f"/g/{made.group.slug}/c/{made.challenge.id}/r/{made.entries[0]}"
    return plain(browser_of(app, made, viewer).get(address).text)


@pytest.mark.both_databases
def test_others_see_it_once_it_is_switched_on(app: Flask, made: Made) -> None:
    assert "A usual week" not in page(app, made, 1)
    choose(made.group.id, made.runners[0], usual_week=True)
    seen = page(app, made, 1)
    assert "Last four weeks 30 km, 2 days" in seen and "A year ago 15 km, 1 day" in seen
    assert "of its week" not in seen
    choose(made.group.id, made.runners[0], longest=True)
    assert "Longest run, share of its week 50 %" in page(app, made, 1)
    choose(made.group.id, made.runners[0], usual_week=False)
    assert "A usual week" not in page(app, made, 1)


def test_whoever_shows_a_place_only_shows_no_week(app: Flask, made: Made) -> None:
    choose(made.group.id, made.runners[0], "points", usual_week=True)
    assert "Ana Ruiz" in page(app, made, 1) and "A usual week" not in page(app, made, 1)


def test_a_runner_sees_their_own_and_whether_others_do(app: Flask, made: Made) -> None:
    own = page(app, made, 0)
    assert "30 km, 2 days" in own and "50 %" in own and "Only you see this" in own
    choose(made.group.id, made.runners[0], usual_week=True)
    assert "Members see this, too" in page(app, made, 0)
