"""Strava refuses in the middle of the work of several processes: nobody asks on, everybody is read when it may be."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from flask import Flask

from tests.fault_injection.fork_server import ForkServer
from tests.support.browser import Browser, signed_in, words
from tests.support.paged_strava import PagedStrava
from tests.support.rows import api_row
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.strava import listed, requests_of
from tests.support.worker import process_jobs
from tests.support.wrong_strava import wrong_strava
from tests.sync.acts import let_a_round_work, pass_by
from tests.sync.conftest import Connect, connection_of, progress_of, stored
from webapp.clock import Clock
from webapp.db import db
from webapp.extensions import budget, sealer
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.sync.runner_sync_service import sync_runner

SYNC = Job.SYNC_RUNNER
BEGIN = datetime(2026, 11, 12, 10, 1, tzinfo=UTC)
QUARTER_S = 15 * 60
NO_LISTS: tuple[Any, ...] = (
    b"<html>Strava is down for maintenance</html>",
    b'[{"id": 1, ',
    b"",
    {"message": "hm"},
    b"[" * 100_000,
)
INVALID_TOKEN = {"message": "Authorization Error", "errors": [{"resource": "Athlete", "field": "access_token"}]}


@pytest.fixture
def clock(clock: Clock) -> Clock:
    clock.set(now=BEGIN)
    return clock


@pytest.fixture
def runners(simulator: Simulator, connect: Connect, athlete_id: int) -> dict[int, int]:
    """Everybody of the simulator, connected and waiting for the initial import: runner by athlete."""
    athletes = [int(who["id"]) for who in simulator.athletes()]
    made = {athlete: connect(athlete) for athlete in athletes}
    simulator.control("DELETE", "counters")
    return made


@pytest.fixture
def tier(simulator: Simulator) -> Iterator[None]:
    """The tier of the simulator is put back; resetting its faults leaves it."""
    yield
    simulator.faults(tier="reviewed")


@pytest.fixture
def operator(app: Flask, runner_id: int, athlete_id: int) -> Iterator[Browser]:
    browser = signed_in(app, db.session.get_one(Runner, runner_id))
    with with_settings(app, operators=(str(athlete_id),)):
        yield browser


def reads(simulator: Simulator) -> int:
    return sum(times for name, times in requests_of(simulator).items() if name.startswith("api GET"))


def spend(simulator: Simulator, runner_id: int, calls: int) -> None:
    """Spend the application's allowance behind our back, as another program of the same application would."""
    token = sealer().open(connection_of(runner_id).access_token)
    for _ in range(calls):
        requests.get(f"{simulator.base}/api/v3/athlete", headers={"Authorization": f"Bearer {token}"}, timeout=20)


def assert_nothing_is_lost(simulator: Simulator, runners: dict[int, int]) -> None:
    for athlete, runner in runners.items():
        assert stored(runner) == {str(row["id"]) for row in listed(simulator, athlete)}
        connection = connection_of(runner)
        assert (connection.state, connection.problem, connection.failures) == ("connected", None, 0)
        assert progress_of(runner).state == "done"


# 429 -------------------------------------------------------------------------------------------------------------


@pytest.mark.only_postgresql  # where workers at once do not wait for each other
def test_a_limit_that_is_met_by_several_workers_stops_all_of_them_until_the_window_turns(
    app: Flask, simulator: Simulator, fork_server: ForkServer, clock: Clock, runners: dict[int, int], tier: None
) -> None:
    simulator.faults(tier="default")
    first, *others = runners.values()
    fork_server.run(SYNC, first)
    spend(simulator, first, 100 - reads(simulator))
    fork_server.run_each(SYNC, others)
    assert 100 < reads(simulator) <= 100 + len(others), "those under way at once, and nobody after them"
    asked = reads(simulator)
    assert "limit" in (budget().state().closed_why or "")
    fork_server.run_each(SYNC, others)
    let_a_round_work(app)
    assert reads(simulator) == asked
    assert [progress_of(runner).state for runner in runners.values()] == ["done", *["waiting"] * len(others)]
    assert all("limits how much" in (progress_of(runner).problem or "") for runner in others)
    pass_by(clock, seconds=QUARTER_S)
    let_a_round_work(app)
    assert_nothing_is_lost(simulator, runners)


# 403 Inactive ----------------------------------------------------------------------------------------------------


