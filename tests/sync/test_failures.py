"""What happens when Strava does not let us: an outcome for each, in words, and nothing erased."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.registry import ScheduledJobRegistry
from sqlalchemy import text, update

from integrations.strava import errors
from tests.support.simulator import Simulator
from tests.support.strava import granted, reads_of, requests_of
from tests.support.worker import work_off
from tests.sync.conftest import Connect, connection_of, held, progress_of
from webapp import queue
from webapp.clock import Clock
from webapp.crypto import Sealer
from webapp.extensions import db, redis_client, sealer
from webapp.queue import ask
from webapp.sync import queries
from webapp.sync.models import Connection
from webapp.sync.pull import pull
from webapp.sync.tokens import access_token


@pytest.fixture
def runner_id(connect: Connect, athlete_id: int) -> int:
    return connect(athlete_id)


def scheduled() -> int:
    redis: Redis = redis_client()
    return len(ScheduledJobRegistry(queue=Queue(queue.QUEUE, connection=redis)).get_job_ids())  # type: ignore[no-untyped-call]  # RQ's


def set_connection(**values: object) -> None:
    db.session.execute(update(Connection).values(**values))
    db.session.commit()


def test_a_limit_puts_the_pull_back_and_lets_everyone_rest(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect, runner_id: int
) -> None:
    other = connect(int(simulator.athletes()[1]["id"]))
    simulator.faults(rate_429=1.0)
    for runner in (runner_id, other):
        ask("jobs.sync.pull", runner)
    assert work_off(app, delayed=False) == []
    assert scheduled() == 2
    assert requests_of(simulator)["api GET api.activities"] == 1, "one refusal is a rest for all"
    assert "only so much" in (progress_of(runner_id).problem or "")
    assert progress_of(runner_id).state == "waiting"
    assert connection_of(runner_id).pulling_until is None
    simulator.faults(rate_429=0.0)
    clock.set(now=clock.now() + timedelta(minutes=16))
    pull(runner_id, clock)
    assert held(runner_id)
    assert connection_of(runner_id).problem is None


@pytest.mark.parametrize("switches", [{"error_500": 1.0}, {"timeout": 1.0, "timeout_seconds": 0.5}])
def test_a_strava_that_does_not_answer_is_left_to_the_queue_and_healed_later(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, switches: dict[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    hasty = app.extensions["settings"].model_copy(update={"strava_timeout": 0.2})
    monkeypatch.setitem(app.extensions, "settings", hasty)
    simulator.faults(**switches)
    ask("jobs.sync.pull", runner_id)
    failures = work_off(app)
    assert len(failures) == 1, "after its tries the job lies among the failed"
    assert "Unavailable" in failures[0]
    assert requests_of(simulator)["api GET api.activities"] == 1 + len(queue.RETRY_PAUSES)
    connection = connection_of(runner_id)
    assert (connection.state, connection.pulling_until) == ("connected", None)
    assert "keep trying" in (connection.problem or "")
    assert runner_id not in queries.to_sweep(clock.now() + timedelta(minutes=1), 10)
    simulator.faults(error_500=0.0, timeout=0.0)
    later = clock.now() + timedelta(hours=1)
    assert runner_id in queries.to_sweep(later, 10)
    clock.set(now=later)
    pull(runner_id, clock)
    assert held(runner_id)


def test_a_revoked_token_asks_the_runner_and_erases_nothing(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    pull(runner_id, clock)
    before = held(runner_id)
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    clock.set(now=clock.now() + timedelta(hours=25))
    with pytest.raises(errors.GrantRefused):
        pull(runner_id, clock)
    connection = connection_of(runner_id)
    assert connection.state == "needs_reconnect"
    assert "Connect again" in (connection.problem or "")
    assert held(runner_id) == before
    spent = requests_of(simulator)
    assert pull(runner_id, clock) is False
    assert requests_of(simulator) == spent, "nothing more is spent on it"


def test_a_missing_scope_is_told_and_not_tried_again(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id, ("read",))
    ask("jobs.sync.pull", runner_id)
    assert work_off(app) == []
    progress = progress_of(runner_id)
    assert progress.state == "failed"
    assert "ticked" in (progress.problem or "")
    assert connection_of(runner_id).state == "needs_reconnect"


def test_an_inactive_application_is_the_operators_matter(simulator: Simulator, clock: Clock, runner_id: int) -> None:
    simulator.faults(inactive=True)
    with pytest.raises(errors.Inactive) as failure:
        pull(runner_id, clock)
    assert failure.value.retry_after == 3600
    assert connection_of(runner_id).state == "connected"
    assert "operator" in (connection_of(runner_id).problem or "")


def test_a_token_near_its_end_is_renewed_and_both_halves_are_kept(
    simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    clock.set(now=clock.now() + timedelta(hours=5, minutes=55))
    before = connection_of(runner_id)
    sealed = (before.access_token, before.refresh_token)
    pull(runner_id, clock)
    after = connection_of(runner_id)
    assert after.access_token not in sealed
    assert after.refresh_token not in sealed
    assert after.expires_at > clock.now() + timedelta(hours=5)
    assert requests_of(simulator)["oauth refresh"] == 1


def test_a_refused_token_is_renewed_once_and_the_read_goes_on(
    simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    simulator.faults(reuse_access_token=False)
    set_connection(access_token=sealer().seal("stale"))
    pull(runner_id, clock)
    assert held(runner_id)
    assert requests_of(simulator)["oauth refresh"] == 1


def test_two_that_need_a_new_token_at_once_renew_it_once(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    set_connection(expires_at=clock.now() + timedelta(minutes=1))

    def use_token() -> str:
        with app.app_context():
            try:
                return access_token(runner_id, clock)
            except errors.Unavailable as busy:
                assert busy.retry_after
                return "put back"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as callers:
        got = set(callers.map(lambda _: use_token(), range(4)))
    assert requests_of(simulator)["oauth refresh"] == 1
    fresh = sealer().open(connection_of(runner_id).access_token)
    assert fresh in got
    pull(runner_id, clock)
    assert held(runner_id)


def test_a_refresh_that_timed_out_is_not_repeated_at_once(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = app.extensions["settings"].model_copy(update={"strava_timeout": 0.2})
    monkeypatch.setitem(app.extensions, "settings", hasty)
    set_connection(expires_at=clock.now() - timedelta(minutes=1))
    simulator.faults(token_timeout=1.0, timeout_seconds=0.5)
    for _ in range(3):
        with pytest.raises(errors.Unavailable):
            pull(runner_id, clock)
    assert requests_of(simulator)["oauth refresh"] == 1


def test_whoever_connects_anew_during_a_refresh_keeps_the_new_tokens(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    grant = granted(simulator, athlete_id)
    set_connection(access_token=sealer().seal(grant.access_token), refresh_token=sealer().seal(grant.refresh_token))
    assert access_token(runner_id, clock) == grant.access_token


def test_lost_keys_ask_the_runner_to_connect_again(
    app: Flask, clock: Clock, runner_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "sealer", Sealer(["0" * 43 + "="]))
    with pytest.raises(errors.GrantRefused):
        pull(runner_id, clock)
    assert connection_of(runner_id).state == "needs_reconnect"


def test_no_token_is_in_a_log_or_clear_in_the_database(
    simulator: Simulator, clock: Clock, runner_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = []
    for refused in (False, True):
        connection = connection_of(runner_id)
        secrets += [sealer().open(connection.access_token), sealer().open(connection.refresh_token)]
        if refused:
            set_connection(looked_at=None, expires_at=clock.now())
            simulator.faults(error_500=1.0, reuse_access_token=False)
            with pytest.raises(errors.Unavailable):
                pull(runner_id, clock)
        else:
            pull(runner_id, clock)
    connection = connection_of(runner_id)
    secrets += [sealer().open(connection.access_token), sealer().open(connection.refresh_token)]
    row = db.session.execute(text("SELECT * FROM connection")).one()
    assert len(set(secrets)) >= 4
    assert not [secret for secret in secrets if secret in caplog.text or secret in str(tuple(row))]


def test_reads_are_spent_on_the_one_who_asked(simulator: Simulator, clock: Clock, runner_id: int) -> None:
    pull(runner_id, clock)
    others = [who["id"] for who in simulator.athletes()[1:]]
    assert [reads_of(simulator, other) for other in others] == [0] * len(others)
