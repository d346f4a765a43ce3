"""The challenge that tests of closing close."""

import pytest
from flask import Flask

from tests.support.builders import make_challenge, make_connection, make_entry, make_group, make_member, make_runner
from tests.support.closing import CLOSED, Closing
from tests.support.derived import read_in
from tests.support.runs import reported
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.scoring.service import rederive_challenge


@pytest.fixture
def closing(app: Flask) -> Closing:
    """A challenge of November with two who are connected; one has run. It is the second of December."""
    group = make_group()
    ana, ben = make_runner("Ana Ruiz"), make_runner("Ben Okoro")
    challenge = make_challenge(group)
    for runner in (ana, ben):
        make_member(group, runner)
        make_connection(runner)
        make_entry(challenge, runner)
    begin_write()
    rederive_challenge(challenge.id, clock().now())
    db.session.commit()
    read_in(ana.id, [reported("1")])
    clock().set(now=CLOSED)
    return Closing(app, group, challenge, ana, ben)
