"""The jobs of the board, with a real queue and a real worker."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from tests.support.boards import NOON, TODAY, make_board, publish, set_total
from tests.support.cast import run_jobs
from webapp import queue
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.leaderboards import service
from webapp.models.challenges import Challenge
from webapp.models.chase import Overtake
from webapp.models.scoring import Standing

pytestmark = pytest.mark.usefixtures("noon")


def test_one_publishing_brings_board_and_overtakes_up_to_date(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    set_total(made, {made.entries[0]: 1000, made.entries[1]: 2000})
    set_total(made, {made.entries[0]: 1500}, day=TODAY - timedelta(days=1))
    queue.enqueue(Job.PUBLISH_BOARD, made.challenge.id)
    run_jobs(app)
    assert db.session.scalar(select(Challenge.as_of)) == TODAY
    assert db.session.scalars(select(Overtake.passer_id)).all() == [made.entries[0]]
    assert db.session.scalar(select(Challenge.overtakes_from)) is None


def test_publishing_goes_on_until_nothing_waits(app: Flask) -> None:
    made = make_board([f"Runner {n}" for n in range(5)])
    publish(made)
    set_total(made, dict.fromkeys(made.entries, 1000))
    with write_transaction():
        assert service.publish(made.challenge.id, TODAY, batch=2).more
    run_jobs(app)
    assert db.session.scalars(select(Standing.entry_id).where(Standing.dirty_from.is_not(None))).all() == []


def test_a_new_day_is_published_by_itself(app: Flask) -> None:
    made = make_board(["Ana"])
    publish(made)
    clock().set(now=NOON + timedelta(days=1))
    queue.enqueue(Job.ROLL_OVER_DAYS)
    run_jobs(app)
    assert db.session.scalar(select(Challenge.as_of)) == TODAY + timedelta(days=1)


def test_the_groups_own_midnight_turns_the_day(app: Flask) -> None:
    made = make_board(["Ana"], tz="Pacific/Auckland")
    publish(made)
    queue.enqueue(Job.ROLL_OVER_DAYS)
    run_jobs(app)
    assert db.session.scalar(select(Challenge.as_of)) == TODAY + timedelta(days=1)


def test_a_closed_board_stays_as_it_was(app: Flask) -> None:
    made = make_board(["Ana"])
    publish(made)
    clock().set(now=NOON + timedelta(days=60))
    queue.enqueue(Job.ROLL_OVER_DAYS)
    run_jobs(app)
    assert db.session.scalar(select(Challenge.version)) == 1


def test_what_a_lost_job_left_is_found_again(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    publish(made)
    set_total(made, {made.entries[0]: 1000})
    queue.enqueue(Job.ROLL_OVER_DAYS)
    run_jobs(app)
    assert db.session.scalars(select(Standing.entry_id).where(Standing.dirty_from.is_not(None))).all() == []
    db.session.execute(update(Challenge).values(overtakes_from=TODAY))
    db.session.commit()
    queue.enqueue(Job.ROLL_OVER_DAYS)
    run_jobs(app)
    assert db.session.scalar(select(Challenge.overtakes_from)) is None


def test_a_challenge_that_is_gone_fails_nothing(app: Flask) -> None:
    made = make_board(["Ana"])
    queue.enqueue(Job.PUBLISH_BOARD, made.challenge.id)
    queue.enqueue(Job.DERIVE_OVERTAKES, made.challenge.id)
    db.session.execute(delete(Challenge))
    db.session.commit()
    run_jobs(app)
