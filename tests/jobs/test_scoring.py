"""The jobs of scoring, through the queue."""

from flask import Flask
from rq import Queue
from sqlalchemy import select

from jobs.scoring import rederive_challenge
from tests.support.builders import make_challenge, make_entry, make_group, make_runner
from tests.support.runs import told
from webapp import queue
from webapp.activities.service import take_in
from webapp.extensions import begin_write, db, redis_client
from webapp.scoring.models import Standing


def test_a_challenge_is_derived_and_its_board_asked_for(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entry = make_entry(challenge, make_runner())
    begin_write()
    take_in(entry.runner_id, [told("1")])
    db.session.commit()
    challenge_id = challenge.id
    rederive_challenge(challenge_id)
    assert db.session.scalars(select(Standing.total)).all() == [10_000]
    asked = [(job.func_name, *job.args) for job in Queue(queue.QUEUE, connection=redis_client()).jobs]
    assert asked == [("jobs.leaderboards.publish", challenge_id)]


def test_a_challenge_that_is_gone_meanwhile_is_no_failure(app: Flask) -> None:
    rederive_challenge(4711)
    assert db.session.scalars(select(Standing)).all() == []
