"""What tests of the programs share with those of sync (connected runners), and instances that end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.paths import filled_mark
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
def start(made: Callable[..., Instance], migrated_sqlite: Path) -> Callable[..., Instance]:
    """Make an instance and start it, by another command than `python -m ops.run` if need be.

    It starts as one that ran before: migrated. Its trial is filled only if `is_filled`.
    """

    def started(*command: str, is_filled: bool = False, **values: str) -> Instance:
        instance = made(**values)
        instance.begin_migrated(migrated_sqlite)
        if is_filled:
            filled_mark(instance.settings).unlink(missing_ok=True)
        else:
            instance.stay_empty()
        instance.start(*command)
        return instance

    return started
