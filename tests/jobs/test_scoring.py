"""The jobs of scoring, through the queue."""

from datetime import date

from flask import Flask
from sqlalchemy import select

from jobs.scoring import rederive_challenge, rederive_due
from tests.support.builders import make_challenge, make_connection, make_entry, make_group, make_runner
from tests.support.runs import reported
from webapp import queue
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.job_names import Job
from webapp.models.scoring import LedgerDay, Standing
from webapp.redis import redis_client


def test_a_challenge_is_derived_and_its_board_enqueued(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entry = make_entry(challenge, make_runner())
    begin_write()
    ingest(entry.runner_id, [reported("1")])
    db.session.commit()
    challenge_id = challenge.id
    rederive_challenge(challenge_id)
    assert db.session.scalars(select(Standing.total)).all() == [10_000]
    asked = [(job.func_name, *job.args) for job in queue.job_queue(redis_client()).jobs]
    assert asked == [(Job.PUBLISH_BOARD, challenge_id)]


def test_a_ledger_that_holds_only_you_runs_is_derived_again_where_its_runs_are_stored(app: Flask) -> None:
    runner = make_runner()
    make_connection(runner, read_from=date(2026, 11, 1))
    begin_write()
    ingest(runner.id, [reported("1", private=True)])
    for day in (date(2026, 10, 12), date(2026, 11, 12)):
        values = {"distance_m": 10_000, "moving_s": 3_000, "climb_m": 40, "runs": 1, "longest_m": 10_000}
        db.session.add(LedgerDay(runner_id=runner.id, sport_class="run", local_date=day, **values))
    db.session.commit()
    assert app.test_cli_runner().invoke(args=["audit"]).exit_code == 1
    # As the upgrade does for every runner.
    runner.rederive_on = date(1970, 1, 1)
    db.session.commit()
    rederive_due()
    # The earlier day is a fact: nothing is held from which it could be derived.
    assert db.session.scalars(select(LedgerDay.local_date)).all() == [date(2026, 10, 12)]
    assert app.test_cli_runner().invoke(args=["audit"]).exit_code == 0


def test_a_challenge_that_is_gone_meanwhile_is_no_failure(app: Flask) -> None:
    rederive_challenge(4711)
    assert db.session.scalars(select(Standing)).all() == []