def test_an_inactive_application_pauses_everything_until_a_probe_is_served(
    app: Flask, simulator: Simulator, fork_server: ForkServer, clock: Clock, runners: dict[int, int]
) -> None:
    simulator.faults(inactive=True)
    fork_server.run_each(SYNC, runners.values())
    assert 1 <= reads(simulator) <= len(runners), "those under way at once"
    asked = reads(simulator)
    fork_server.run_each(SYNC, runners.values())
    let_a_round_work(app)
    assert reads(simulator) == asked, "the whole sync pauses"
    for probes in (1, 2):
        pass_by(clock, seconds=QUARTER_S + 1)
        fork_server.run_each(SYNC, runners.values())
        let_a_round_work(app)
        assert reads(simulator) == asked + probes, "one goes first to see whether Strava serves us again"
    simulator.faults(inactive=False)
    fork_server.run_each(SYNC, runners.values())
    assert reads(simulator) == asked + 2
    pass_by(clock, seconds=QUARTER_S + 1)
    for _ in range(2):
        let_a_round_work(app)
    assert_nothing_is_lost(simulator, runners)


def test_the_operator_sees_why_everything_pauses_and_asks_again_by_a_click(
    app: Flask, simulator: Simulator, runner_id: int, athlete_id: int, operator: Browser
) -> None:
    simulator.faults(inactive=True)
    let_a_round_work(app)
    assert "switched this application off" in words(operator.get("/operator"))
    simulator.faults(inactive=False)
    operator.post("/operator/gate/open")
    assert process_jobs(app) == []
    assert_nothing_is_lost(simulator, {athlete_id: runner_id})
    assert "switched this application off" not in words(operator.get("/operator"))


# 401 -------------------------------------------------------------------------------------------------------------


def test_a_token_refused_in_the_middle_of_a_list_is_renewed_once_and_the_page_asked_for_once_more(
    simulator: Simulator, fork_server: ForkServer, strava: PagedStrava, runner_id: int
) -> None:
    strava.pages = [[api_row(), api_row("2026-11-11 07:00:00")], [api_row("2026-11-10 07:00:00")]]
    strava.refusals[2] = (401, INVALID_TOKEN)
    fork_server.run(SYNC, runner_id, strava_api_base=strava.base)
    assert strava.calls == ["page 1", "page 2", "page 2", "page 3"]
    assert requests_of(simulator)["oauth refresh"] == 1
    assert len(stored(runner_id)) == 3
    assert connection_of(runner_id).state == "connected"


def test_a_token_that_is_refused_even_when_it_is_new_is_tried_again_later_and_nothing_is_erased(
    app: Flask, simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int
) -> None:
    sync_runner(runner_id, clock)
    before = stored(runner_id)
    pass_by(clock, hours=48)
    with wrong_strava() as strava:
        strava.answer(401, INVALID_TOKEN)
        fork_server.run(SYNC, runner_id, strava_api_base=strava.base)
        assert strava.calls == 2, "once, and once more with a new token"
    connection = connection_of(runner_id)
    assert (connection.state, connection.failures) == ("connected", 1)
    assert "keep trying" in (connection.problem or "")
    assert stored(runner_id) == before


@pytest.mark.both_databases
def test_a_grant_that_is_refused_to_several_workers_has_ended_and_nothing_is_erased_yet(
    app: Flask, simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    before = stored(runner_id)
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    pass_by(clock, hours=48)
    fork_server.run(SYNC, runner_id, times=4)
    assert requests_of(simulator)["oauth refresh"] == 1
    assert connection_of(runner_id).state == "deauthorised"
    assert stored(runner_id) == before
    browser = signed_in(app, db.session.get_one(Runner, runner_id))
    assert "Connect again" in words(browser.get("/home")), "the runner is told"


# What nobody can read --------------------------------------------------------------------------------------------


def test_what_is_no_list_is_a_failure_and_removes_nothing(
    fork_server: ForkServer, clock: Clock, runner_id: int
) -> None:
    sync_runner(runner_id, clock)
    before = stored(runner_id)
    for body in NO_LISTS:
        pass_by(clock, hours=48)
        with wrong_strava() as strava:
            strava.answer(200, body)
            assert fork_server.run(SYNC, runner_id, strava_api_base=strava.base)[0].result is None
        connection = connection_of(runner_id)
        assert (connection.state, connection.failures, connection.syncing_until) == ("connected", 1, None), body
        assert stored(runner_id) == before, body
        pass_by(clock, minutes=1)
        sync_runner(runner_id, clock)
        assert connection_of(runner_id).failures == 0
