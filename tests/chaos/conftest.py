"""What goes wrong here goes wrong for real: processes that are killed, servers that are gone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.chaos.stable import Stable, stable_for
from tests.sync.conftest import Connect, athlete_id, clock, connect, served_app
from webapp.clock import Clock
from webapp.extensions import begin_write, db
from webapp.sync.models import Connection

__all__ = ["athlete_id", "clock", "connect", "served_app"]  # fixtures that sync's own tests share


@pytest.fixture(scope="session")
def stable(migrated_app: Flask) -> Iterator[Stable]:
    """Processes of the application under test, forked in no time."""
    with stable_for(migrated_app.extensions["settings"]) as stable:
        yield stable


@pytest.fixture
def runner_id(connect: Connect, athlete_id: int) -> int:
    """A runner who has just connected and waits in front of the bar."""
    return connect(athlete_id)


def set_connection(**values: object) -> None:
    begin_write()
    db.session.execute(update(Connection).values(**values))
    db.session.commit()


def pass_by(clock: Clock, **time: float) -> None:
    """Let the clock, of every process that shares it, go forward."""
    clock.set(now=clock.now() + timedelta(**time))
