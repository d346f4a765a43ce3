"""Pulls against the simulator: what is there comes, what is gone goes, and nothing is read in vain."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from integrations.strava.types import PushEvent
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.simulator import Simulator
from tests.support.strava import listed, reads_of, requests_of
from tests.sync.conftest import Connect, connection_of, due, progress_of, stored
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.scoring import Standing
from webapp.models.sync import Connection, StoredEvent
from webapp.sync import queries, service, window_rules
from webapp.sync.runner_sync_service import sync_runner

WEEKS_AGO = timedelta(days=40)


def ids_of(rows: list[dict[str, Any]]) -> set[str]:
    return {str(row["id"]) for row in rows}


def tell(athlete_id: int, activity_id: int | str, aspect: str, clock: Clock, **updates: str) -> None:
    """Store an event as the webhook does."""
    kind = "athlete" if "authorized" in updates else "activity"
    event = PushEvent(kind, int(activity_id), aspect, athlete_id, 1, clock.now(), updates)
    begin_write()
    service.store_event(event, clock.now())
    db.session.commit()


def test_the_initial_import_brings_everything_and_says_so(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    assert sync_runner(runner_id, clock) is False
    there = ids_of(listed(simulator, athlete_id))
    assert stored(runner_id) == there
    progress = progress_of(runner_id)
    assert (progress.state, progress.runs_ingested, progress.problem) == ("done", len(there), None)
    assert progress.pages_read >= 1
    connection = connection_of(runner_id)
    assert connection.last_full_resync_at
    assert connection.read_from
    assert connection.syncing_until is None


def test_a_sync_that_is_not_due_spends_no_read(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    before = reads_of(simulator, athlete_id)
    assert sync_runner(runner_id, clock) is False
    assert reads_of(simulator, athlete_id) == before


def test_a_second_worker_leaves_the_runner_to_the_first(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    until = clock.now() + timedelta(minutes=1)
    db.session.execute(update(Connection).values(syncing_until=until))
    db.session.commit()
    assert sync_runner(runner_id, clock) is False
    assert reads_of(simulator, athlete_id) == 0
    clock.set(now=until + timedelta(seconds=1))
    sync_runner(runner_id, clock)
    assert stored(runner_id)


def test_an_event_brings_a_new_run_with_one_call(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {"distance": 8123.0})
    simulator.control("DELETE", "counters")
    tell(athlete_id, made["id"], "create", clock)
    assert sync_runner(runner_id, clock) is False
    assert str(made["id"]) in stored(runner_id)
    assert requests_of(simulator) == {"api GET api.activities": 1}
    assert not queries.pending_events(runner_id)


def test_a_doubled_event_changes_nothing(simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int) -> None:
    sync_runner(runner_id, clock)
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {})
    for _ in range(2):
        tell(athlete_id, made["id"], "create", clock)
    sync_runner(runner_id, clock)
    sync_runner(runner_id, clock)
    assert stored(runner_id) == ids_of(listed(simulator, athlete_id))


def test_a_late_upload_of_an_old_run_is_found(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    start = (clock.now() - WEEKS_AGO).isoformat()
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {"start_date": start})
    tell(athlete_id, made["id"], "create", clock)
    sync_runner(runner_id, clock)
    assert str(made["id"]) in stored(runner_id)


def test_one_event_heals_what_earlier_lost_events_missed(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    fresh = simulator.control("POST", f"athletes/{athlete_id}/activities", {})
    sync_runner(runner_id, clock)
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{fresh['id']}")
    made = [simulator.control("POST", f"athletes/{athlete_id}/activities", {}) for _ in range(2)]
    tell(athlete_id, made[1]["id"], "create", clock)
    sync_runner(runner_id, clock)
    assert {str(one["id"]) for one in made} <= stored(runner_id)
    # One 404 proves nothing: what is missing is asked for once more.
    clock.set(now=clock.now() + window_rules.NOTE_RETRY + timedelta(seconds=1))
    sync_runner(runner_id, clock)
    assert stored(runner_id) == ids_of(listed(simulator, athlete_id))


def test_an_old_run_is_removed_when_its_deletion_is_told(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    oldest = listed(simulator, athlete_id)[-1]["id"]
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{oldest}")
    tell(athlete_id, oldest, "delete", clock)
    sync_runner(runner_id, clock)
    assert str(oldest) not in stored(runner_id)
    assert stored(runner_id) == ids_of(listed(simulator, athlete_id))


def test_a_forged_deletion_removes_nothing(simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int) -> None:
    sync_runner(runner_id, clock)
    before = stored(runner_id)
    tell(athlete_id, min(before), "delete", clock)
    sync_runner(runner_id, clock)
    assert stored(runner_id) == before


def test_a_silent_edit_is_found_by_the_next_full_resync(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    edited = simulator.control("POST", f"athletes/{athlete_id}/activities", {})["id"]
    sync_runner(runner_id, clock)
    simulator.control("PATCH", f"athletes/{athlete_id}/activities/{edited}", {"distance": 4321.0})
    assert due(clock) == {}
    clock.set(now=clock.now() + timedelta(hours=47))
    assert due(clock) == {runner_id: "resync"}
    sync_runner(runner_id, clock)
    wanted = select(Activity.distance_m).where(Activity.source_id == str(edited))
    assert db.session.scalar(wanted) == 4321
    assert due(clock) == {}


def test_hiding_a_run_keeps_it_as_private_where_all_may_be_read(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    sync_runner(runner_id, clock)
    newest = listed(simulator, athlete_id)[0]["id"]
    simulator.control("PATCH", f"athletes/{athlete_id}/activities/{newest}", {"private": True})
    tell(athlete_id, newest, "update", clock, private="true")
    sync_runner(runner_id, clock)
    assert db.session.scalar(select(Activity.private).where(Activity.source_id == str(newest))) is True


def test_hiding_a_run_removes_it_where_private_ones_may_not_be_read(
    simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id, ("read", "activity:read"))
    sync_runner(runner_id, clock)
    newest = next(row["id"] for row in listed(simulator, athlete_id) if not row["private"])
    simulator.control("PATCH", f"athletes/{athlete_id}/activities/{newest}", {"private": True})
    tell(athlete_id, newest, "delete", clock)
    sync_runner(runner_id, clock)
    assert str(newest) not in stored(runner_id)


def test_a_challenge_further_back_makes_a_deeper_full_resync(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    start = clock.now() - timedelta(days=700)
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {"start_date": start.isoformat()})
    sync_runner(runner_id, clock)
    assert str(made["id"]) not in stored(runner_id)
    group = make_group()
    runner = db.session.get_one(Runner, runner_id)
    make_member(group, runner)
    make_entry(make_challenge(group, starts_on=start.date(), ends_on=start.date() + timedelta(days=30)), runner)
    assert due(clock) == {runner_id: "closing"}
    sync_runner(runner_id, clock)
    assert str(made["id"]) in stored(runner_id)
    assert db.session.scalar(select(Standing.total)) == 5000
    # The athlete is every test's: others expect that all they have can be stored.
    simulator.control("DELETE", f"athletes/{athlete_id}/activities/{made['id']}")


def test_malformed_rows_are_set_aside_with_a_reason_and_remove_nothing(
    simulator: Simulator, clock: Clock, runner_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    sync_runner(runner_id, clock)
    before = stored(runner_id)
    simulator.faults(malformed_rows=0.3, seed=3)
    clock.set(now=clock.now() + timedelta(hours=48))
    with caplog.at_level(logging.WARNING):
        sync_runner(runner_id, clock)
    assert stored(runner_id) == before
    assert "activity skipped" in caplog.text


def test_a_run_that_comes_in_during_the_sync_is_asked_for_again(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    begin_write()
    row = {"runner_id": runner_id, "received_at": clock.now(), "object_type": "activity", "object_id": 1}
    db.session.add(StoredEvent(**row, aspect="delete", updates={}, event_time=clock.now(), done_at=clock.now()))
    db.session.commit()
    sync_runner(runner_id, clock)
    # What the reading did not know of is not processed by it.
    tell(athlete_id, 2, "delete", clock)
    undone = db.session.scalar(select(func.count()).where(StoredEvent.done_at.is_(None)))
    assert undone == 1


def test_nobody_comes_back_from_a_runner_who_left_during_the_sync(
    simulator: Simulator, clock: Clock, runner_id: int
) -> None:
    begin_write()
    db.session.delete(db.session.get_one(Runner, runner_id))
    db.session.commit()
    assert sync_runner(runner_id, clock) is False
    assert stored(runner_id) == set()
