"""What tests of the operator's programs share."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from tests.support.servers import create_database, drop_database


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test."""
    name = f"chasepack_ops_{os.getpid()}"
    create_database(postgres_url, name)
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    drop_database(postgres_url, name)
