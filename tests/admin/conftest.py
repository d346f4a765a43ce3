"""An operator with a browser."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.browser import Browser, signed_in
from tests.support.builders import make_connected, make_runner
from tests.support.settings import with_settings
from webapp.models.accounts import Runner


@pytest.fixture
def operator(app: Flask) -> Iterator[Runner]:
    """A runner whose athlete is in OPERATORS."""
    runner = make_runner("Ana Ruiz")
    make_connected(runner)
    with with_settings(app, operators=("7", str(1000 + runner.id)), seats=10):
        yield runner


@pytest.fixture
def browser(app: Flask, operator: Runner) -> Browser:
    return signed_in(app, operator)
