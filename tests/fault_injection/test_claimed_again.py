"""Nobody moves the clock here: after a worker was killed, how long is it until its work is done?"""

from flask import Flask

from jobs.schedule import ENTRIES
from tests.fault_injection.crew import Crew
from tests.fault_injection.test_workers_killed import assert_it_ends_well, listed, pull_and_kill
from tests.support.paged_strava import PagedStrava
from webapp.job_names import Job
from webapp.sync import rules

__all__ = ["listed"]  # a fixture


def test_work_is_claimed_again_within_a_minute_or_so(
    app: Flask, crew: Crew, strava: PagedStrava, runner_id: int, listed: set[str]
) -> None:
    pull_and_kill(strava, runner_id, crew.kill_worker)
    assert_it_ends_well(runner_id, listed)


def test_a_lease_and_the_pause_between_two_rounds_make_a_minute() -> None:
    assert rules.LEASE.total_seconds() + dict(ENTRIES)[Job.PLAN_SYNCS] <= 60
