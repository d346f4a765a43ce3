"""Runs dated ahead, by a watch whose clock is wrong or by hand: they count once their date has begun."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.scoring import rederive_due
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.derived import derive_from_nothing, everything, read_in
from tests.support.runs import make_run, reported_on
from webapp import queue
from webapp.challenge_admin.closing_queries import job_awaited
from webapp.clock import latest_date
from webapp.db import db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.models.scoring import DayScore, LedgerDay, Standing
from webapp.redis import redis_client
from webapp.rulebook.judging import (
    REVIEWABLE,
    ChallengeRules,
    Decision,
    Override,
    RunnerContext,
    Verdict,
    counting,
    ledger,
    verdicts,
)
from webapp.scoring.entry_queries import due_again
from webapp.scoring.verdict_queries import verdicts_of

TODAY, AHEAD = date(2026, 11, 12), date(2026, 11, 25)
NOVEMBER = ChallengeRules(date(2026, 11, 1), date(2026, 11, 30))


@dataclass(frozen=True, slots=True)
class Runs:
    runner_id: int
    challenge: Challenge


@pytest.fixture
def runs(app: Flask) -> Runs:
    """A runner in November's challenge, with a run of today and one dated 13 days ahead."""
    group, ana = make_group(), make_runner()
    make_member(group, ana)
    challenge = make_challenge(group)
    make_entry(challenge, ana)
    read_in(ana.id, [reported_on("1", TODAY), reported_on("2", AHEAD)])
    return Runs(ana.id, challenge)


def counted_days() -> tuple[list[date], list[date], int]:
    """Return the dates of the board, those of the ledger, and the total."""
    scored = db.session.scalars(select(DayScore.local_date).order_by(DayScore.local_date)).all()
    stored = db.session.scalars(select(LedgerDay.local_date).order_by(LedgerDay.local_date)).all()
    return list(scored), list(stored), db.session.scalars(select(Standing.total)).one()


def due_on(runner_id: int) -> date | None:
    return db.session.scalar(select(Runner.rederive_on).where(Runner.id == runner_id))


def test_a_date_begins_where_it_begins_first_on_earth() -> None:
    assert latest_date(datetime(2026, 11, 12, 9, 59, 59, tzinfo=UTC)) == date(2026, 11, 12)
    assert latest_date(datetime(2026, 11, 12, 10, 0, tzinfo=UTC)) == date(2026, 11, 13)


def test_a_date_one_day_ahead_of_utc_is_ordinary_and_the_next_one_is_not() -> None:
    today = latest_date(datetime(2026, 11, 12, 12, tzinfo=UTC))
    near, far = make_run(local_date=date(2026, 11, 13)), make_run(local_date=date(2026, 11, 14))
    assert verdicts([near, far], NOVEMBER, RunnerContext(), today) == {near.id: Verdict.COUNTS, far.id: Verdict.NOT_YET}


def test_no_override_overrules_a_date_that_has_not_begun() -> None:
    ahead = make_run(local_date=AHEAD)
    own = RunnerContext(
        overrides={(ahead.source, ahead.source_id): Override(Decision.COUNT, ahead.distance_m, ahead.moving_s)}
    )
    assert verdicts([ahead], NOVEMBER, own, TODAY) == {ahead.id: Verdict.NOT_YET}
    assert Verdict.NOT_YET not in REVIEWABLE
    assert verdicts([ahead], NOVEMBER, own, AHEAD) == {ahead.id: Verdict.COUNTS}


def test_a_run_dated_ahead_knocks_out_no_run_of_the_same_time() -> None:
    """The same recording twice, once with a wrong date of its zone."""
    today, ahead = make_run(local_date=TODAY), make_run(local_date=AHEAD, distance_m=10_500)
    assert [run.id for run in counting([today, ahead], NOVEMBER, RunnerContext(), TODAY)] == [today.id]
    assert {day for _, day in ledger([today, ahead], TODAY)} == {TODAY}


@pytest.mark.both_databases
def test_nothing_that_counts_includes_a_run_dated_ahead_and_its_owner_reads_why(runs: Runs) -> None:
    assert counted_days() == ([TODAY], [TODAY], 10_000)
    judged = {each.activity.source_id: each for each in verdicts_of(runs.runner_id, runs.challenge, clock().now())}
    assert (judged["1"].verdict, judged["2"].verdict) == (Verdict.COUNTS, Verdict.NOT_YET)
    assert "judged on its date" in (judged["2"].words.remedy or "")
    of_ledger = verdicts_of(runs.runner_id, None, clock().now())
    assert {each.verdict for each in of_ledger} == {
        Verdict.COUNTS,
        Verdict.NOT_YET,
    }


def test_it_is_judged_by_itself_when_its_date_comes_and_only_then(app: Flask, runs: Runs) -> None:
    before = datetime(2026, 11, 24, 9, 59, tzinfo=UTC)
    clock().set(now=before, speed=0)  # on a busy machine a minute may pass between two lines
    rederive_due()
    assert counted_days() == ([TODAY], [TODAY], 10_000)
    clock().set(now=before + timedelta(minutes=1), speed=0)
    audit = app.test_cli_runner().invoke(args=["audit"])
    assert (audit.exit_code, "1 runners are not compared" in audit.output) == (0, True)
    rederive_due()
    assert counted_days() == ([TODAY, AHEAD], [TODAY, AHEAD], 20_000)
    assert (Job.PUBLISH_BOARD, runs.challenge.id) in [
        (job.func_name, *job.args) for job in queue.job_queue(redis_client()).jobs
    ]
    once = everything()
    rederive_due()
    assert everything() == once == derive_from_nothing()
    assert due_again(latest_date(clock().now())) == []


def test_the_earliest_date_ahead_is_stored_and_cleared_with_its_run(runs: Runs) -> None:
    assert due_on(runs.runner_id) == AHEAD
    read_in(runs.runner_id, [reported_on("3", AHEAD - timedelta(days=2))])
    assert due_on(runs.runner_id) == AHEAD - timedelta(days=2)
    read_in(runs.runner_id, [reported_on("2", TODAY)], gone=("3",))
    assert due_on(runs.runner_id) is None


def test_a_run_that_comes_in_while_another_is_due_derives_them_both(runs: Runs) -> None:
    """The job has not run yet, and what comes in touches other dates only."""
    clock().set(now=datetime(2026, 11, 25, 12, tzinfo=UTC))
    read_in(
        runs.runner_id, [reported_on("4", TODAY, distance_m=5_000, start_utc=datetime(2026, 11, 12, 17, tzinfo=UTC))]
    )
    assert counted_days() == ([TODAY, AHEAD], [TODAY, AHEAD], 25_000)
    assert due_on(runs.runner_id) is None


def test_a_challenge_is_not_frozen_while_a_run_of_its_dates_is_due(runs: Runs) -> None:
    assert job_awaited(runs.challenge) == Job.REDERIVE_DUE
    clock().set(now=datetime(2026, 12, 2, 13, tzinfo=UTC))
    rederive_due(runs.challenge.id)
    assert job_awaited(runs.challenge) != Job.REDERIVE_DUE
