"""What tests of the programs share with those of sync (connected runners), and instances that end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.instance import Instance
from tests.sync.conftest import connect

__all__ = ["connect"]

# One process of each kind is enough to be killed, and is up sooner.
SMALLEST = {"SIM_ATHLETES": "3", "WEB_WORKERS": "1", "JOB_WORKERS": "1"}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Instance]]:
    """Make instances in the folder of the test, on the smallest world there is; they end with the test."""
    with ExitStack() as endings:
        yield lambda **values: endings.enter_context(Instance(tmp_path, **{**SMALLEST, **values}))


@pytest.fixture
def start(made: Callable[..., Instance]) -> Callable[..., Instance]:
    """Make an instance and start it, by another command than `python -m ops.run` if need be."""

    def started(*command: str, **values: str) -> Instance:
        instance = made(**values)
        instance.start(*command)
        return instance

    return started
