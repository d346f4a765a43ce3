"""Which stored runs of another runner belong to the one whose list has them now."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_connection, make_runner
from tests.support.runs import reported
from webapp.activities.service import ingest
from webapp.activities.transfer_service import claims, transfer
from webapp.db import db
from webapp.models.activities import Activity
from webapp.models.words import ConnectionState

MINE, OTHERS = 1, 2


def two_runners(state: ConnectionState = ConnectionState.CONNECTED) -> tuple[int, int]:
    """Return the reading runner, and another one in this state with the runs "1" and "2" stored."""
    me, other = make_runner("Ana"), make_runner("Ben")
    make_connection(me, athlete_id=MINE)
    make_connection(other, athlete_id=OTHERS, state=state)
    ingest(other.id, [reported("1"), reported("2")])
    db.session.commit()
    return me.id, other.id


def test_a_row_that_names_the_reader_is_theirs(app: Flask) -> None:
    me, other = two_runners()
    rows = [reported("1", athlete_id=MINE), reported("2", athlete_id=OTHERS), reported("3", athlete_id=MINE)]
    assert claims(me, MINE, rows, listed=["1", "2", "3"]) == {"1": other}


def test_a_row_that_names_nobody_stays_with_a_runner_who_can_be_read(app: Flask) -> None:
    me, _ = two_runners()
    assert claims(me, MINE, [reported("1"), reported("2")], listed=["1", "2"]) == {}


def test_a_row_that_names_nobody_goes_from_one_who_cannot_be_read_if_the_readers_own_list_has_it(app: Flask) -> None:
    me, other = two_runners(ConnectionState.DEAUTHORISED)
    assert claims(me, MINE, [reported("1"), reported("2")], listed=["1"]) == {"1": other}


def test_what_is_stored_with_the_reader_or_not_at_all_is_no_claim(app: Flask) -> None:
    me, other = two_runners()
    assert claims(other, OTHERS, [reported("1", athlete_id=OTHERS), reported("9", athlete_id=OTHERS)], ["1", "9"]) == {}
    assert claims(me, MINE, [], []) == {}


def test_what_is_transferred_came_when_it_was_transferred(app: Flask) -> None:
    me, other = two_runners()
    first = db.session.scalars(select(Activity.id).order_by(Activity.source_id)).first()
    assert first is not None
    transfer([first], me, NOON + timedelta(hours=1))
    db.session.expire_all()
    owners = db.session.execute(select(Activity.runner_id, Activity.first_seen_at).order_by(Activity.source_id)).all()
    assert [owner for owner, _ in owners] == [me, other]
    assert owners[0].first_seen_at == NOON + timedelta(hours=1)
