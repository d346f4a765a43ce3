"""Several processes need a new token at the same moment: one gets it, nobody asks twice, nothing is erased."""

import pytest
from flask import Flask

from tests.fault_injection.fork_server import ForkServer, kill
from tests.support.simulator import Simulator
from tests.support.strava import reads_of, requests_of
from tests.support.wrong_strava import wrong_strava
from tests.sync.acts import pass_by
from tests.sync.conftest import connection_of, set_connection, stored
from webapp.clock import Clock
from webapp.extensions import sealer
from webapp.job_names import Job
from webapp.sync import rules
from webapp.sync.runner_sync_service import sync_runner

pytestmark = pytest.mark.both_databases

USE_TOKEN = "tests.fault_injection.acts.use_token"
RACERS = 6
PUT_BACK = "Unavailable"
LEASE_S = rules.REFRESH_LEASE.total_seconds() + 1


def refreshes(simulator: Simulator) -> int:
    return requests_of(simulator).get("oauth refresh", 0)


def token_of(runner_id: int) -> str:
    return sealer().open(connection_of(runner_id).access_token)


@pytest.mark.parametrize("held_back", [False, True])
def test_processes_that_need_a_new_token_at_once_renew_it_once(
    simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int, held_back: bool
) -> None:
    before = token_of(runner_id)
    set_connection(expires_at=clock.now())
    simulator.faults(reuse_access_token=False, token_timeout=float(held_back), timeout_seconds=0.5)
    outcomes = {ended.result for ended in fork_server.run(USE_TOKEN, runner_id, times=RACERS)}
    fresh = token_of(runner_id)
    assert refreshes(simulator) == 1
    assert fresh != before
    assert fresh in outcomes
    assert outcomes <= {fresh, PUT_BACK}, "those who found it being renewed are put back"
    assert {ended.result for ended in fork_server.run(USE_TOKEN, runner_id, times=RACERS)} == {fresh}
    assert refreshes(simulator) == 1


def test_processes_whose_token_was_refused_at_once_renew_it_once(
    simulator: Simulator, fork_server: ForkServer, runner_id: int
) -> None:
    simulator.faults(reuse_access_token=False)
    refused = token_of(runner_id)
    outcomes = {ended.result for ended in fork_server.run(USE_TOKEN, runner_id, refused, times=RACERS)}
    assert refreshes(simulator) == 1
    assert outcomes <= {token_of(runner_id), PUT_BACK}
    assert refused not in outcomes


def test_processes_that_sync_one_runner_at_once_read_once(
    simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    fork_server.run(Job.SYNC_RUNNER, runner_id)
    once, brought = reads_of(simulator, athlete_id), stored(runner_id)
    set_connection(next_full_resync_at=None, expires_at=clock.now())
    assert [ended.signal for ended in fork_server.run(Job.SYNC_RUNNER, runner_id, times=RACERS)] == [0] * RACERS
    assert stored(runner_id) == brought
    assert refreshes(simulator) == 1
    assert reads_of(simulator, athlete_id) <= 2 * once


def test_a_lost_answer_is_not_asked_for_again_while_the_older_token_lives(
    simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int
) -> None:
    older = token_of(runner_id)
    set_connection(expires_at=clock.now() + rules.TOKEN_MARGIN / 2)
    simulator.faults(token_timeout=1.0, timeout_seconds=1.0)
    outcomes = {ended.result for ended in fork_server.run(USE_TOKEN, runner_id, times=RACERS, strava_timeout=0.3)}
    assert refreshes(simulator) == 1
    assert outcomes == {older}, "Strava takes it until its time is over"


def test_a_lost_answer_ends_in_one_later_try_and_then_the_runner_is_asked(
    simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int
) -> None:
    sync_runner(runner_id, clock)
    before = stored(runner_id)
    set_connection(expires_at=clock.now())
    simulator.faults(token_timeout=1.0, timeout_seconds=1.0)
    outcomes = {ended.result for ended in fork_server.run(USE_TOKEN, runner_id, times=RACERS, strava_timeout=0.3)}
    assert (refreshes(simulator), outcomes) == (1, {PUT_BACK})
    assert connection_of(runner_id).state == "connected", "nobody knows yet"
    pass_by(clock, seconds=LEASE_S)
    outcomes = {ended.result for ended in fork_server.run(USE_TOKEN, runner_id, times=RACERS)}
    assert "GrantRefused" in outcomes
    assert refreshes(simulator) == 2, "one later try, which finds the older token dead"
    assert connection_of(runner_id).state == "deauthorised", "and everything is there for seven days"
    assert stored(runner_id) == before


def test_a_refresh_that_strava_never_heard_of_is_made_good(
    simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int
) -> None:
    set_connection(expires_at=clock.now())
    with wrong_strava() as deaf:
        deaf.hang()
        (ended,) = fork_server.run(USE_TOKEN, runner_id, strava_oauth_base=deaf.base, strava_timeout=0.3)
    assert ended.result == PUT_BACK
    assert fork_server.run(USE_TOKEN, runner_id)[0].result == PUT_BACK
    assert refreshes(simulator) == 0
    pass_by(clock, seconds=LEASE_S)
    assert fork_server.run(USE_TOKEN, runner_id)[0].result == token_of(runner_id)
    assert connection_of(runner_id).state == "connected"


def test_a_process_killed_while_it_renews_holds_nobody_up_for_longer_than_its_lease(
    app: Flask, simulator: Simulator, fork_server: ForkServer, clock: Clock, runner_id: int
) -> None:
    set_connection(expires_at=clock.now())
    with wrong_strava() as deaf:
        deaf.hang()
        (pid,) = fork_server.start(USE_TOKEN, runner_id, strava_oauth_base=deaf.base)
        deaf.wait_for_call()
        kill(pid)
        assert fork_server.ended()[0].signal == 9
    assert fork_server.run(USE_TOKEN, runner_id)[0].result == PUT_BACK
    pass_by(clock, seconds=LEASE_S)
    assert fork_server.run(USE_TOKEN, runner_id)[0].result == token_of(runner_id)
