"""The quota of reads at Strava: one count for all workers, in Redis, corrected by every answer.

Strava counts requests by the quarter hour on the clock and by the UTC day, reads apart from the rest, and refused ones
too. All our calls are reads and count in both. A call is counted before it is made, in one step, so that no number of
workers exceeds the quota. The time comes from the given clock, so that a month may pass in a minute.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis, RedisError

from integrations.strava import budget_scripts as scripts
from integrations.strava.answers import DAY, QUARTER_HOUR
from integrations.strava.errors import ApplicationRefused, Inactive, Paused, RateLimited, StravaError, Unavailable

log = logging.getLogger(__name__)

PREFIX = "chasepack:budget:"
SPANS = {"quarter": QUARTER_HOUR, "day": DAY}
KINDS = ("read", "overall")
# A window that begins up to this much later than ours comes from a quicker worker, as `budget_scripts` says.
AHEAD = {"quarter": 8 * QUARTER_HOUR, "day": DAY}
# The limits of the smallest application; used until the first answer gives ours.
SMALLEST = {"quarter:read": 100, "quarter:overall": 200, "day:read": 1_000, "day:overall": 2_000}
HEADERS = {"read": "X-ReadRateLimit", "overall": "X-RateLimit"}
PAIR = re.compile(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", re.ASCII)
# Seconds by which Strava's clock and ours may differ: this soon after a reset, the reported usage may be the old one.
MARGIN = 2
# Somebody must subscribe or fix a setting; asking more often would only spend the quota.
PROBE_EVERY = timedelta(minutes=15)
# Seconds of real time after which a probing worker counts as dead, and another one may probe.
PROBE_LEASE = 60
# Seconds to wait while another worker probes, or while Redis is down.
COME_BACK = 15.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """Requests used and allowed in one window."""

    used: int
    limit: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class RateWindow:
    """A quarter hour or a day: reads, all calls, and when it resets."""

    read: Allowance
    overall: Allowance
    turns_at: datetime

    @property
    def left(self) -> int:
        """Return how many calls may still be made in it."""
        return min(self.read.left, self.overall.left)


@dataclass(frozen=True, slots=True)
class BudgetState:
    """The budget at a moment.

    While the gate is closed, `closed_until` says how long. After a refusal of the application it is half open then: one
    call goes first, and `closed_why` stays until Strava has served it.
    """

    quarter: RateWindow
    day: RateWindow
    closed_until: datetime | None
    closed_why: str | None
    # Whether Strava has told us its limits; until then the smallest ones are used.
    learned: bool

    @property
    def half_open(self) -> bool:
        return self.closed_until is None and self.closed_why is not None


@dataclass(frozen=True, slots=True)
class Quarter:
    """Reads by reason in the quarter hour that began at `start`. "elsewhere": counted by Strava, but not by us."""

    start: datetime
    reads: Mapping[str, int] = field(default_factory=dict)


def begins(moment: datetime, span: int) -> int:
    """Return the epoch second at which the window of `span` seconds that contains `moment` began."""
    second = int(moment.timestamp() // 1)
    return second - second % span


class Budget:
    """The budget of one application. `now` returns the time."""

    def __init__(self, redis: "Redis", now: Callable[[], datetime]) -> None:
        self._redis, self._now = redis, now
        self._keys = [PREFIX + name for name in ("state", "history", "probe", "counts")]
        self._take = redis.register_script(scripts.TAKE)
        self._learn = redis.register_script(scripts.LEARN)
        self._close = redis.register_script(scripts.CLOSE)
        self._open = redis.register_script(scripts.OPEN)

    def take(self, reason: str, keep: int = 0, keep_of_day: int | None = None) -> datetime:
        """Count one call before it is made and return the moment, for `learn`.

        `keep` calls must stay free in the quarter hour after this one, and as many, or `keep_of_day`, in the day.
        Raises RateLimited when a window is spent, Paused while Strava refuses the application, and Unavailable without
        Redis, since nothing can be counted then.
        """
        now = self._now()
        first = [now.timestamp(), *(begins(now, span) for span in SPANS.values())]
        kept = [keep, keep if keep_of_day is None else keep_of_day]
        try:
            answer = self._take(self._keys, [*first, reason, *kept, PROBE_LEASE, *SMALLEST.values()])
        except RedisError as error:
            log.error("cannot reach Redis; refusing the Strava call: %s", error)
            raise Unavailable("reads cannot be counted while Redis is away", retry_after=COME_BACK) from None
        forbidden, until, why = (_text(part) for part in answer)
        if forbidden:
            raise _refusal(forbidden, float(until) - now.timestamp(), why)
        return now

    def learn(
        self, headers: Mapping[str, str], taken: datetime | None = None, error: StravaError | None = None
    ) -> None:
        """Record what an answer says: limits and usage, and whether Strava still serves us.

        `taken` is what `take` returned, `error` the error that the answer means; without an answer the headers are
        empty. Unreadable headers are ignored. Raises nothing, since the call has been made.
        """
        now = self._now()
        taken = taken or now
        reported = [part for name in SPANS for part in _reported(headers, name, taken, now)]
        try:
            self._learn(self._keys, [taken.timestamp(), *reported, _outcome(error)])
            if isinstance(error, RateLimited | Inactive | ApplicationRefused):
                self._shut(error, taken)
        except RedisError as trouble:
            log.error("cannot record what Strava answered: %s", trouble)

    def close(self, until: datetime, why: str, *, probe: bool = False) -> None:
        """Pause all calls until then; with `probe`, one trial call goes first after that. Raises RedisError."""
        log.warning("no calls to Strava until %s: %s", until.isoformat(timespec="seconds"), why)
        self._close(self._keys, [until.timestamp(), why, int(probe), self._now().timestamp()])

    def open(self) -> None:
        """Open the gate at once, after the operator has fixed the cause. Raises RedisError."""
        self._open(self._keys, [])

    def _shut(self, error: StravaError, taken: datetime) -> None:
        if not isinstance(error, RateLimited):
            return self.close(self._now() + PROBE_EVERY, str(error), probe=True)
        fresh = taken.timestamp() % QUARTER_HOUR < MARGIN
        pause = MARGIN if fresh or error.retry_after is None else error.retry_after
        return self.close(taken + timedelta(seconds=pause), str(error))

    def count(self, name: str) -> None:
        """Count something that costs no read: an event that was refused, a token renewed. Raises nothing."""
        try:
            self._redis.hincrby(self._keys[3], name, 1)
        except RedisError as trouble:
            log.error("cannot count %s: %s", name, trouble)

    # What pages and the planner read ---------------------------------------------------------------------------

    def state(self) -> BudgetState:
        """Return the present state. Raises RedisError."""
        state = {_text(name): _text(value) for name, value in self._redis.hgetall(self._keys[0]).items()}
        now, until = self._now(), float(state.get("closed:until", 0))
        closed = 0 < until - now.timestamp() <= DAY + 100
        waits = closed or (state.get("closed:probe") == "1" and until <= now.timestamp())
        return BudgetState(
            quarter=_window(state, "quarter", now),
            day=_window(state, "day", now),
            closed_until=datetime.fromtimestamp(until, UTC) if closed else None,
            closed_why=state.get("closed:why") if waits else None,
            learned="limit:day:read" in state,
        )

    def counts(self) -> dict[str, int]:
        """Return the counts by name, with reads as "read:<reason>", since Redis was last emptied.

        Raises RedisError.
        """
        return {_text(name): int(times) for name, times in self._redis.hgetall(self._keys[3]).items()}

    def history(self, hours: int = 24) -> list[Quarter]:
        """Return the reads of the last `hours` (at most 48) by quarter hour, the present one last."""
        last = begins(self._now(), QUARTER_HOUR)
        found: dict[int, dict[str, int]] = {}
        for name, calls in self._redis.hgetall(self._keys[1]).items():
            start, _, reason = _text(name).partition(":")
            found.setdefault(int(start), {})[reason] = int(calls)
        starts = range(last - (4 * hours - 1) * QUARTER_HOUR, last + 1, QUARTER_HOUR)
        return [Quarter(datetime.fromtimestamp(start, UTC), found.get(start, {})) for start in starts]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _refusal(forbidden: str, wait: float, why: str) -> StravaError:
    if forbidden == "paused":
        return Paused(why, retry_after=wait)
    if forbidden == "probed":
        return Paused(why, retry_after=COME_BACK)
    if forbidden == "limited":
        return RateLimited(why, retry_after=wait)
    return RateLimited(f"the quota at Strava is spent ({why})", retry_after=wait)


def _reported(headers: Mapping[str, str], name: str, taken: datetime, now: datetime) -> list[int]:
    """Return for one window: its beginning, whether it began after the call was counted, reported limits and usage."""
    index, span = list(SPANS).index(name), SPANS[name]
    current = begins(now, span)
    late = begins(taken, span) != current
    doubtful = begins(taken - timedelta(seconds=MARGIN), span) != current
    limits, usage = (
        [_number(headers, f"{HEADERS[kind]}-{what}", index) for kind in KINDS] for what in ("Limit", "Usage")
    )
    return [current, int(late), *limits, *([-1, -1] if doubtful else usage)]


def _number(headers: Mapping[str, str], name: str, index: int) -> int:
    found = PAIR.fullmatch(headers.get(name) or "")
    return int(found[index + 1]) if found else -1


def _outcome(error: StravaError | None) -> str:
    """Return what an answer says about the application; errors of a single runner say nothing."""
    if isinstance(error, Inactive | ApplicationRefused):
        return "refused"
    return "unknown" if isinstance(error, Unavailable | RateLimited) else "served"


def _window(state: Mapping[str, str], name: str, now: datetime) -> RateWindow:
    begin, known = begins(now, SPANS[name]), int(float(state.get(name, 0)))
    if 0 <= known - begin <= AHEAD[name]:
        begin, used = known, state
    else:
        used = {}
    read, overall = (_allowance(f"{name}:{kind}", used, state) for kind in KINDS)
    return RateWindow(read, overall, datetime.fromtimestamp(begin + SPANS[name], UTC))


def _allowance(name: str, used: Mapping[str, str], state: Mapping[str, str]) -> Allowance:
    return Allowance(int(used.get(name, 0)), int(state.get(f"limit:{name}", SMALLEST[name])))
