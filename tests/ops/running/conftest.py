"""One instance for all tests of this folder, which leave it running."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.conftest import SMALLEST
from tests.support.instance import Instance


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Instance]:
    """An instance whose trial nobody fills, and which logs JSON; it ends with the last of them."""
    with Instance(
        tmp_path_factory.mktemp("running"), **SMALLEST, LOG_FORMAT="json", METRICS_TOKEN="m" * 20
    ) as instance:
        instance.begin_migrated(migrated_sqlite)
        instance.stay_empty()
        instance.start()
        instance.wait_until_up()
        yield instance
