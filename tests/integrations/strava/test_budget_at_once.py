"""Many workers at one budget, a Redis that goes, and a Strava that counts for itself."""

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

from redis import Redis

from integrations.strava import errors
from integrations.strava.budget import Allowance, Budget
from tests.support.budgets import NOON, Hands, refused, spend_all, told
from tests.support.servers import OwnRedis, free_port

# Many at once ------------------------------------------------------------------------------------------------------


def _spend_elsewhere(url: str, at: datetime) -> int:
    return spend_all(Budget(Redis.from_url(url), Hands(at)))


def test_many_processes_at_once_never_go_over(own_redis: OwnRedis, budget: Budget) -> None:
    budget.learn(told(read=(0, 0), read_limit=(3_000, 5_000), overall_limit=(4_000, 5_000)))
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        asked = [pool.submit(_spend_elsewhere, own_redis.url, NOON) for _ in range(4)]
        calls = [one.result(60) for one in asked]
    assert sum(calls) == 3_000
    assert budget.state().quarter.read == Allowance(3_000, 3_000)
    assert budget.state().day.read.used == 3_000


def at_once(workers: int, work: Callable[[], bool]) -> int:
    """Let many threads do the same and return how many of them did."""
    with ThreadPoolExecutor(workers) as pool:
        done: list[Future[bool]] = [pool.submit(work) for _ in range(workers)]
        return sum(one.result(30) for one in done)


def test_one_of_many_workers_probes(own_redis: OwnRedis, budget: Budget, hands: Hands) -> None:
    budget.close(hands.at + timedelta(minutes=15), "switched off", probe=True)
    hands.on(minutes=15)

    def probes() -> bool:
        with Redis.from_url(own_redis.url) as own:
            try:
                Budget(own, hands).take("resync")
            except errors.Paused:
                return False
        return True

    assert at_once(16, probes) == 1
    assert budget.state().quarter.read.used == 1


# Redis ---------------------------------------------------------------------------------------------------------------


def test_without_redis_no_call_is_made_and_an_answer_is_dropped(hands: Hands) -> None:
    nobody = Budget(Redis.from_url(f"redis://127.0.0.1:{free_port()}"), hands)
    assert refused(nobody, errors.Unavailable) > 0
    nobody.learn(told(), hands.at, errors.Inactive("off"))


def test_an_emptied_redis_begins_small_and_learns_from_the_next_answer(redis: "Redis", budget: Budget) -> None:
    budget.learn(told(read=(150, 150), read_limit=(600, 30_000), overall_limit=(600, 30_000)))
    redis.flushall()
    assert budget.state().quarter.read == Allowance(0, 100)
    budget.learn(told(read=(152, 152), read_limit=(600, 30_000), overall_limit=(600, 30_000)), budget.take("resync"))
    assert budget.state().quarter.read == Allowance(152, 600)
    assert spend_all(budget) == 448
