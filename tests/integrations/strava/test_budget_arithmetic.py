"""The windows of the budget against a plain model of them: any calls, answers and pauses in any order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from integrations.strava import errors
from integrations.strava.budget import Budget, begins
from tests.support.budgets import Hands, told

SPANS = (900, 86_400)
LIMITS = {"read_limit": (7, 20), "overall_limit": (9, 24)}
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda later: BEGIN + later)
A_CALL = st.tuples(st.just("take"), st.integers(0, 3))
AN_ANSWER = st.tuples(st.just("learn"), st.tuples(st.integers(0, 9), st.integers(0, 25)))
A_PAUSE = st.tuples(st.just("wait"), st.integers(3, 30_000))
STORY = st.lists(st.one_of(A_CALL, A_CALL, A_CALL, AN_ANSWER, A_PAUSE), max_size=60)


@given(MOMENTS, st.sampled_from(SPANS))
def test_a_window_holds_its_moment_and_begins_on_the_clock(moment: datetime, span: int) -> None:
    start = datetime.fromtimestamp(begins(moment, span), UTC)
    assert start <= moment < start + timedelta(seconds=span)
    assert (start.minute % 15, start.second, start.microsecond) == (0, 0, 0)
    if span == SPANS[1]:
        assert (start.hour, start.minute, start.date()) == (0, 0, moment.date())


@dataclass
class Model:
    """Every call remembered with its moment; what Strava told, with its own."""

    calls: list[datetime] = field(default_factory=list)
    used: dict[tuple[int, int], int] = field(default_factory=dict)

    def left(self, now: datetime) -> int:
        pairs = zip(SPANS, LIMITS["read_limit"], strict=True)
        return min(limit - self.used.get(self.window(now, span), 0) for span, limit in pairs)

    def window(self, now: datetime, span: int) -> tuple[int, int]:
        return span, int(now.timestamp()) // span

    def add(self, now: datetime) -> None:
        self.calls.append(now)
        for span in SPANS:
            window = self.window(now, span)
            self.used[window] = self.used.get(window, 0) + 1

    def told(self, now: datetime, usage: tuple[int, int]) -> None:
        for span, number in zip(SPANS, usage, strict=True):
            if begins(now - timedelta(seconds=2), span) == begins(now, span):
                window = self.window(now, span)
                self.used[window] = max(self.used.get(window, 0), number)


def take(budget: Budget, keep: int) -> bool:
    try:
        budget.take("resync", keep)
    except errors.RateLimited:
        return False
    return True


def play(budget: Budget, hands: Hands, model: Model, what: str, value: object) -> None:
    if isinstance(value, tuple):
        budget.learn(told(read=value, **LIMITS))
        model.told(hands.at, value)
    elif what == "wait":
        hands.on(seconds=int(str(value)))
    else:
        allowed = model.left(hands.at) - 1 >= int(str(value))
        assert take(budget, int(str(value))) is allowed
        if allowed:
            model.add(hands.at)


@given(MOMENTS, STORY)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_call_is_let_through_exactly_while_both_windows_have_room(
    redis: "Redis", moment: datetime, story: list[tuple[str, object]]
) -> None:
    redis.flushall()
    hands, model = Hands(moment), Model()
    budget = Budget(redis, hands)
    budget.learn(told(read=(0, 0), **LIMITS))
    for what, value in story:
        play(budget, hands, model, what, value)
    for span, most in zip(SPANS, LIMITS["read_limit"], strict=True):
        counted = [model.window(call, span) for call in model.calls]
        assert all(counted.count(window) <= most for window in counted)
    state = budget.state()
    assert [state.quarter.read.used, state.day.read.used] == [
        model.used.get(model.window(hands.at, span), 0) for span in SPANS
    ]


@given(MOMENTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_someone_who_waits_as_long_as_told_is_let_through(redis: "Redis", moment: datetime) -> None:
    redis.flushall()
    hands = Hands(moment)
    budget = Budget(redis, hands)
    budget.learn(told(read=(0, 0), **LIMITS))
    for _ in range(3):
        while (wait := waits(budget)) == 0:
            pass
        # The clock counts microseconds, and what is told is rounded to them.
        hands.on(seconds=wait, microseconds=1)
        assert waits(budget) == 0


def waits(budget: Budget) -> float:
    """Take, and return how long to wait for it: nothing, mostly."""
    try:
        budget.take("resync")
    except errors.RateLimited as refusal:
        return refusal.retry_after or 0
    return 0
