"""No one runner, and no stranger with an account at Strava, can have all the reads spent on themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from integrations.strava.types import PushEvent
from tests.support.browser import Browser
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from tests.support.worker import process_jobs
from tests.sync.conftest import Connect, connection_of, due
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.models.activities import Activity
from webapp.models.sync import Connection
from webapp.sync import queries, rules, service
from webapp.sync.runner_sync_service import sync_runner

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIST = "api GET api.activities"
# More often than any share goes, by far.
OFTEN = rules.QUOTA + 15
# The sync that takes the last of a share is read to its end.
PAGES_OF_ONE = 6


@pytest.fixture
def standing(clock: Clock) -> Clock:
    """A clock that stands: no share comes back while a test runs."""
    clock.set(now=NOW, speed=0)
    return clock


def lists_read(simulator: Simulator) -> int:
    return requests_of(simulator).get(LIST, 0)


def test_signing_in_again_and_again_reads_no_more_than_asking_for_full_resyncs(
    app: Flask, simulator: Simulator, standing: Clock, athlete_id: int
) -> None:
    browser = Browser(app)
    spent = []
    for _ in range(5):
        browser.connect(simulator, athlete_id)
        assert process_jobs(app) == []
        spent.append(lists_read(simulator))
    assert spent[1:] == [spent[1]] * 4, "the first reading, one look, and nothing more"


def test_someone_who_asks_for_full_resyncs_for_hours_spends_a_read_quota_and_no_more(
    app: Flask, simulator: Simulator, clock: Clock, athlete_id: int
) -> None:
    browser = Browser(app)
    browser.connect(simulator, athlete_id)
    begin = clock.now()
    for minutes in range(0, 4 * 60, 5):
        clock.set(now=begin + timedelta(minutes=minutes), speed=0)
        browser.post("/connect/look")
        assert process_jobs(app) == []
    assert lists_read(simulator) <= rules.QUOTA + timedelta(hours=4) / rules.QUOTA_RETURNS + PAGES_OF_ONE
    page = browser.get("/account").text
    assert rules.QUOTA_WORDS in page


def test_erasing_the_account_and_coming_back_brings_no_new_share(
    app: Flask, simulator: Simulator, standing: Clock, athlete_id: int
) -> None:
    for _ in range(OFTEN // 2):
        browser = Browser(app)
        browser.connect(simulator, athlete_id)
        assert process_jobs(app) == []
        db.session.rollback()  # erasing waits for readers
        browser.post("/account/disconnect")
    assert lists_read(simulator) <= rules.QUOTA + PAGES_OF_ONE


def test_someone_who_waits_for_their_read_quota_is_read_when_it_comes_back_and_others_at_once(
    app: Flask, simulator: Simulator, standing: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    sync_runner(runner_id, standing)
    for _ in range(OFTEN):
        db.session.get_one(Connection, runner_id).next_full_resync_at = None
        db.session.commit()
        sync_runner(runner_id, standing)
    spent = lists_read(simulator)
    assert spent <= rules.QUOTA + PAGES_OF_ONE
    rest = connection_of(runner_id).rest_until
    assert rest and standing.now() < rest <= standing.now() + PAGES_OF_ONE * rules.QUOTA_RETURNS
    assert connection_of(runner_id).problem == rules.QUOTA_WORDS
    other = connect(int(simulator.athletes()[1]["id"]))
    sync_runner(other, standing)
    assert connection_of(other).last_full_resync_at == standing.now()
    standing.set(now=rest + timedelta(seconds=1), speed=0)
    before = lists_read(simulator)
    sync_runner(runner_id, standing)
    assert lists_read(simulator) > before
    connection = connection_of(runner_id)
    assert (connection.problem, connection.rest_until, connection.failures) == (None, None, 0)


@given(st.lists(st.tuples(st.integers(0, 3_600), st.integers(1, 5)), max_size=200))
def test_over_any_time_nobody_has_more_read_than_a_share_and_what_came_back(steps: list[tuple[int, int]]) -> None:
    paid, now, spent, last = None, NOW, 0, 0
    for seconds, reads in steps:
        now += timedelta(seconds=seconds)
        if rules.rest_for_quota(paid, now) is None:
            paid, spent, last = rules.quota_spent(paid, reads, now), spent + reads, reads
    assert spent - last < rules.QUOTA + (now - NOW) / rules.QUOTA_RETURNS


def test_nobody_waits_for_longer_than_a_day() -> None:
    rest = rules.rest_for_quota(rules.quota_spent(None, 5_000, NOW), NOW)
    assert rest == NOW + rules.MAX_QUOTA_REST
    assert rules.rest_for_quota(None, NOW) is None


# What is hidden or deleted ---------------------------------------------------------------------------------------


def spend_the_quota(runner_id: int, clock: Clock) -> None:
    """Have the runner read until they wait."""
    sync_runner(runner_id, clock)
    while not connection_of(runner_id).rest_until:
        db.session.get_one(Connection, runner_id).next_full_resync_at = None
        db.session.commit()
        sync_runner(runner_id, clock)


def hide(simulator: Simulator, clock: Clock, athlete_id: int, run: int, *, private: bool = True) -> None:
    simulator.control("PATCH", f"athletes/{athlete_id}/activities/{run}", {"private": private})
    told = {"private": str(private).lower()}
    begin_write()
    service.store_event(PushEvent("activity", run, "update", athlete_id, 1, clock.now(), told), clock.now())
    db.session.commit()


def test_a_hidden_run_is_read_at_once_though_the_share_is_spent_and_other_changes_wait(
    app: Flask, simulator: Simulator, standing: Clock, athlete_id: int
) -> None:
    browser = Browser(app)
    browser.connect(simulator, athlete_id)
    assert process_jobs(app) == []
    runner_id = db.session.scalars(select(Connection.runner_id)).one()
    run = int(simulator.control("POST", f"athletes/{athlete_id}/activities", {})["id"])
    spend_the_quota(runner_id, standing)
    page = browser.get("/my-runs/all").text
    assert "Your latest changes are not here yet" in page
    hide(simulator, standing, athlete_id, run)
    assert due(standing) == {runner_id: "event"}
    sync_runner(runner_id, standing)
    shown = select(Activity.private).where(Activity.source_id == str(run))
    assert db.session.scalar(shown) is True
    hide(simulator, standing, athlete_id, run, private=False)
    sync_runner(runner_id, standing)
    assert db.session.scalar(shown) is True, "shown again: that waits"
    assert connection_of(runner_id).rest_until


def test_what_one_runner_hides_spends_no_more_than_a_second_share(
    simulator: Simulator, standing: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    run = int(simulator.control("POST", f"athletes/{athlete_id}/activities", {})["id"])
    spend_the_quota(runner_id, standing)
    first = lists_read(simulator)
    for number in range(2 * rules.QUOTA):
        standing.set(now=standing.now() + timedelta(seconds=3), speed=0)
        hide(simulator, standing, athlete_id, run, private=number % 2 == 0)
        sync_runner(runner_id, standing)
    assert first < lists_read(simulator) <= 2 * (rules.QUOTA + PAGES_OF_ONE)
    assert connection_of(runner_id).problem == rules.QUOTA_WORDS
    assert queries.due_outlook(standing.now()).waiting_for_quota == 1
