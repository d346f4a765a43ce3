"""A clock that ran ahead and was put right: nothing waits for the times that were set meanwhile."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.worker import process_jobs
from tests.sync.conftest import Connect, connection_of, due, set_connection
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.models.sync import Connection
from webapp.sync import rules
from webapp.sync.rules import Reason

AHEAD = timedelta(days=21)


@pytest.fixture
def runner_id(app: Flask, connect: Connect, athlete_id: int, clock: Clock) -> int:
    """A runner who was read while the clock was three weeks ahead."""
    runner_id = connect(athlete_id, watched=False)
    clock.set(now=clock.now() + AHEAD)
    begin_write()
    far = {"last_full_resync_at": clock.now(), "next_full_resync_at": clock.now() + rules.IDLE_RESYNC}
    db.session.execute(update(Connection).where(Connection.runner_id == runner_id).values(far))
    db.session.commit()
    assert process_jobs(app) == []
    return runner_id


def test_a_full_resync_set_further_ahead_than_any_is_due_at_once(clock: Clock, runner_id: int) -> None:
    assert runner_id not in due(clock)
    clock.set(now=clock.now() - AHEAD)
    assert connection_of(runner_id).next_full_resync_at is not None
    assert runner_id in due(clock)


@pytest.mark.parametrize("rest", [rules.MAX_FAILURE_REST, rules.MAX_QUOTA_REST])
def test_a_rest_longer_than_any_is_none(clock: Clock, runner_id: int, rest: timedelta) -> None:
    set_connection(rest_until=clock.now() + rest, next_full_resync_at=None)
    assert runner_id not in due(clock)
    clock.set(now=clock.now() - AHEAD)
    assert runner_id in due(clock)


def test_whoever_asks_for_a_full_resync_is_not_held_up_by_one_in_the_future(clock: Clock, runner_id: int) -> None:
    clock.set(now=clock.now() - AHEAD)
    set_connection(full_resync_asked_at=clock.now(), next_full_resync_at=None)
    assert due(clock)[runner_id] is Reason.ASKED


def test_reads_paid_for_weeks_ahead_are_removed(clock: Clock) -> None:
    now = clock.now()
    assert rules.rest_for_quota(rules.quota_spent(None, rules.QUOTA * 9, now + AHEAD), now) is None
    assert rules.rest_for_quota(rules.quota_spent(None, rules.QUOTA * 9, now), now) is not None
