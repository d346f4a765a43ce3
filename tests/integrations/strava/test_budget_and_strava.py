"""The budget against a Strava that counts for itself: the simulator, over HTTP, on a clock both share."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from redis import Redis

from integrations.strava import errors
from integrations.strava.budget import Budget
from integrations.strava.client import StravaClient
from integrations.strava.webhook import Subscriptions
from tests.conftest import make_settings
from tests.support.budgets import refused
from tests.support.servers import OwnRedis
from tests.support.simulator import Simulator, simulator_for
from tests.support.strava import granted, requests_of
from webapp.clock import Clock

DAYS = count(1)
HISTORY = timedelta(days=30)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("budget") / "demo" / "clock.json")


@pytest.fixture(scope="module")
def strava_on_our_clock(own_redis: OwnRedis, clock: Clock) -> Iterator[Simulator]:
    assert clock.path is not None
    clock.path.parent.mkdir()
    settings = make_settings(clock.path.parent.parent, own_redis)
    with simulator_for(settings) as simulator:
        yield simulator


@pytest.fixture
def strava(strava_on_our_clock: Simulator, clock: Clock) -> Simulator:
    """The simulator at seven past twelve of a day that nobody has read on yet; time stands still."""
    clock.set(speed=0, now=datetime(2026, 12, 1, 12, 7, tzinfo=UTC) + timedelta(days=next(DAYS)))
    strava_on_our_clock.reset()
    strava_on_our_clock.control("DELETE", "counters")
    strava_on_our_clock.faults(tier="reviewed")
    return strava_on_our_clock


@pytest.fixture
def shared(redis: "Redis", clock: Clock) -> Budget:
    return Budget(redis, clock.now)


@pytest.fixture
def token(strava: Simulator) -> str:
    return granted(strava, int(strava.athletes()[0]["id"])).access_token


def client_of(strava: Simulator, clock: Clock, budget: Budget | None, timeout: float = 10.0) -> StravaClient:
    return StravaClient(f"{strava.base}/api/v3", timeout, now=clock.now, budget=budget, reason="resync")


def read(client: StravaClient, token: str, clock: Clock) -> None:
    client.activities(token, clock.now() - HISTORY, per_page=1)


def read_until_spent(client: StravaClient, token: str, clock: Clock) -> int:
    """Read until no more is allowed, and return how often."""
    for reads in range(10_000):
        try:
            read(client, token, clock)
        except errors.RateLimited:
            return reads
    raise AssertionError("nobody stops us")


def counted_by(strava: Simulator) -> list[int]:
    """Return what Strava says is used of the quarter hour and of the day."""
    used: list[int] = strava.control("GET", "counters")["usage"]["read"]
    return used


def used(budget: Budget) -> list[int]:
    state = budget.state()
    return [state.quarter.read.used, state.day.read.used]


@pytest.mark.parametrize(("tier", "most"), [("default", 100), ("ten", 200)])
def test_workers_at_once_use_what_a_tier_allows_and_not_one_more(
    strava: Simulator, clock: Clock, shared: Budget, token: str, tier: str, most: int
) -> None:
    strava.faults(tier=tier)
    read(client_of(strava, clock, shared), token, clock)
    with ThreadPoolExecutor(4) as pool:
        clients = [client_of(strava, clock, shared) for _ in range(4)]
        reads = list(pool.map(lambda client: read_until_spent(client, token, clock), clients))
    assert 1 + sum(reads) == most
    assert counted_by(strava) == used(shared) == [most, most]
    clock.set(speed=0, now=clock.now() + timedelta(minutes=8))
    read(client_of(strava, clock, shared), token, clock)
    assert counted_by(strava) == used(shared) == [1, most + 1]


def test_what_others_read_for_the_application_is_found_with_the_next_answer(
    strava: Simulator, clock: Clock, shared: Budget, token: str
) -> None:
    strava.faults(tier="default")
    for _ in range(60):
        read(client_of(strava, clock, None), token, clock)
    assert read_until_spent(client_of(strava, clock, shared), token, clock) == 40
    assert counted_by(strava) == used(shared) == [100, 100]


def test_a_tier_that_is_taken_back_is_obeyed_from_the_next_answer_on(
    strava: Simulator, clock: Clock, shared: Budget, token: str
) -> None:
    client = client_of(strava, clock, shared)
    for tier, limit in (("reviewed", 30_000), ("ten", 2_000), ("default", 1_000)):
        strava.faults(tier=tier)
        read(client, token, clock)
        assert shared.state().day.read.limit == limit
    assert read_until_spent(client, token, clock) == 97
    assert counted_by(strava) == [100, 100]


def test_every_kind_of_answer_is_counted_and_learned_from(
    strava: Simulator, clock: Clock, shared: Budget, token: str
) -> None:
    client = client_of(strava, clock, shared)
    for wrong in ("no such token", token):
        with pytest.raises((errors.TokenRefused, errors.NotThere)):
            client.activity(wrong, "1")
    strava.faults(error_500=1.0)
    with pytest.raises(errors.Unavailable):
        read(client, token, clock)
    assert counted_by(strava) == used(shared) == [3, 3]
    assert shared.state().day.read.limit == 30_000
    assert shared.state().closed_why is None


def test_what_the_operator_asks_of_the_subscription_is_counted_too(
    strava: Simulator, clock: Clock, shared: Budget
) -> None:
    subscriptions = Subscriptions(f"{strava.base}/api/v3", "1", "simulator", now=clock.now, budget=shared)
    with pytest.raises(errors.Refused):
        subscriptions.subscribe("nowhere", "token")
    assert not subscriptions.list()
    assert not subscriptions.unsubscribe(1)
    assert shared.counts() == {"read:subscription": 3}, "none was found to be counted elsewhere"
    assert shared.state().quarter.read.used == sum(requests_of(strava).values()) == 3
    shared.close(clock.now() + timedelta(minutes=5), "a limit")
    with pytest.raises(errors.RateLimited):
        subscriptions.list()
    assert sum(requests_of(strava).values()) == 3


def test_a_call_that_was_sent_and_never_answered_is_spent(
    strava: Simulator, clock: Clock, shared: Budget, token: str
) -> None:
    strava.faults(timeout=1.0, timeout_seconds=0.6)
    with pytest.raises(errors.Unavailable):
        read(client_of(strava, clock, shared, timeout=0.3), token, clock)
    assert counted_by(strava) == used(shared) == [1, 1]


def test_a_429_keeps_everybody_from_asking_until_the_window_turns(
    strava: Simulator, clock: Clock, shared: Budget, token: str
) -> None:
    client = client_of(strava, clock, shared)
    strava.faults(rate_429=1.0)
    for _ in range(3):
        with pytest.raises(errors.RateLimited):
            read(client, token, clock)
    strava.control("DELETE", "faults")
    assert refused(shared) == 8 * 60
    assert requests_of(strava) == {"api GET api.activities": 1, **_grants(strava)}
    clock.set(speed=0, now=clock.now() + timedelta(minutes=8))
    read(client, token, clock)


def test_an_application_switched_off_is_probed_and_found_to_be_on_again(
    strava: Simulator, clock: Clock, shared: Budget, token: str
) -> None:
    client = client_of(strava, clock, shared)
    strava.faults(inactive=True)
    with pytest.raises(errors.Inactive):
        read(client, token, clock)
    for still_off in (True, False):
        with pytest.raises(errors.Paused, match="switched this application off"):
            read(client, token, clock)
        strava.faults(inactive=still_off)
        clock.set(speed=0, now=clock.now() + timedelta(minutes=15))
        if still_off:
            with pytest.raises(errors.Inactive):
                read(client, token, clock)
    read(client, token, clock)
    assert shared.state().closed_why is None
    assert counted_by(strava)[1] == 3


def _grants(strava: Simulator) -> dict[str, int]:
    """Return the requests that connecting made, which are no calls of the API."""
    return {name: times for name, times in requests_of(strava).items() if not name.startswith("api ")}
