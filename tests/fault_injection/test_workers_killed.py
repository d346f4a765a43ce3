"""Work horses and workers are killed in the middle of a sync, by the kernel's own signal: the work is done again."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

from flask import Flask

from jobs.schedule import ENTRIES
from tests.fault_injection.conftest import wait_until
from tests.fault_injection.crew import Crew
from tests.support.paged_strava import PagedStrava
from tests.support.rows import api_row
from tests.support.simulator import Simulator
from tests.sync.acts import pass_by
from tests.sync.conftest import Connect, connection_of, progress_of, stored
from webapp.clock import Clock
from webapp.job_names import Job
from webapp.queue import enqueue
from webapp.sync import rules

LEASE_S = rules.LEASE.total_seconds() + 1
# It is a quarter of a minute or so; a busy machine may take longer.
PATIENCE_S = 300.0


def list_new_runs(clock: Clock, strava: PagedStrava) -> set[str]:
    """Let Strava list two pages of new runs; returns their ids."""
    starts = [[clock.now() - timedelta(days=age) for age in page] for page in ((1, 2, 3), (4, 5))]
    strava.pages = [[api_row(f"{start:%Y-%m-%d %H:%M:%S}") for start in page] for page in starts]
    return {str(row["id"]) for page in strava.pages for row in page}


def sync_and_kill(strava: PagedStrava, runner_id: int, kill: Callable[[], object]) -> None:
    """Have the runner read by whoever works, and kill when the second page is asked for."""
    done = Event()

    def kill_them() -> None:
        kill()
        done.set()

    strava.before[2] = kill_them
    enqueue(Job.SYNC_RUNNER, runner_id)
    assert done.wait(PATIENCE_S), "the second page was not asked for"


def assert_it_ends_well(runner_id: int, listed: set[str]) -> None:
    wait_until(lambda: progress_of(runner_id).state == "done", "the sync to be done", PATIENCE_S)
    assert stored(runner_id) == listed
    connection = connection_of(runner_id)
    assert (connection.state, connection.syncing_until, connection.problem) == ("connected", None, None)


def test_a_horse_a_worker_and_everything_is_killed_and_what_comes_after_does_the_work(
    app: Flask, crew: Crew, strava: PagedStrava, clock: Clock, simulator: Simulator, connect: Connect
) -> None:
    for kill, athlete in zip((crew.kill_horse, crew.kill_worker, crew.kill_all), simulator.athletes(), strict=False):
        runner_id, listed = connect(int(athlete["id"])), list_new_runs(clock, strava)
        sync_and_kill(strava, runner_id, kill)
        assert progress_of(runner_id).state == "reading"
        pass_by(clock, seconds=LEASE_S)
        if kill == crew.kill_all:
            crew.start()
        assert_it_ends_well(runner_id, listed)


def test_a_lease_and_the_pause_between_two_rounds_make_a_minute() -> None:
    """So work is claimed again within a minute or so after its worker was killed."""
    assert rules.LEASE.total_seconds() + dict(ENTRIES)[Job.PLAN_SYNCS] <= 60
