"""What happens when Strava does not let us: an outcome for each, in words, and nothing erased."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import JSON, literal, update

from integrations.strava import errors
from integrations.strava.types import PushEvent
from tests.support.builders import make_challenge, make_entry, make_group
from tests.support.simulator import Simulator
from tests.support.strava import reads_of, requests_of
from tests.support.worker import process_jobs
from tests.sync.conftest import Connect, connection_of, due, progress_of, rest_of, set_connection, stored
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.queue import enqueue
from webapp.rulebook.ruleset import RuleSetError
from webapp.sync import rules, service
from webapp.sync.runner_sync_service import sync_runner


def test_a_limit_closes_the_gate_for_everyone_until_the_window_turns(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect, runner_id: int
) -> None:
    other = connect(int(simulator.athletes()[1]["id"]))
    simulator.faults(rate_429=1.0)
    for _ in range(3):
        enqueue(Job.PLAN_SYNCS)
        assert process_jobs(app) == [], "nothing is left to the queue: what is due is planned again"
    assert requests_of(simulator)["api GET api.activities"] == 1, "one refusal is a rest for all"
    assert "limits how much" in (progress_of(runner_id).problem or "")
    assert progress_of(runner_id).state == "waiting"
    connection = connection_of(runner_id)
    assert (connection.syncing_until, connection.failures) == (None, 0)
    simulator.faults(rate_429=0.0)
    clock.set(now=clock.now() + timedelta(minutes=16))
    enqueue(Job.PLAN_SYNCS)
    assert process_jobs(app) == []
    assert stored(runner_id) and stored(other)
    assert connection_of(runner_id).problem is None


@pytest.mark.parametrize("switches", [{"error_500": 1.0}, {"timeout": 1.0, "timeout_seconds": 0.5}])
def test_a_strava_that_does_not_answer_is_tried_with_growing_pauses_and_given_up_in_the_end(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, switches: dict[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    patient = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", patient.model_copy(update={"strava_timeout": 0.2}))
    simulator.faults(**switches)
    for tries in range(1, rules.MAX_FAILURES + 1):
        enqueue(Job.PLAN_SYNCS)
        assert process_jobs(app) == []
        connection = connection_of(runner_id)
        assert (connection.state, connection.syncing_until) == ("connected", None)
        assert requests_of(simulator)["api GET api.activities"] == connection.failures == tries
        assert "keep trying" in (connection.problem or "")
        assert due(clock) == {}, "the rounds leave them alone for a while"
        assert (connection.gave_up_at is not None) is (tries == rules.MAX_FAILURES)
        clock.set(now=rest_of(runner_id) + timedelta(seconds=1))
    simulator.faults(error_500=0.0, timeout=0.0)
    monkeypatch.setitem(app.extensions, "settings", patient)
    assert due(clock) == {runner_id: "first"}
    enqueue(Job.PLAN_SYNCS)
    assert process_jobs(app) == []
    assert stored(runner_id)
    connection = connection_of(runner_id)
    assert (connection.failures, connection.rest_until, connection.gave_up_at, connection.problem) == (0, *[None] * 3)


def test_a_new_event_is_worth_one_try_of_who_was_given_up(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    set_connection(failures=10, gave_up_at=clock.now(), rest_until=clock.now() + timedelta(hours=2))
    begin_write()
    service.store_event(PushEvent("activity", 5, "create", athlete_id, 1, clock.now(), {}), clock.now())
    db.session.commit()
    assert due(clock) == {runner_id: "event"}
    assert connection_of(runner_id).gave_up_at, "only a read clears that"
    sync_runner(runner_id, clock)
    assert connection_of(runner_id).gave_up_at is None


def test_a_revoked_token_hides_the_runner_and_erases_nothing_yet(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    before = stored(runner_id)
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    clock.set(now=clock.now() + timedelta(hours=48))
    with pytest.raises(errors.GrantRefused):
        sync_runner(runner_id, clock)
    connection = connection_of(runner_id)
    assert connection.state == "deauthorised"
    assert "Connect again" in (connection.problem or "")
    assert stored(runner_id) == before
    spent = requests_of(simulator)
    assert sync_runner(runner_id, clock) is False
    assert requests_of(simulator) == spent, "nothing more is spent on it"


@pytest.mark.both_databases
def test_a_missing_scope_is_told_and_not_tried_again(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id, ("read",))
    enqueue(Job.SYNC_RUNNER, runner_id)
    assert process_jobs(app) == []
    progress = progress_of(runner_id)
    assert progress.state == "failed"
    assert "ticked" in (progress.problem or "")
    assert connection_of(runner_id).state == "needs_reconnect"


def test_an_inactive_application_is_the_operators_matter(simulator: Simulator, clock: Clock, runner_id: int) -> None:
    simulator.faults(inactive=True)
    with pytest.raises(errors.Inactive) as failure:
        sync_runner(runner_id, clock)
    assert failure.value.retry_after == 3600
    assert connection_of(runner_id).state == "connected"
    assert "operator" in (connection_of(runner_id).problem or "")


def test_reads_are_spent_on_the_one_who_asked(simulator: Simulator, clock: Clock, runner_id: int) -> None:
    sync_runner(runner_id, clock)
    others = [who["id"] for who in simulator.athletes()[1:]]
    assert [reads_of(simulator, other) for other in others] == [0] * len(others)


def test_an_error_while_runs_are_stored_lets_the_runner_go_at_once(
    simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    challenge = make_challenge(make_group())
    make_entry(challenge, db.session.get_one(Runner, runner_id))
    db.session.execute(update(Challenge).values(rules=literal({"version": 99}, JSON)))
    db.session.commit()
    with pytest.raises(RuleSetError, match="not known here"):
        sync_runner(runner_id, clock)
    connection = connection_of(runner_id)
    assert connection.syncing_until is None and connection.problem == rules.OTHER_WORDS
