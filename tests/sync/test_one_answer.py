"""No single answer of Strava's is taken for more than it proves: late, missing, 404, 500, half of a second."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from integrations.strava.errors import Unavailable
from tests.support.paged_strava import PagedStrava
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from tests.sync.acts import newest, on_a_board, pass_by, row, tell, upload
from tests.sync.conftest import Connect, connection_of, due, stored
from webapp.clock import Clock
from webapp.db import db
from webapp.models.activities import Activity
from webapp.models.sync import Connection
from webapp.sync import queries, rules, window_rules
from webapp.sync.runner_sync_service import sync_runner

LIST, SINGLE = "api GET api.activities", "api GET api.one_activity"


@pytest.fixture
def runner_id(imported_runner_id: int) -> int:
    return imported_runner_id


def test_a_distance_saved_with_a_new_title_is_read_by_the_event_that_names_the_title_only(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    run = newest(simulator, athlete_id)
    simulator.control("PATCH", f"athletes/{athlete_id}/activities/{run}", {"name": "Long", "distance": 7777.0})
    tell(athlete_id, run, "update", clock.now())
    assert due(clock) == {runner_id: "hint"}
    sync_runner(runner_id, clock)
    assert distance_of(run) == 7777
    assert requests_of(simulator) == {LIST: 1}
    assert not queries.pending_events(runner_id)


def test_a_repeated_event_does_not_spend_a_read_on_a_new_title_that_waits(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    older, told_at = newest(simulator, athlete_id), clock.now()
    run = upload(simulator, athlete_id)
    tell(athlete_id, run, "create", told_at)
    pass_by(clock, seconds=10)
    sync_runner(runner_id, clock)
    tell(athlete_id, run, "create", told_at)
    pass_by(clock, seconds=10)
    tell(athlete_id, older, "update", clock.now())
    pass_by(clock, seconds=10)
    assert due(clock) == {runner_id: "event"}
    simulator.control("DELETE", "counters")
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {}
    assert due(clock) == {runner_id: "hint"}
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {LIST: 1}
    assert not queries.pending_events(runner_id)


def distance_of(run: int) -> int | None:
    db.session.rollback()
    return db.session.scalar(select(Activity.distance_m).where(Activity.source_id == str(run)))


def test_a_new_title_that_waits_is_read_like_any_event_within_the_hour(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    tell(athlete_id, newest(simulator, athlete_id), "update", clock.now())
    pass_by(clock, seconds=rules.HINT_WAIT.total_seconds() - 1)
    assert due(clock) == {runner_id: "hint"}
    pass_by(clock, seconds=1)
    assert due(clock) == {runner_id: "event"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"sport_type": "Ride"}, {"private": True}),
        ({"private": True}, {"private": False}),
        ({"private": False}, {"private": True}),
    ],
)
def test_a_second_change_within_one_second_is_read_though_the_first_is_done(
    simulator: Simulator,
    clock: Clock,
    runner_id: int,
    athlete_id: int,
    first: dict[str, Any],
    second: dict[str, Any],
) -> None:
    run, at = newest(simulator, athlete_id), clock.now().replace(microsecond=0)
    clock.set(now=at, speed=0)
    for moment, change in enumerate((first, second, second)):
        clock.set(now=at + moment * timedelta(milliseconds=300), speed=0)
        simulator.control("PATCH", f"athletes/{athlete_id}/activities/{run}", change)
        tell(athlete_id, run, "update", at, **{name: str(value).lower() for name, value in change.items()})
        sync_runner(runner_id, clock)
    shown = select(Activity.private, Activity.sport_type).where(Activity.source_id == str(run))
    private, sport = db.session.execute(shown).one()
    assert private is second["private"]
    assert sport == first.get("sport_type", "Run")
    simulator.control("PATCH", f"athletes/{athlete_id}/activities/{run}", {"private": False, "sport_type": "Run"})


def test_what_was_announced_and_is_not_there_is_asked_for_a_few_times_over_an_hour(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    tell(athlete_id, 987_654_321, "create", clock.now())
    assert sync_runner(runner_id, clock) is False
    sync_runner(runner_id, clock)
    assert requests_of(simulator) == {LIST: 1, SINGLE: 1}
    for asked, age in enumerate(window_rules.RETRY_AGES, start=2):
        assert due(clock) == {}
        wait_for_retry(clock, runner_id)
        assert due(clock) == {runner_id: "event"}
        sync_runner(runner_id, clock)
        assert requests_of(simulator) == {LIST: 1, SINGLE: asked}, age
    assert not queries.pending_events(runner_id)


def wait_for_retry(clock: Clock, runner_id: int) -> None:
    (event,) = queries.pending_events(runner_id)
    assert event.retry_at
    clock.set(now=event.retry_at + timedelta(milliseconds=10))


def test_a_run_announced_before_it_can_be_read_counts_within_minutes(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    simulator.faults(unreadable_uploads=1.0, unreadable_seconds=45)
    made = upload(simulator, athlete_id)
    tell(athlete_id, made, "create", clock.now())
    sync_runner(runner_id, clock)
    assert str(made) not in stored(runner_id)
    wait_for_retry(clock, runner_id)
    sync_runner(runner_id, clock)
    assert str(made) in stored(runner_id)
    assert not queries.pending_events(runner_id)


def test_a_read_for_another_reason_answers_what_waits_to_be_asked_for_again(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    simulator.faults(unreadable_uploads=1.0, unreadable_seconds=20)
    made = upload(simulator, athlete_id)
    tell(athlete_id, made, "create", clock.now())
    sync_runner(runner_id, clock)
    pass_by(clock, seconds=30)
    tell(athlete_id, upload(simulator, athlete_id), "create", clock.now())
    simulator.faults(unreadable_uploads=0.0)
    sync_runner(runner_id, clock)
    assert str(made) in stored(runner_id)
    assert made not in {event.object_id for event in queries.pending_events(runner_id)}


@pytest.mark.parametrize("aspect", ["create", None])
def test_a_run_that_strava_still_processes_is_read_again_within_minutes(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int, aspect: str | None
) -> None:
    made = upload(simulator, athlete_id, distance=0, moving_time=0)
    tell(athlete_id, made if aspect else upload(simulator, athlete_id), "create", clock.now())
    sync_runner(runner_id, clock)
    simulator.control("PATCH", f"athletes/{athlete_id}/activities/{made}", {"distance": 10_012.6, "moving_time": 3000})
    wait_for_retry(clock, runner_id)
    sync_runner(runner_id, clock)
    assert distance_of(made) == 10_013
    assert not queries.pending_events(runner_id)


def test_a_deletion_whose_event_was_lost_costs_one_call_more(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    gone = newest(simulator, athlete_id)
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{gone}")
    # Within what full resyncs cover, however long ago it was.
    on_a_board(runner_id, clock, days_left=9)
    pass_by(clock, hours=47)
    sync_runner(runner_id, clock)
    assert str(gone) in stored(runner_id), "a list that may go on and one 404 prove nothing"
    assert requests_of(simulator) == {LIST: 1, SINGLE: 1, "oauth refresh": 1}
    wait_for_retry(clock, runner_id)
    assert due(clock) == {runner_id: "event"}
    sync_runner(runner_id, clock)
    assert str(gone) not in stored(runner_id)
    assert requests_of(simulator) == {LIST: 1, SINGLE: 2, "oauth refresh": 1}
    assert not queries.pending_events(runner_id)


def test_a_stored_run_that_one_page_lacks_and_whose_id_answers_404_once_stays(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    run = newest(simulator, athlete_id)
    simulator.control("PUT", f"athletes/{athlete_id}/activities/{run}/faults", {"unreadable": 60})
    tell(athlete_id, upload(simulator, athlete_id), "create", clock.now())
    sync_runner(runner_id, clock)
    wait_for_retry(clock, runner_id)
    sync_runner(runner_id, clock)
    assert str(run) in stored(runner_id)
    assert not queries.pending_events(runner_id)


def test_a_run_that_the_whole_list_lacks_stays_where_its_id_is_answered(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    run = newest(simulator, athlete_id)
    on_a_board(runner_id, clock)
    simulator.control("PUT", f"athletes/{athlete_id}/activities/{run}/faults", {"unlisted": True})
    connection = db.session.get_one(Connection, runner_id)
    connection.read_from, connection.next_full_resync_at = clock.today("UTC"), None
    db.session.commit()
    sync_runner(runner_id, clock)
    assert requests_of(simulator)[LIST] == 2, "read to its end"
    assert str(run) in stored(runner_id)


def test_one_id_that_answers_500_keeps_nothing_else_out(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    broken = newest(simulator, athlete_id)
    faults = {"unlisted": True, "error": True}
    simulator.control("PUT", f"athletes/{athlete_id}/activities/{broken}/faults", faults)
    made = upload(simulator, athlete_id)
    tell(athlete_id, made, "create", clock.now())
    sync_runner(runner_id, clock)
    assert {str(made), str(broken)} <= stored(runner_id)
    connection = connection_of(runner_id)
    assert (connection.failures, connection.rest_until, connection.problem) == (0, None, None)
    assert connection.last_full_resync_at and connection.next_full_resync_at
    assert connection.next_full_resync_at - connection.last_full_resync_at == rules.DOUBTFUL_RESYNC
    wait_for_retry(clock, runner_id)
    sync_runner(runner_id, clock)
    assert str(broken) in stored(runner_id)
    assert connection_of(runner_id).failures == 0


def test_a_new_row_without_a_start_whose_id_answers_500_counts_when_it_can_be_read(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    broken, fine = (upload(simulator, athlete_id) for _ in range(2))
    faults = {"shown": {"start_date_local": None}, "error": True}
    simulator.control("PUT", f"athletes/{athlete_id}/activities/{broken}/faults", faults)
    tell(athlete_id, broken, "create", clock.now())
    sync_runner(runner_id, clock)
    assert str(fine) in stored(runner_id)
    assert connection_of(runner_id).failures == 0
    simulator.control("PUT", f"athletes/{athlete_id}/activities/{broken}/faults", dict.fromkeys(faults, False))
    wait_for_retry(clock, runner_id)
    sync_runner(runner_id, clock)
    assert str(broken) in stored(runner_id)


@pytest.mark.both_databases
def test_a_deletion_is_believed_where_the_id_answers_500_and_the_whole_list_lacks_it(
    strava: PagedStrava, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id, gone = connect(athlete_id), row(clock, hours=3)
    strava.pages = [[row(clock, hours=2), gone]]
    sync_runner(runner_id, clock)
    pass_by(clock, hours=1)
    strava.pages, strava.refusals = [strava.pages[0][:1]], {0: (500, {"message": "Internal Server Error"})}
    tell(athlete_id, gone["id"], "delete", clock.now())
    sync_runner(runner_id, clock)
    assert str(gone["id"]) not in stored(runner_id)
    assert connection_of(runner_id).failures == 0


def test_an_outage_that_begins_with_a_single_id_is_an_outage(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    tell(athlete_id, newest(simulator, athlete_id), "delete", clock.now())
    simulator.faults(error_500=1.0)
    with pytest.raises(Unavailable):
        sync_runner(runner_id, clock)
    assert len(queries.pending_events(runner_id)) == 1
    assert connection_of(runner_id).failures == 1
