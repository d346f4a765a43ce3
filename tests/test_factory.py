"""The application stands."""

import pytest
from flask import Flask
from sqlalchemy import text

from webapp.db import db

pytestmark = pytest.mark.both_databases


def test_the_database_has_every_table(app: Flask) -> None:
    for table in db.metadata.sorted_tables:
        assert db.session.execute(text(f"SELECT count(*) FROM {table.name}")).scalar() == 0
