"""A simulator without the application: the client alone is at test."""

from collections.abc import Iterator

import pytest
from redis import Redis

from integrations.strava.budget import Budget
from integrations.strava.client import StravaClient
from integrations.strava.types import TokenGrant
from tests.conftest import make_settings
from tests.support.budgets import Hands
from tests.support.servers import OwnRedis
from tests.support.simulator import Simulator, simulator_for
from tests.support.strava import granted, wall_clock
from webapp.config import Settings


@pytest.fixture(scope="package")
def our_settings(own_redis: OwnRedis, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = make_settings(tmp_path_factory.mktemp("strava"), own_redis)
    settings.home.mkdir(parents=True)
    return settings


@pytest.fixture(scope="package")
def served(our_settings: Settings) -> Iterator[Simulator]:
    with simulator_for(our_settings) as simulator:
        yield simulator


@pytest.fixture
def simulator(served: Simulator) -> Simulator:
    """The simulator: nobody connected, nothing wrong with it."""
    served.reset()
    return served


@pytest.fixture
def redis(own_redis: OwnRedis) -> Iterator["Redis"]:
    with Redis.from_url(own_redis.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def budget(redis: "Redis", hands: Hands) -> Budget:
    return Budget(redis, hands)


def client_of(simulator: Simulator, timeout: float = 10.0) -> StravaClient:
    return StravaClient(f"{simulator.base}/api/v3", timeout, now=wall_clock)


@pytest.fixture
def athlete_id(simulator: Simulator) -> int:
    return int(simulator.athletes()[0]["id"])


@pytest.fixture
def grant(simulator: Simulator, athlete_id: int) -> TokenGrant:
    return granted(simulator, athlete_id)
