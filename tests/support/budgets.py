"""Budgets on a clock that stands where it is put, and the headers that Strava sends."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.strava import errors
from integrations.strava.budget import Budget

NOON = datetime(2026, 11, 3, 12, 7, 30, tzinfo=UTC)
QUARTER_PAST = NOON.replace(minute=15, second=0)
MIDNIGHT = datetime(2026, 11, 4, tzinfo=UTC)


class Hands:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **span: float) -> None:
        self.at += timedelta(**span)


def told(
    read: tuple[int, int] = (1, 1),
    overall: tuple[int, int] | None = None,
    read_limit: tuple[int, int] = (100, 1_000),
    overall_limit: tuple[int, int] = (200, 2_000),
) -> dict[str, str]:
    """Return the four headers of an answer, (quarter hour, day) each."""
    pairs = {
        "X-RateLimit-Limit": overall_limit,
        "X-RateLimit-Usage": overall or read,
        "X-ReadRateLimit-Limit": read_limit,
        "X-ReadRateLimit-Usage": read,
    }
    return {name: f"{quarter},{day}" for name, (quarter, day) in pairs.items()}


def spend(budget: Budget, calls: int) -> None:
    for _ in range(calls):
        budget.take("resync")


def spend_all(budget: Budget, keep: int = 0) -> int:
    """Take until nothing is left, and return how many calls there were."""
    for calls in range(10_000):
        try:
            budget.take("resync", keep)
        except errors.RateLimited:
            return calls
    raise AssertionError("the budget has no end")


def refused(budget: Budget, kind: type[errors.StravaError] = errors.RateLimited) -> float:
    """Return how long a call that is not let through is to wait."""
    with pytest.raises(kind) as failure:
        budget.take("resync")
    assert failure.value.retry_after is not None
    return failure.value.retry_after
