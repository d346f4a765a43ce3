"""A runner's weeks on their own pages: from the ledger and their breaks, to nobody else."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.board_pages import sign_in
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.html import elements, shown
from tests.support.runs import reported_on
from webapp.activities.service import ingest
from webapp.db import db
from webapp.extensions import clock
from webapp.models.breaks import RunnerBreak
from webapp.rulebook.streaks import WeekKind
from webapp.scoring.service import rederive
from webapp.streaks.queries import own_streak

TODAY = NOON.date()  # a Thursday


@pytest.fixture
def runner_id(app: Flask) -> int:
    clock().set(now=NOON)
    runner = make_runner("Ana Ruiz")
    make_member(make_group(), runner)
    return runner.id


def run(runner_id: int, *days_ago: int, private: bool = False) -> None:
    rows = [reported_on(f"run-{runner_id}-{n}", TODAY - timedelta(days=n), private=private) for n in days_ago]
    ingest(runner_id, rows)
    rederive(runner_id, None, NOON)
    db.session.commit()


def kinds(runner_id: int) -> list[WeekKind]:
    return [week.kind for week in own_streak(runner_id, TODAY).weeks.weeks]


@pytest.mark.both_databases
def test_weeks_come_from_the_ledger_and_wait_for_breaks(runner_id: int) -> None:
    assert kinds(runner_id) == [WeekKind.OPEN]
    run(runner_id, 7, 28)
    first = TODAY - timedelta(days=21)
    db.session.add(RunnerBreak(runner_id=runner_id, starts_on=first, ends_on=first))
    db.session.commit()
    assert kinds(runner_id) == [WeekKind.RUN, WeekKind.PAUSED, WeekKind.PASSED, WeekKind.RUN, WeekKind.OPEN]
    run(runner_id, 0, private=True)
    assert kinds(runner_id)[-1] is WeekKind.RUN


def test_my_start_page_draws_my_weeks_and_celebrates_a_return(client: FlaskClient, runner_id: int) -> None:
    sign_in(client, runner_id)
    assert "My weeks" not in shown(client.get("/home").text)
    run(runner_id, 40, 3)
    page = client.get("/home").text
    assert "Good to have you back!" in shown(page) and "Your run on Mon 9 Nov" in shown(page)
    assert "A week with a run: that is how it begins. This week counts already." in shown(page)
    assert len(elements(page, ".weeks-drawn .week-dot")) == 12
    clock().set(now=NOON + timedelta(days=4))
    page = shown(client.get("/home").text)
    assert "Good to have you back!" not in page and "One run by Sunday keeps it going" in page


def test_no_page_shows_a_zero(client: FlaskClient, runner_id: int) -> None:
    run(runner_id, 90, 97)
    sign_in(client, runner_id)
    assert "Any run this week starts a new streak." in shown(client.get("/home").text)
    history = shown(client.get("/me/history").text, ".panel-dark")
    assert "Most weeks in a row 2 weeks" in history
