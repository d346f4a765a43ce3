"""Events, resyncs and endings as rows, without Strava."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.strava.types import PushEvent
from tests.support.builders import NOON, make_challenge, make_connection, make_entry, make_group, make_runner
from webapp.db import db, write_transaction
from webapp.models.accounts import Runner
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.models.words import ConnectionState, ImportState
from webapp.sync import queries, rules, service

ATHLETE = 77
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def runner(app: Flask) -> Runner:
    """A connected runner, whose full resync is due in a day."""
    runner = make_runner()
    make_connection(runner, athlete_id=ATHLETE, next_full_resync_at=NOON + timedelta(days=1))
    return runner


def told(athlete: int = ATHLETE, kind: str = "activity", aspect: str = "create", **updates: str) -> int | None:
    """Store an event; return its runner."""
    with write_transaction():
        return service.store_event(PushEvent(kind, 5, aspect, athlete, 1, NOON, updates), NOON)


def connection(runner: Runner) -> Connection:
    return db.session.get_one(Connection, runner.id, populate_existing=True)


def test_an_event_of_a_stranger_is_not_stored(runner: Runner) -> None:
    assert told(athlete=78) is None
    assert told() == runner.id
    assert len(db.session.scalars(select(StoredEvent)).all()) == 1


def test_something_new_ends_the_rest_of_one_who_was_given_up_and_a_removal_ends_anybodys(runner: Runner) -> None:
    connection(runner).rest_until = LATER
    db.session.commit()
    told()
    assert connection(runner).rest_until == LATER
    told(aspect="delete")
    assert connection(runner).rest_until is None
    found = connection(runner)
    found.rest_until, found.gave_up_at = LATER, NOON
    db.session.commit()
    told()
    assert connection(runner).rest_until is None


def test_everything_is_read_again_once_however_often_it_is_asked_for_within_a_while(runner: Runner) -> None:
    with write_transaction():
        assert service.request_resync(runner.id, NOON)
        assert not service.request_resync(runner.id, NOON + rules.RESYNC_PAUSE - timedelta(seconds=1))
        assert service.request_resync(runner.id, NOON + rules.RESYNC_PAUSE)
    assert connection(runner).next_full_resync_at is None


def test_an_ending_closes_what_waits_and_fails_the_import_that_is_under_way(runner: Runner) -> None:
    db.session.add(InitialImport(runner_id=runner.id, asked_at=NOON))
    db.session.commit()
    told()
    with write_transaction():
        service.end_connection(runner.id, LATER)
        service.end_connection(runner.id, LATER + timedelta(days=1))
    found = connection(runner)
    assert (found.state, found.problem) == (ConnectionState.DEAUTHORISED, rules.DEAUTHORISED_WORDS)
    assert found.ended_at == LATER, "the first of two endings counts"
    assert queries.pending_events(runner.id) == []
    imported = db.session.get_one(InitialImport, runner.id, populate_existing=True)
    assert (imported.state, imported.problem) == (ImportState.FAILED, rules.DEAUTHORISED_WORDS)
    assert told() is None, "no activity is taken of one who has to connect again"


def test_a_challenge_that_reaches_further_back_asks_for_a_backfill_of_those_whose_runs_do_not(app: Flask) -> None:
    challenge, first = make_challenge(make_group()), datetime(2026, 11, 1, tzinfo=UTC).date()
    shallow, deep = make_runner("Shallow"), make_runner("Deep")
    for one, read_from in ((shallow, first), (deep, first - timedelta(days=1))):
        make_connection(one, read_from=read_from, next_full_resync_at=LATER)
        make_entry(challenge, one)
    with write_transaction():
        service.request_older_resyncs(challenge.id, first)
    assert [connection(one).next_full_resync_at for one in (shallow, deep)] == [None, LATER]


def test_an_activity_that_was_missed_is_asked_for_again_once(runner: Runner) -> None:
    with write_transaction():
        for _ in range(2):
            service.ask_again(runner.id, ["8", "9"], queries.MISSED, NOON)
    rows = db.session.scalars(select(StoredEvent).order_by(StoredEvent.object_id)).all()
    assert [(row.object_id, row.aspect) for row in rows] == [(8, "delete"), (9, "delete")]
    assert all(row.retry_at and row.retry_at > NOON for row in rows)


def test_events_are_kept_for_a_while_after_they_were_processed(runner: Runner) -> None:
    for _ in range(3):
        told()
    old, fresh, _open = db.session.scalars(select(StoredEvent).order_by(StoredEvent.id)).all()
    old.done_at, fresh.done_at = NOON, NOON + timedelta(minutes=1)
    db.session.commit()
    service.purge_old_events(NOON + rules.KEEP_EVENTS + timedelta(seconds=1))
    assert db.session.scalars(select(StoredEvent.id).order_by(StoredEvent.id)).all() == [fresh.id, _open.id]
