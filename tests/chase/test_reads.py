"""What is read and withdrawn of overtakes is looked up: it does not grow with those of other dates and challenges."""

from datetime import date

import pytest
from flask import Flask

from tests.support.boards import NOON, Made, make_board, publish, set_day
from tests.support.overtakes import derive_overtakes
from tests.support.plans import plans_about
from webapp.chase.feed_queries import feed_of
from webapp.chase.pair_queries import tightest
from webapp.chase.service import work_out
from webapp.extensions import clock
from webapp.leaderboards.queries import Viewer, board_context_of, viewer_of_board

pytestmark = pytest.mark.only_sqlite

FIRST, SECOND = date(2026, 11, 3), date(2026, 11, 5)


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana went past Ben on the second date, and Caro past both."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    ana, ben, caro = made.entries
    for entry, first, second in ((ana, 3000, 4000), (ben, 5000, 0), (caro, 2000, 6000)):
        set_day(made, entry, FIRST, first)
        set_day(made, entry, SECOND, second)
    publish(made)
    derive_overtakes(made)
    return made


def viewer(made: Made) -> Viewer:
    found = viewer_of_board(str(made.group.slug), made.challenge.id, made.runners[2], 0)
    assert found
    return found


def test_withdrawing_looks_up_the_lines_that_are_no_longer_true(made: Made) -> None:
    for entry in made.entries:
        set_day(made, entry, SECOND, 0)
    publish(made)
    with plans_about("passed") as plans:
        derive_overtakes(made)
    assert work_out(made.challenge.id, date(2026, 11, 12)) is None
    deleted = [plan for plan in plans if "passer_id=? AND local_date=?" in plan]
    assert deleted
    assert [plan for plan in plans if "SCAN passed" in plan] == []


def test_the_feed_looks_up_who_was_passed(made: Made) -> None:
    with plans_about("passed.place") as plans:
        feed = feed_of(viewer(made))
    assert [(line.passer.name, [one.name for one in line.passed]) for line in feed.items] == [
        ("Caro Lang", ["Ana Ruiz", "Ben Ode"]), ("Ana Ruiz", ["Ben Ode"]),
    ]  # fmt: skip
    assert len(plans) == 1
    assert "passer_id=? AND local_date=?" in plans[0]
    # And not the consents of everybody in the group.
    assert "group_id=? AND runner_id=?" in plans[0]


def test_a_page_of_chases_looks_up_who_is_chased(made: Made) -> None:
    context = board_context_of(viewer(made), NOON)
    with plans_about("min(placement.entry_id)") as plans:
        pairs = tightest(context, NOON, 1).pairs
    assert [(pair.behind.name, pair.ahead.name) for pair in pairs] == [
        ("Ana Ruiz", "Caro Lang"), ("Ben Ode", "Ana Ruiz"),
    ]  # fmt: skip
    assert len(plans) == 1
    assert "challenge_id=? AND bucket=? AND total=?" in plans[0]
