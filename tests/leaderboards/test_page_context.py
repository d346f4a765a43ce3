""" "Nothing new" is a single read, and what is new is read as one snapshot on the same connection."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.support.board_pages import address, get, sign_in
from tests.support.boards import NOON, make_board, publish, set_total
from webapp.db import db
from webapp.extensions import clock
from webapp.memberships.service import leave


@pytest.mark.both_databases
@pytest.mark.parametrize("page", ["", "/road", "/chase"])
def test_nothing_new_takes_one_statement_and_news_come_at_once(app: Flask, client: FlaskClient, page: str) -> None:
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, dict(zip(made.entries, (9000, 6000), strict=True)))
    publish(made)
    get(client, made, page)
    part, statements = address(made, f"{page}/part"), []
    known = {"If-None-Match": client.get(part).headers["ETag"]}
    count = lambda *told: statements.append(told[2])  # noqa: E731  # SQLAlchemy calls it with six values
    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert client.get(part, headers=known).status_code == 304
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert len(statements) == 1, statements
    set_total(made, {made.entries[1]: 12_000})
    publish(made)
    answer = client.get(part, headers=known)
    assert answer.status_code == 200 and "12.0 km" in answer.text
    leave(made.group.id, made.runners[1], NOON)
    db.session.commit()
    sign_in(client, made.runners[1])
    assert client.get(part, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 404
