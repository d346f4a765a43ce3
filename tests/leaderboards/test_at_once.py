"""A board published while runs are ingested: nothing that changes meanwhile is lost."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from tests.support.at_once import wait_until_it_waits
from tests.support.boards import TODAY, make_board, publish, set_total
from tests.support.runs import reported
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.groups.queries import locked_group
from webapp.leaderboards import projection, service
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.models.scoring import Standing
from webapp.scoring.service import rederive

pytestmark = pytest.mark.both_databases

EARLIER = TODAY - timedelta(days=3)


def test_a_run_moved_to_another_date_while_its_board_is_published_is_not_lost(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    runner_id, entry_id, challenge_id = made.runners[0], made.entries[0], made.challenge.id
    begin_write()
    rederive(runner_id, ingest(runner_id, [reported("1", local_date=EARLIER)]).dates, clock().now())
    db.session.commit()
    publish(made)
    db.session.execute(update(Standing).where(Standing.entry_id == entry_id).values(dirty_from=EARLIER))
    db.session.commit()
    begin_write()
    assert service.publish(challenge_id, TODAY).moved
    begun = Event()

    def move() -> None:
        with app.app_context():
            begun.set()
            begin_write()
            db.session.execute(update(Activity).values(local_date=TODAY))
            rederive(runner_id, None, clock().now())
            db.session.commit()
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        moved = pool.submit(move)
        begun.wait()
        wait_until_it_waits()
        db.session.commit()
        moved.result()
    assert db.session.scalar(select(Standing.dirty_from).where(Standing.entry_id == entry_id)) is not None
    publish(made)
    row = projection.placed([entry_id])[0]
    assert row.total > 0
    assert row.before == 0
    assert service.differences(challenge_id) == []


def test_a_board_is_published_while_a_name_changes_in_its_group(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    group_id, challenge_id, before = made.challenge.group_id, made.challenge.id, made.challenge.version
    begin_write()
    service.bump_version([challenge_id])

    def rename() -> None:
        with app.app_context():
            begin_write()
            locked_group(Group.id == group_id)
            service.bump_version([challenge_id])
            db.session.commit()
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        renamed = pool.submit(rename)
        wait_until_it_waits()
        # A second change of a row in one transaction makes PostgreSQL check what the row points at: the group.
        service.bump_version([challenge_id])
        db.session.commit()
        renamed.result()
    db.session.rollback()
    assert db.session.get_one(Challenge, challenge_id).version == before + 3


def test_a_board_published_between_two_reads_of_a_page_misses_nobody(app: Flask, client: FlaskClient) -> None:
    made = make_board(["Ana"])
    set_total(made, {made.entries[0]: 4_000})
    publish(made)
    entry_id, runner_id = made.entries[0], made.runners[0]
    address = f"/g/{made.group.slug}/c/{made.challenge.id}/board.json"
    with client.session_transaction() as session:
        session["runner"], session["epoch"] = runner_id, 0
    db.session.remove()

    def run_on() -> None:
        with app.app_context():
            set_total(made, {entry_id: 43_000})
            publish(made)
            db.session.remove()

    def totals() -> list[int]:
        return [row["total"] for row in json.loads(client.get(address).text)["runners"]]

    with between_statements(run_on):
        assert totals() == [4_000], "the board of one version"
    assert totals() == [43_000]


@contextmanager
def between_statements(happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen, in a thread of its own, after the first statement that a page reads a board by."""
    happened = Event()

    def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "session_epoch" in statement and not happened.is_set():
            happened.set()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(happens).result()

    engine = db.engine
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", after)
    assert happened.is_set(), "a page reads its viewer first"
