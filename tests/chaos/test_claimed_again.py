"""Nobody moves the clock here: after a worker was killed, how long is it until its work is done?"""

import pytest
from flask import Flask

from tests.chaos.crew import Crew
from tests.chaos.test_workers_killed import assert_it_ends_well, listed, pull_and_kill
from tests.support.paged_strava import PagedStrava

__all__ = ["listed"]  # a fixture


@pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
def test_work_is_claimed_again_within_a_minute_or_so(
    app: Flask, crew: Crew, strava: PagedStrava, runner_id: int, listed: set[str]
) -> None:
    pull_and_kill(strava, runner_id, crew.kill_worker)
    assert_it_ends_well(runner_id, listed)
