"""After a restore, runners who were erased since are erased again, and no connection is believed unconfirmed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_connection, make_runner
from webapp import erasure_log
from webapp.accounts.restore_service import erase_again, mark_all_unconfirmed
from webapp.auth.rules import digest_of_erased
from webapp.db import db
from webapp.extensions import settings
from webapp.models.accounts import LoginLink, Runner
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState

LATER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_list(app: Flask) -> Iterator[None]:
    yield
    settings().erased_file.unlink(missing_ok=True)


def names() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Runner.name).order_by(Runner.name)))


def list_as_erased(*athlete_ids: int) -> None:
    for athlete_id in athlete_ids:
        erasure_log.record(settings().erased_file, digest_of_erased(athlete_id, settings().secret_key), LATER)


def test_those_on_the_list_go_and_those_who_connected_since_stay() -> None:
    make_connection(make_runner("Gone"), athlete_id=1)
    make_connection(make_runner("Came back"), athlete_id=2, connected_at=LATER + timedelta(minutes=1))
    make_connection(make_runner("Never left"), athlete_id=3)
    assert erase_again(LATER) == 0
    list_as_erased(1, 2, 99)
    assert erase_again(LATER) == 1
    assert names() == ["Came back", "Never left"]
    assert erase_again(LATER) == 0


def test_a_connection_is_hidden_until_it_is_confirmed_and_one_that_had_ended_holds_no_seat() -> None:
    connected, ended = make_runner("Ana"), make_runner("Ben")
    make_connection(connected, failures=3, gave_up_at=NOON, syncing_until=LATER, unauthorised_since=NOON)
    make_connection(ended, state=ConnectionState.DEAUTHORISED, ended_at=NOON)
    mark_all_unconfirmed(LATER)
    found = db.session.get_one(Connection, connected.id)
    assert (found.state, found.restored_at, found.ended_at) == (ConnectionState.DEAUTHORISED, LATER, None)
    assert (found.failures, found.gave_up_at, found.syncing_until, found.unauthorised_since) == (0, None, None, None)
    before = db.session.get_one(Connection, ended.id)
    assert (before.restored_at, before.ended_at) == (None, NOON)


def test_every_session_and_every_link_to_sign_in_ends() -> None:
    runner = make_runner()
    db.session.add(LoginLink(runner_id=runner.id, digest="x" * 64, expires_at=LATER))
    db.session.commit()
    epoch = runner.session_epoch
    mark_all_unconfirmed(LATER)
    assert db.session.get_one(Runner, runner.id).session_epoch == epoch + 1
    assert db.session.scalars(select(LoginLink)).all() == []
