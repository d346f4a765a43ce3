"""A challenge, and one who runs in it."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import make_challenge, make_entry, make_group, make_runner
from webapp.db import db
from webapp.models.challenges import Challenge, Entry, Team


@pytest.fixture
def november(app: Flask) -> Challenge:
    return make_challenge(make_group(), teams=("Herons", "Otters"))


@pytest.fixture
def ana(november: Challenge) -> Entry:
    team = db.session.scalars(select(Team).order_by(Team.position)).first()
    return make_entry(november, make_runner(), team)
