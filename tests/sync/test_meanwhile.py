"""What happens while a sync is under way."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update

from integrations.strava.types import PushEvent
from tests.support.at_once import elsewhere
from tests.support.paged_strava import PagedStrava
from tests.support.rows import Row, api_row
from tests.support.simulator import Simulator
from tests.sync.conftest import Connect, connection_of, due, progress_of, stored
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.models.accounts import Runner
from webapp.models.sync import Connection
from webapp.sync import queries, service
from webapp.sync.runner_sync_service import sync_runner

pytestmark = pytest.mark.both_databases


def rows(clock: Clock, *ages_in_days: int) -> list[Row]:
    starts = [clock.now() - timedelta(days=age) for age in ages_in_days]
    return [api_row(f"{start:%Y-%m-%d %H:%M:%S}") for start in starts]


def ids_of(listed: list[Row]) -> set[str]:
    return {str(row["id"]) for row in listed}


def test_an_event_that_comes_meanwhile_asks_for_another_sync(
    app: Flask, clock: Clock, strava: PagedStrava, runner_id: int, athlete_id: int
) -> None:
    def event() -> None:
        begin_write()
        service.store_event(PushEvent("activity", 9, "delete", athlete_id, 1, clock.now(), {}), clock.now())

    strava.pages = [rows(clock, 1)]
    strava.before[2] = elsewhere(app, event)
    assert sync_runner(runner_id, clock) is True
    assert len(queries.pending_events(runner_id)) == 1
    assert sync_runner(runner_id, clock) is False
    assert not queries.pending_events(runner_id)


def test_the_bar_moves_page_by_page(app: Flask, clock: Clock, strava: PagedStrava, runner_id: int) -> None:
    seen = []

    def look() -> None:
        progress = progress_of(runner_id)
        seen.append((progress.state, progress.pages_read, progress.runs_ingested, len(stored(runner_id))))

    strava.pages = [rows(clock, 1, 2, 3), rows(clock, 4)]
    for number in (1, 2, 3):
        strava.before[number] = elsewhere(app, look)
    sync_runner(runner_id, clock)
    assert seen == [("waiting", 0, 0, 0), ("reading", 1, 3, 3), ("reading", 2, 4, 4)]
    assert progress_of(runner_id).state == "done"


def test_a_runner_who_leaves_meanwhile_leaves_nothing_behind(
    app: Flask, clock: Clock, strava: PagedStrava, runner_id: int
) -> None:
    strava.pages = [rows(clock, 1), rows(clock, 2)]
    strava.before[2] = elsewhere(app, lambda: db.session.execute(delete(Runner).where(Runner.id == runner_id)))
    sync_runner(runner_id, clock)
    assert stored(runner_id) == set()


def test_a_worker_that_lost_its_lease_writes_no_more(
    app: Flask, clock: Clock, strava: PagedStrava, runner_id: int
) -> None:
    taken_over = clock.now() + timedelta(hours=1)
    strava.pages = [rows(clock, 1), rows(clock, 2)]
    strava.before[2] = elsewhere(app, lambda: db.session.execute(update(Connection).values(syncing_until=taken_over)))
    assert sync_runner(runner_id, clock) is False
    assert stored(runner_id) == ids_of(strava.pages[0])
    assert connection_of(runner_id).syncing_until == taken_over
    assert progress_of(runner_id).state == "reading"


def test_a_run_that_slips_between_two_pages_is_not_taken_for_gone(
    clock: Clock, strava: PagedStrava, runner_id: int
) -> None:
    listed = rows(clock, 1, 2, 3, 4)
    strava.pages = [listed[:2], listed[2:]]
    sync_runner(runner_id, clock)
    # The first one is deleted between two pages: the third moves onto the page that was read already.
    strava.pages, strava.singles = [listed[:2], listed[3:]], {listed[2]["id"]: listed[2]}
    clock.set(now=clock.now() + timedelta(hours=48))
    sync_runner(runner_id, clock)
    assert stored(runner_id) == ids_of(listed)


def test_a_run_that_is_gone_between_two_pages_is_confirmed_by_its_id(
    clock: Clock, strava: PagedStrava, runner_id: int
) -> None:
    listed = rows(clock, 1, 2, 3, 4)
    strava.pages = [listed[:2], listed[2:]]
    sync_runner(runner_id, clock)
    strava.pages = [listed[:2], listed[3:]]
    clock.set(now=clock.now() + timedelta(hours=48))
    sync_runner(runner_id, clock)
    assert stored(runner_id) == ids_of([*listed[:2], listed[3]])


def test_a_short_page_does_not_end_the_list(clock: Clock, strava: PagedStrava, runner_id: int) -> None:
    listed = rows(clock, *range(1, 8))
    strava.pages = [listed[:3], listed[3:4], listed[4:]]
    sync_runner(runner_id, clock)
    assert stored(runner_id) == ids_of(listed)


def test_an_event_on_a_run_moved_to_an_earlier_day_reads_the_whole_window(
    clock: Clock, strava: PagedStrava, runner_id: int, athlete_id: int
) -> None:
    listed = rows(clock, 1, 2, 3)
    strava.pages = [listed]
    sync_runner(runner_id, clock)
    moved = api_row(f"{clock.now() - timedelta(days=60):%Y-%m-%d %H:%M:%S}", id=listed[2]["id"])
    begin_write()
    service.store_event(PushEvent("activity", listed[0]["id"], "update", athlete_id, 1, clock.now(), {}), clock.now())
    db.session.commit()
    strava.pages = [listed[:2]]

    def whole() -> None:
        strava.pages = [listed[:2], [moved]]

    # The recent days end on the empty second page; then the whole window is asked for.
    strava.before[2] = lambda: strava.before.update({1: whole})
    sync_runner(runner_id, clock)
    assert stored(runner_id) == ids_of(listed)


def test_an_initial_import_that_was_cut_off_is_found_by_a_round_and_ends_the_same(
    clock: Clock, strava: PagedStrava, runner_id: int
) -> None:
    listed = rows(clock, 1, 2, 3)
    strava.pages = [listed[:2], listed[2:]]
    lease = clock.now() + timedelta(minutes=2)
    db.session.execute(update(Connection).values(syncing_until=lease))
    db.session.commit()
    assert due(clock) == {}
    clock.set(now=lease + timedelta(seconds=1))
    assert due(clock) == {runner_id: "first"}
    sync_runner(runner_id, clock)
    assert stored(runner_id) == ids_of(listed)


def test_the_reads_of_one_runner_never_touch_another(
    clock: Clock, strava: PagedStrava, runner_id: int, connect: Connect, simulator: Simulator
) -> None:
    other = connect(int(simulator.athletes()[1]["id"]))
    strava.pages = [rows(clock, 1, 2)]
    sync_runner(runner_id, clock)
    mine = stored(runner_id)
    sync_runner(other, clock)
    assert stored(runner_id) == mine
    assert stored(other) == set(), "a run belongs to whom it came for first"
