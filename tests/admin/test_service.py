"""The samples that are kept for the page."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.builders import NOON
from webapp import queue
from webapp.admin import queries, service
from webapp.job_names import Job
from webapp.redis import redis_client

pytestmark = pytest.mark.both_databases


def depths() -> dict[int, int]:
    return {int(start): int(depth) for start, depth in redis_client().hgetall(queries.DEPTHS_KEY).items()}


def test_the_deepest_queue_of_each_quarter_hour_is_kept(app: Flask) -> None:
    quarter = int(NOON.timestamp())
    service.sample(NOON)
    assert depths() == {quarter: 0}
    for number in range(3):
        queue.enqueue(Job.SYNC_RUNNER, number)
    service.sample(NOON + timedelta(minutes=5))
    assert depths() == {quarter: 3}
    redis_client().delete("rq:queue:default")
    service.sample(NOON + timedelta(minutes=10))
    service.sample(NOON + timedelta(minutes=15))
    assert depths() == {quarter: 3, quarter + 900: 0}


def test_samples_older_than_a_day_go(app: Flask) -> None:
    service.sample(NOON)
    service.sample(NOON + timedelta(hours=23))
    assert len(depths()) == 2
    service.sample(NOON + timedelta(hours=24))
    assert len(depths()) == 2 and int(NOON.timestamp()) not in depths()
