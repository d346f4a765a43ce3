"""What is read of a board does not grow with its members where it is about one of them."""

from datetime import date

import pytest
from flask import Flask

from tests.support.boards import make_board, publish, set_total
from tests.support.plans import plans_about
from webapp.db import begin_write
from webapp.scoring.entry_queries import days_of

pytestmark = [pytest.mark.only_sqlite, pytest.mark.usefixtures("noon")]

OF_EVERYBODY = "ix_day_score_challenge_id_local_date"


def test_publishing_one_run_reads_the_days_of_its_runner_alone(app: Flask) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, {made.entries[0]: 5000, made.entries[1]: 7000})
    publish(made)
    set_total(made, {made.entries[0]: 9000})
    begin_write()
    with plans_about("day_score") as plans:
        publish(made)
    assert plans
    assert [plan for plan in plans if OF_EVERYBODY in plan] == []


def test_opening_a_total_reads_the_days_of_its_runner_alone(app: Flask) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, {made.entries[0]: 5000, made.entries[1]: 7000})
    with plans_about("day_score") as plans:
        found = days_of(made.runners[0], made.challenge.id)
    assert [day.value for day in found] == [5000]
    assert found[0].day <= date(2026, 11, 12)
    assert len(plans) == 1
    assert OF_EVERYBODY not in plans[0]
