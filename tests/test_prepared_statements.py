"""PostgreSQL plans the statements of a page once per connection, not once per page."""

import pytest
from flask import Flask, Response
from sqlalchemy import func, select, text

from tests.support.builders import NOON, make_challenge
from tests.support.cast import make_cast
from webapp.db import db, end_session_read
from webapp.models.accounts import Runner

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql AND statement LIKE 'SELECT %'")
# A connection prepares a statement when it runs it for the second time; a page may use two connections in turn.
OFTEN = 6
MORE_THAN_PSYCOPG_KEEPS = 150


@pytest.mark.only_postgresql
@pytest.mark.parametrize("page", ["", "/c/{challenge}", "/c/{challenge}/part", "/me"])
def test_what_a_page_reads_stays_prepared_for_the_next_one(app: Flask, page: str) -> None:
    cast = make_cast(app)
    path = cast.home + page.format(challenge=make_challenge(cast.group).id)
    db.session.remove()
    db.engine.dispose()
    for _ in range(OFTEN):
        assert cast.browsers["member"].get(path).status_code == 200
    with db.engine.connect() as connection:
        assert connection.scalar(PREPARED) > 0


@pytest.mark.only_postgresql
def test_a_connection_keeps_the_statements_of_all_pages(app: Flask) -> None:
    with db.engine.connect() as connection:
        for number in 2 * list(range(MORE_THAN_PSYCOPG_KEEPS)):
            connection.execute(text(f"SELECT {number} AS one_of_many"))
        found = connection.scalar(text(f"{PREPARED.text} AND statement LIKE '%one_of_many'"))
    assert found == MORE_THAN_PSYCOPG_KEEPS


def test_the_end_of_a_page_writes_nothing_that_was_not_committed(app: Flask) -> None:
    with app.test_request_context("/home"):
        db.session.add(Runner(name="Ana Ruiz", created_at=NOON))
        end_session_read(Response())
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 0
