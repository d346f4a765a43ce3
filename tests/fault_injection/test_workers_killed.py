"""Work horses and workers are killed in the middle of a pull, by the kernel's own signal: the work is done again."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask

from tests.fault_injection.conftest import pass_by, wait_until
from tests.fault_injection.crew import Crew
from tests.support.paged_strava import PagedStrava
from tests.support.rows import api_row
from tests.sync.conftest import connection_of, held, progress_of
from webapp.clock import Clock
from webapp.job_names import Job
from webapp.queue import enqueue
from webapp.sync import rules

LEASE_S = rules.LEASE.total_seconds() + 1
# It is a minute or so; a busy machine may take longer.
PATIENCE_S = 150.0


@pytest.fixture
def listed(clock: Clock, strava: PagedStrava) -> set[str]:
    """Two pages of runs; returns their ids."""
    starts = [[clock.now() - timedelta(days=age) for age in page] for page in ((1, 2, 3), (4, 5))]
    strava.pages = [[api_row(f"{start:%Y-%m-%d %H:%M:%S}") for start in page] for page in starts]
    return {str(row["id"]) for page in strava.pages for row in page}


def pull_and_kill(strava: PagedStrava, runner_id: int, kill: Callable[[], object]) -> None:
    """Have the runner read by whoever works, and kill when the second page is asked for."""
    done = Event()

    def kill_them() -> None:
        kill()
        done.set()

    strava.before[2] = kill_them
    enqueue(Job.SYNC_RUNNER, runner_id)
    assert done.wait(60), "the second page was not asked for"


def assert_it_ends_well(runner_id: int, listed: set[str]) -> None:
    wait_until(lambda: progress_of(runner_id).state == "done", "the pull to be done", PATIENCE_S)
    assert held(runner_id) == listed
    connection = connection_of(runner_id)
    assert (connection.state, connection.syncing_until, connection.problem) == ("connected", None, None)


def test_a_horse_is_killed_and_another_one_does_its_work(
    app: Flask, crew: Crew, strava: PagedStrava, clock: Clock, runner_id: int, listed: set[str]
) -> None:
    pull_and_kill(strava, runner_id, crew.kill_horse)
    assert progress_of(runner_id).state == "reading"
    pass_by(clock, seconds=LEASE_S)
    assert_it_ends_well(runner_id, listed)


@pytest.mark.only_postgresql
def test_a_horse_is_killed_in_a_later_one_of_its_jobs_and_that_one_is_done_again(
    app: Flask, crew: Crew, strava: PagedStrava, clock: Clock, runner_id: int, listed: set[str]
) -> None:
    enqueue(Job.TAKE_SAMPLE)  # a horse goes on with what waits behind its first job
    pull_and_kill(strava, runner_id, crew.kill_horse)
    pass_by(clock, seconds=LEASE_S)
    assert_it_ends_well(runner_id, listed)


def test_a_worker_is_killed_and_the_next_one_does_its_work(
    app: Flask, crew: Crew, strava: PagedStrava, clock: Clock, runner_id: int, listed: set[str]
) -> None:
    pull_and_kill(strava, runner_id, crew.kill_worker)
    pass_by(clock, seconds=LEASE_S)
    assert_it_ends_well(runner_id, listed)


@pytest.mark.only_postgresql
def test_everything_is_killed_at_once_and_what_is_started_again_does_the_work(
    app: Flask, crew: Crew, strava: PagedStrava, clock: Clock, runner_id: int, listed: set[str]
) -> None:
    pull_and_kill(strava, runner_id, crew.kill_all)
    pass_by(clock, seconds=LEASE_S)
    crew.start()
    assert_it_ends_well(runner_id, listed)
