"""Tokens of runners: renewed by one, kept whole, and never lost by a fault that passes."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from integrations.strava import errors
from integrations.strava.types import PushEvent
from tests.support.simulator import Simulator
from tests.support.strava import granted, requests_of
from tests.sync.conftest import connection_of, due, rest_of, set_connection, stored
from webapp.clock import Clock
from webapp.crypto import Sealer
from webapp.db import begin_write, db
from webapp.extensions import sealer
from webapp.sync import service
from webapp.sync.runner_sync_service import sync_runner
from webapp.sync.token_service import KeysLost, access_token


def test_a_token_near_its_end_is_renewed_and_both_halves_are_kept(
    simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    clock.set(now=clock.now() + timedelta(hours=5, minutes=55))
    before = connection_of(runner_id)
    sealed = (before.access_token, before.refresh_token)
    sync_runner(runner_id, clock)
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
    sync_runner(runner_id, clock)
    assert stored(runner_id)
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
    sync_runner(runner_id, clock)
    assert stored(runner_id)


def test_a_refresh_that_timed_out_is_not_repeated_at_once(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = app.extensions["settings"].model_copy(update={"strava_timeout": 0.2})
    monkeypatch.setitem(app.extensions, "settings", hasty)
    set_connection(expires_at=clock.now() - timedelta(minutes=1))
    simulator.faults(token_timeout=1.0, timeout_seconds=0.5)
    for _ in range(3):
        with pytest.raises(errors.Unavailable):
            sync_runner(runner_id, clock)
    assert requests_of(simulator)["oauth refresh"] == 1


def test_whoever_connects_again_during_a_refresh_keeps_the_new_tokens(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    grant = granted(simulator, athlete_id)
    set_connection(access_token=sealer().seal(grant.access_token), refresh_token=sealer().seal(grant.refresh_token))
    assert access_token(runner_id, clock) == grant.access_token


def test_a_missing_key_of_ours_changes_no_connection_and_reading_goes_on_when_it_is_back(
    app: Flask, simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    with lost_keys(app):
        for _ in range(12):
            with pytest.raises(KeysLost):
                sync_runner(runner_id, clock)
            connection = connection_of(runner_id)
            assert (connection.state, connection.failures, connection.gave_up_at) == ("connected", 0, None)
            assert "operator" in (connection.problem or "")
            clock.set(now=rest_of(runner_id) + timedelta(seconds=1))
        assert not requests_of(simulator).get("oauth refresh"), "Strava is not asked"
    assert due(clock) == {runner_id: "first"}
    sync_runner(runner_id, clock)
    assert stored(runner_id)
    assert connection_of(runner_id).problem is None


def test_a_missing_key_never_lets_an_announced_ending_count(
    app: Flask, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    begin_write()
    ended = PushEvent("athlete", athlete_id, "update", athlete_id, 1, clock.now(), {"authorized": "false"})
    service.store_event(ended, clock.now())
    db.session.commit()
    with lost_keys(app), pytest.raises(KeysLost):
        sync_runner(runner_id, clock)
    assert connection_of(runner_id).state == "connected"


@contextmanager
def lost_keys(app: Flask) -> Iterator[None]:
    kept = app.extensions["sealer"]
    app.extensions["sealer"] = Sealer(["0" * 43 + "="])
    yield
    app.extensions["sealer"] = kept


def test_a_living_token_that_is_refused_for_a_while_is_read_with_again_by_itself(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    clock.set(now=clock.now() + timedelta(hours=1))
    simulator.faults(error_401=1.0)
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {"distance": 7_000.0})
    begin_write()
    service.store_event(PushEvent("activity", made["id"], "create", athlete_id, 1, clock.now(), {}), clock.now())
    db.session.commit()
    for tries in (1, 2):
        with pytest.raises(errors.Unavailable):
            sync_runner(runner_id, clock)
        connection = connection_of(runner_id)
        assert (connection.state, connection.failures) == ("connected", tries)
        clock.set(now=rest_of(runner_id) + timedelta(seconds=1))
    simulator.faults(error_401=0.0)
    assert due(clock) == {runner_id: "event"}, "what came meanwhile is not lost"
    sync_runner(runner_id, clock)
    assert str(made["id"]) in stored(runner_id)
    assert connection_of(runner_id).unauthorised_since is None
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{made['id']}")


def test_tokens_that_are_refused_for_hours_though_they_were_renewed_ask_the_runner(
    simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    simulator.faults(error_401=1.0)
    begun = clock.now()
    while clock.now() < begun + timedelta(hours=6):
        with pytest.raises(errors.Unavailable):
            sync_runner(runner_id, clock)
        assert connection_of(runner_id).state == "connected"
        clock.set(now=rest_of(runner_id) + timedelta(seconds=1))
    with pytest.raises(errors.TokenRefused):
        sync_runner(runner_id, clock)
    assert connection_of(runner_id).state == "needs_reconnect", "asked, and still on the boards"


def test_no_token_is_in_a_log_or_clear_in_the_database(
    simulator: Simulator, clock: Clock, runner_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = []
    for refused in (False, True):
        connection = connection_of(runner_id)
        secrets += [sealer().open(connection.access_token), sealer().open(connection.refresh_token)]
        if refused:
            set_connection(next_full_resync_at=None, expires_at=clock.now())
            simulator.faults(error_500=1.0, reuse_access_token=False)
            with pytest.raises(errors.Unavailable):
                sync_runner(runner_id, clock)
        else:
            sync_runner(runner_id, clock)
    connection = connection_of(runner_id)
    secrets += [sealer().open(connection.access_token), sealer().open(connection.refresh_token)]
    row = db.session.execute(text("SELECT * FROM connection")).one()
    assert len(set(secrets)) >= 4
    assert not [secret for secret in secrets if secret in caplog.text or secret in str(tuple(row))]
