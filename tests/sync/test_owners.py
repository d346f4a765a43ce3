"""Activities that change hands on Strava, as when a runner merges two accounts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.strava.types import PushEvent
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.paged_strava import PagedStrava
from tests.support.rows import api_row
from tests.support.simulator import Simulator
from tests.support.worker import process_jobs
from tests.sync.conftest import Connect, stored
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.models.accounts import Runner
from webapp.models.challenges import Entry
from webapp.models.leaderboards import Placement
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.sync import queries, service
from webapp.sync.runner_sync_service import sync_runner


@pytest.fixture
def athletes(simulator: Simulator) -> tuple[int, int]:
    """Two new athletes, since what they own moves."""
    return simulator.new_athlete("Ana", "Old"), simulator.new_athlete("Ana", "New")


@pytest.fixture
def runners(connect: Connect, clock: Clock, athletes: tuple[int, int]) -> tuple[int, int]:
    """Both connected, read, and in a challenge of the last days, each in one of their own."""
    found = connect(athletes[0]), connect(athletes[1])
    for runner_id in found:
        on_a_board(runner_id, clock.today("UTC"))
        sync_runner(runner_id, clock)
    return found


def on_a_board(runner_id: int, today: date) -> None:
    group, runner = make_group(), db.session.get_one(Runner, runner_id)
    make_member(group, runner)
    challenge = make_challenge(group, starts_on=today - timedelta(days=20), ends_on=today + timedelta(days=9))
    make_entry(challenge, runner)


def upload(simulator: Simulator, athlete_id: int, metres: float) -> str:
    return str(simulator.control("POST", f"athletes/{athlete_id}/activities", {"distance": metres})["id"])


def read_again(runner_id: int, clock: Clock) -> None:
    begin_write()
    db.session.get_one(Connection, runner_id).next_full_resync_at = None
    db.session.commit()
    sync_runner(runner_id, clock)


def totals(app: Flask, runners: tuple[int, int]) -> tuple[int, int]:
    """Return what both have on their boards when all is published."""
    assert process_jobs(app) == []
    db.session.rollback()
    placed = select(Placement.total).join(Entry, Entry.id == Placement.entry_id)
    old, new = (db.session.scalar(placed.where(Entry.runner_id == one)) or 0 for one in runners)
    return old, new


@pytest.mark.both_databases
@pytest.mark.parametrize("old_is_known_to_be_gone", [True, False])
def test_a_run_of_a_merged_account_counts_for_the_runner_whose_list_has_it_and_no_longer_for_the_other(
    app: Flask, simulator: Simulator, clock: Clock, athletes: tuple[int, int], runners: tuple[int, int],
    old_is_known_to_be_gone: bool,
) -> None:  # fmt: skip
    run = upload(simulator, athletes[0], 7000)
    read_again(runners[0], clock)
    old, new = totals(app, runners)
    simulator.control("POST", f"athletes/{athletes[0]}/merge", {"into": athletes[1]})
    if old_is_known_to_be_gone:
        db.session.get_one(Connection, runners[0]).state = ConnectionState.NEEDS_RECONNECT
        db.session.commit()
    read_again(runners[1], clock)
    assert run in stored(runners[1]) - stored(runners[0])
    assert totals(app, runners) == (0, old + new)


def test_an_event_alone_moves_nothing(
    simulator: Simulator, clock: Clock, athletes: tuple[int, int], runners: tuple[int, int]
) -> None:
    run = upload(simulator, athletes[0], 7000)
    read_again(runners[0], clock)
    begin_write()
    service.store_event(PushEvent("activity", int(run), "create", athletes[1], 1, clock.now(), {}), clock.now())
    db.session.commit()
    sync_runner(runners[1], clock)
    assert run in stored(runners[0]) and run not in stored(runners[1])
    assert queries.pending_events(runners[1]), "it is asked for again"


@pytest.mark.parametrize(
    ("state", "moves"), [(ConnectionState.CONNECTED, False), (ConnectionState.NEEDS_RECONNECT, True)]
)
def test_a_row_that_names_nobody_moves_only_from_a_runner_who_cannot_be_read(
    strava: PagedStrava, clock: Clock, connect: Connect, athletes: tuple[int, int], state: ConnectionState, moves: bool
) -> None:
    old, new = (connect(athlete) for athlete in athletes)
    row = api_row(f"{clock.now() - timedelta(hours=2):%Y-%m-%d %H:%M:%S}")
    strava.pages = [[row]]
    sync_runner(old, clock)
    db.session.get_one(Connection, old).state = state
    db.session.commit()
    sync_runner(new, clock)
    assert (stored(old), stored(new)) == ((set(), {str(row["id"])}) if moves else ({str(row["id"])}, set()))


def test_two_runners_who_take_over_from_each_other_at_once_do_not_wait_in_a_circle(
    app: Flask, simulator: Simulator, clock: Clock, athletes: tuple[int, int], runners: tuple[int, int]
) -> None:
    mine = [{upload(simulator, athlete, 5000 + number) for number in range(4)} for athlete in athletes]
    for runner_id in runners:
        read_again(runner_id, clock)
    for _ in range(3):
        for athlete, other, runs in zip(athletes, athletes[::-1], mine, strict=True):
            for run in runs:
                simulator.control("POST", f"athletes/{athlete}/activities/{run}/owner", {"athlete": other})
        mine.reverse()
        together = Barrier(2)

        def read(runner_id: int, together: Barrier = together) -> None:
            with app.app_context():
                together.wait(20)
                read_again(runner_id, clock)
                db.session.remove()

        db.session.remove()
        with ThreadPoolExecutor(2) as both:
            list(both.map(read, runners))
        for runner_id in runners:
            read_again(runner_id, clock)
        assert [runs <= stored(runner_id) for runner_id, runs in zip(runners, mine, strict=True)] == [True, True]
