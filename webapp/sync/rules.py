"""The planner: which runner is read next, and why. Pure: the same facts, the same plan.

A plan spends no more than both of Strava's windows have left. Due reads are planned in the order of `Reason`. A read
that does not fit the budget blocks all reads of lower priority, except that events go before initial imports.

**The reserve.** Events may spend everything. All other reads leave a share of each window to events: `RESERVE` of its
limit times the part of the window that is still to come. So there is always room for the events of the rest of the
window, and at its end the reserve is zero. Initial imports leave half of that: a single newcomer gets what full
resyncs and final syncs have left, and if many come at once, events are still read.

**The pace of full resyncs.** A full resync that is due leaves, of the day, what an even use of it would leave, and half
of the quarter hour; both amounts fall with the time. So full resyncs that are due at the same time spread over hours
and leave the quarter hour to others. One that nears 48 hours (`URGENT`) has no pace, only the reserve. With 47 hours
between full resyncs that is all of them except the first, and runners' times differ by then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

# How long a worker's lease on a runner lasts. It is renewed with each page, and a little longer than a page takes.
LEASE = timedelta(seconds=45)
REFRESH_LEASE = timedelta(seconds=60)
# A token that ends this soon is renewed before it is used.
TOKEN_MARGIN = timedelta(minutes=10)
RESYNC_PAUSE = timedelta(minutes=5)
KEEP_EVENTS = timedelta(days=7)

RESERVE, LEFT_BY_FIRST = 0.3, 0.15
# An event of a new title does not mention what was saved with it, such as a new distance. So it is read at once while
# this share of each window is free, and otherwise, like any event, after this wait.
LEFT_BY_HINTS = 0.7
HINT_WAIT = timedelta(minutes=50)
# The part of a quarter hour that full resyncs leave to others even at its end.
LEFT_BY_RESYNCS = 0.5
# Strava wants what a runner deletes there to be gone here by then; this long before, a full resync is urgent.
GONE_WITHIN = timedelta(hours=48)
URGENT = timedelta(hours=2)
# A runner with nothing stored and no run for this long has nothing to delete: full resyncs are as rare as allowed.
IDLE_DAYS = 14
IDLE_RESYNC = timedelta(hours=47)
# The first full resync is early by up to this part of its time, to spread out runners who connected together.
RESYNC_SPREAD = 0.1
# Final syncs are spread over this part of the grace time; the rest is for runners who could not be read.
FINAL_SYNC_SPREAD = 0.8

# After a failed sync the planner skips a runner for this long, twice as long each time.
FIRST_REST, MAX_FAILURE_REST = timedelta(seconds=30), timedelta(minutes=60)
# After this many failures in a row runners are given up: tried only this often, or when something new comes in.
MAX_FAILURES = 10
REST_GIVEN_UP = timedelta(hours=2)
# A sync that the budget refused half-way would begin again and spend its first page again.
REST_REFUSED = timedelta(minutes=5)
# The read quota of one athlete: this many reads at once, and one more each time this passes. Beyond it they wait,
# however often they ask, connect, or change things: a tenth of the smallest application's day is all they can take.
# A second quota of the same size is for events that hide or delete something, so that those never wait for others.
QUOTA = 30
QUOTA_RETURNS = timedelta(minutes=20)
MAX_QUOTA_REST = timedelta(hours=24)
# No rest is longer, and no reads are paid further ahead. A later time comes from a clock that was put back
# since, and is ignored.
MAX_REST, MAX_PAID = MAX_QUOTA_REST, timedelta(hours=48)
# If a part of a list could not be read, the next full resync comes sooner.
DOUBTFUL_RESYNC = timedelta(hours=12)
# Strava is taken to be still processing a new run without figures that began no longer ago than this.
STILL_PROCESSED = timedelta(days=1)


class Reason(StrEnum):
    """Why a runner is read, the highest priority first."""

    END = "end"
    FIRST = "first"
    EVENT = "event"
    # Metrics and counts know it by its former name.
    FINAL_SYNC = "closing"
    ASKED = "asked"
    HINT = "hint"
    RESYNC = "resync"


ORDER = {reason: place for place, reason in enumerate(Reason)}
# The reasons that may spend the last read. Checking whether a grant has ended spends none.
UNRESERVED = frozenset({Reason.END, Reason.EVENT})


@dataclass(frozen=True, slots=True)
class PlannedSync:
    """One runner to be read. `reads`: how many calls it should take."""

    runner_id: int
    reason: Reason
    reads: int


@dataclass(frozen=True, slots=True)
class ReadAllowance:
    """One window of Strava's: reads left of its limit, when it turns, and how long it lasts."""

    left: int
    limit: int
    turns_at: datetime
    lasts: timedelta

    def to_come(self, now: datetime) -> float:
        """Return the part of the window that is still to come, 0 to 1."""
        return min(1.0, max(0.0, (self.turns_at - now) / self.lasts))


@dataclass(frozen=True, slots=True)
class ReadBudget:
    """What may be spent. `closed`: nothing; `probing`: one call goes first to see whether Strava serves us again.

    `promised`: reads of today that final syncs will need; full resyncs leave these free.
    """

    quarter: ReadAllowance
    day: ReadAllowance
    closed: bool = False
    probing: bool = False
    promised: int = 0


@dataclass(frozen=True, slots=True)
class FinalSync:
    """A final sync: when it is this runner's turn, and until when it counts."""

    due_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True)
class DueConnection:
    """What is known about one connection that may be due. Everything unknown or absent is None.

    `event_at`: when the first event came that is due and not done; `hint_at`: the first that only names a new title and
    may wait. `ended`: an event says that the grant has ended, or the grant is in doubt. A full resync is due since
    `resync_at`, or as soon as possible without it; `last_resync_at` is None before the first one.
    """

    runner_id: int
    connected: bool = True
    ended: bool = False
    watched_since: datetime | None = None
    event_at: datetime | None = None
    hint_at: datetime | None = None
    final_sync: FinalSync | None = None
    asked_at: datetime | None = None
    resync_due: bool = False
    resync_at: datetime | None = None
    last_resync_at: datetime | None = None
    rest_until: datetime | None = None
    busy_until: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Return whether it is skipped: another worker has it, or it rests after a failure."""
        rests = self.rest_until is not None and now < self.rest_until <= now + MAX_REST
        return rests or (self.busy_until is not None and self.busy_until > now)

    def is_urgent(self, now: datetime) -> bool:
        """Return whether the full resync is urgent; that of a runner without runs never is."""
        if self.last_resync_at is None or (self.resync_at and self.resync_at >= self.last_resync_at + GONE_WITHIN):
            return False
        return now >= self.last_resync_at + GONE_WITHIN - URGENT


def plan(
    now: datetime, budget: ReadBudget, connections: Iterable[DueConnection], quiet: timedelta
) -> list[PlannedSync]:
    """Return the runners to read now, in order, as far as the budget allows.

    `quiet`: how long a runner's first event waits for others to come along.
    """
    due = [(one, reason) for one in connections if (reason := reason_for(one, now, quiet))]
    due.sort(key=lambda pair: _weight(pair[0], pair[1], now))
    wallet = _Wallet(now, budget)
    planned: list[PlannedSync] = []
    first_wait = False
    for one, reason in due:
        if first_wait and reason is not Reason.EVENT:
            continue
        sync = PlannedSync(one.runner_id, reason, reads_for(one, reason))
        if wallet.pays(sync, paced=not one.is_urgent(now)):
            planned.append(sync)
        elif reason is Reason.FIRST:
            first_wait = True
        elif reason is not Reason.HINT:
            break
    return planned


def reason_for(one: DueConnection, now: datetime, quiet: timedelta) -> Reason | None:
    """Return why a connection is to be read now, or None."""
    if one.waits(now):
        return None
    if one.ended:
        return Reason.END
    if not one.connected:
        return None
    if one.watched_since is not None:
        return Reason.FIRST
    if one.event_at is not None and now - one.event_at >= quiet:
        return Reason.EVENT
    resync = one.resync_due and (one.resync_at is None or one.resync_at <= now)
    # A full resync that is due while a final sync is owed is that final sync: one read serves both.
    if one.final_sync is not None and (resync or one.asked_at is not None or one.final_sync.due_at <= now):
        return Reason.FINAL_SYNC
    # Without a time it is wanted as soon as possible, mostly for a challenge that reaches further back.
    if one.asked_at is not None or (resync and one.resync_at is None and one.last_resync_at is not None):
        return Reason.ASKED
    if resync:
        return Reason.RESYNC
    return Reason.HINT if one.hint_at is not None and now - one.hint_at >= quiet else None


def reads_for(one: DueConnection, reason: Reason) -> int:
    """Return how many calls a sync should take: one covering page, or two if the list must be read to its end."""
    if reason is Reason.END:
        return 0
    return 2 if reason is Reason.FIRST or one.final_sync is not None else 1


def _weight(one: DueConnection, reason: Reason, now: datetime) -> tuple[int, bool, datetime, datetime, int]:
    """Return a sort key with the most urgent first: within a reason, the longest wait or the nearest deadline."""
    final_sync = one.final_sync if reason is Reason.FINAL_SYNC else None
    since = {Reason.FIRST: one.watched_since, Reason.ASKED: one.asked_at, Reason.RESYNC: one.resync_at}
    since[Reason.HINT] = one.hint_at
    first = final_sync.deadline if final_sync else since.get(reason, one.event_at)
    second = final_sync.due_at if final_sync else now
    relaxed = reason is Reason.RESYNC and not one.is_urgent(now)
    long_ago = now - timedelta(days=36_500)
    return ORDER[reason], relaxed, first or long_ago, second, one.runner_id


def reserve_of(reason: Reason) -> float:
    """Return the share of a window that a read for this reason leaves to events."""
    if reason in UNRESERVED:
        return 0.0
    return {Reason.FIRST: LEFT_BY_FIRST, Reason.HINT: LEFT_BY_HINTS}.get(reason, RESERVE)


def reserved(allowance: ReadAllowance, now: datetime, share: float = RESERVE) -> int:
    """Return how many calls of a window are reserved for events: their share of the time that is still to come."""
    return ceil(allowance.limit * share * allowance.to_come(now))


def reserved_from_resyncs(budget: ReadBudget, now: datetime) -> tuple[int, int]:
    """Return how many calls of the quarter hour and of the day full resyncs leave while they keep their pace."""
    quarter, day = budget.quarter, budget.day
    part = LEFT_BY_RESYNCS + (1 - LEFT_BY_RESYNCS) * quarter.to_come(now)
    return ceil(quarter.limit * part), ceil(day.limit * day.to_come(now))


class _Wallet:
    """The budget, as one plan spends it."""

    def __init__(self, now: datetime, budget: ReadBudget) -> None:
        self.now, self.budget = now, budget
        self.quarter, self.day = budget.quarter.left, budget.day.left
        self.calls = 1 if budget.probing else None

    def pays(self, sync: PlannedSync, *, paced: bool) -> bool:
        """Pay for a sync, and return whether the budget allowed it."""
        if sync.reads == 0:
            return True
        if self.budget.closed or self.calls == 0:
            return False
        quarter, day = self._reserved(sync.reason, paced)
        if self.quarter - sync.reads < quarter or self.day - sync.reads < day:
            return False
        self.quarter, self.day = self.quarter - sync.reads, self.day - sync.reads
        self.calls = None if self.calls is None else self.calls - 1
        return True

    def _reserved(self, reason: Reason, paced: bool) -> tuple[int, int]:
        share = reserve_of(reason)
        quarter, day = (reserved(window, self.now, share) for window in (self.budget.quarter, self.budget.day))
        if reason is not Reason.RESYNC:
            return quarter, day
        slow_quarter, slow_day = reserved_from_resyncs(self.budget, self.now) if paced else (0, 0)
        return max(quarter, slow_quarter), max(day + self.budget.promised, slow_day)


# Due times -----------------------------------------------------------------------------------------------------


def spread(runner_id: int) -> float:
    """Return a runner's fixed place in a spread, 0 to 1: runners with neighbouring ids are far apart.

    The database computes the same (`due_queries`): 617 to 1,000 is about the golden ratio.
    """
    return runner_id * 617 % 1000 / 1000


def next_resync(
    last_resync_at: datetime, resync_hours: int, runner_id: int, *, idle: bool, fresh: bool = False
) -> datetime:
    """Return when the full resync after the one at `last_resync_at` is due; `fresh`: that one was the first."""
    after = max(IDLE_RESYNC, timedelta(hours=resync_hours)) if idle else timedelta(hours=resync_hours)
    return last_resync_at + after * (1 - RESYNC_SPREAD * spread(runner_id) * fresh)


def final_sync_of(ended_at: datetime, closes_at: datetime, owed_since: datetime, runner_id: int) -> FinalSync:
    """Return a runner's final sync for a challenge whose days ended at `ended_at` and whose grace ends at `closes_at`.

    `owed_since`: since when the entry needs it; later than `ended_at` for a runner who joined late, or for a challenge
    of past days, which has a day for it.
    """
    slot = ended_at + (closes_at - ended_at) * FINAL_SYNC_SPREAD * spread(runner_id)
    late = owed_since + timedelta(days=1) if owed_since > ended_at else closes_at
    return FinalSync(max(slot, owed_since), max(closes_at, late))


def rest_after(failures: int, runner_id: int) -> timedelta:
    """Return how long a runner rests after this many failures in a row: growing, a fifth more or less."""
    if failures >= MAX_FAILURES:
        return REST_GIVEN_UP
    rest = min(MAX_FAILURE_REST, FIRST_REST * (1 << max(0, failures - 1)))
    return rest * (0.8 + 0.4 * spread(runner_id + 131 * failures))


def back_at(now: datetime, retry_after: float | None) -> datetime:
    """Return when to try a runner again after Strava told us to wait. The gate knows how long; this is no failure."""
    return now + (REST_REFUSED if retry_after is None else min(timedelta(seconds=retry_after), REST_REFUSED))


def quota_spent(paid_until: datetime | None, reads: int, now: datetime) -> datetime:
    """Return until when an athlete's reads are paid after this many more: each takes the time in which one returns."""
    return min(max(_plausible(paid_until, now) or now, now) + reads * QUOTA_RETURNS, now + MAX_PAID)


def rest_for_quota(paid_until: datetime | None, now: datetime) -> datetime | None:
    """Return until when an athlete whose read quota is spent has to wait; None if some of it is left."""
    back_at = (_plausible(paid_until, now) or now) - (QUOTA - 1) * QUOTA_RETURNS
    return min(back_at, now + MAX_QUOTA_REST) if back_at > now else None


def _plausible(paid_until: datetime | None, now: datetime) -> datetime | None:
    return None if paid_until is None or paid_until > now + MAX_PAID else paid_until


def lease_until(now: datetime, lease: timedelta, speed: float) -> datetime:
    """Return when a lease taken now runs out. The lease is in real time; on a fast clock it is longer by the clock."""
    return now + lease * max(1.0, speed)


def sync_lease(timeout: float) -> timedelta:
    """Return how long a lease lasts for one page: a call, a renewed token, the call again, and the writing."""
    return max(LEASE, timedelta(seconds=15 + 3 * timeout))


def removes(aspect: str, updates: Mapping[str, str]) -> bool:
    """Return whether an event says that an activity was hidden or deleted, so that others must no longer see it."""
    return aspect == "delete" or updates.get("private") == "true"


def is_deauthorisation(object_type: str, updates: dict[str, str]) -> bool:
    return object_type == "athlete" and updates.get("authorized") == "false"


# Failures in words ----------------------------------------------------------------------------------------------

WORDS = {
    "ScopeMissing": "Strava does not let us see your runs. Connect again and leave the box for your activities ticked.",
    "TokenRefused": "Strava no longer accepts our connection. Connect again and we carry on; nothing was lost.",
    "KeysLost": "Our key to your connection is missing. The operator has to put it back; nothing of yours is lost.",
    "GrantRefused": "Strava no longer accepts our connection. Connect again and we carry on; nothing was lost.",
    "RateLimited": "Strava limits how much we may read at a time. We continue as soon as it lets us.",
    "Unavailable": "Strava is not answering at the moment. We keep trying.",
    "Paused": "Strava does not let this site read at the moment. The operator has to mend that; we keep trying.",
    "Inactive": "Strava has switched our connection off for everyone. The operator has to renew it; we keep trying.",
    "ApplicationRefused": "Strava does not know this site any more. The operator has to mend that; we keep trying.",
}
QUOTA_WORDS = (
    "We have read your runs very often of late, and everyone here shares what Strava lets us read. Nothing is lost."
)
OTHER_WORDS = "We could not get your runs from Strava. We will try again later."
DEAUTHORISED_WORDS = "You ended the connection on Strava. Connect again within 7 days and everything carries on."
# Failures that only the runner can resolve: the connection says so already.
RECONNECT = frozenset({"ScopeMissing", "TokenRefused", "GrantRefused"})


def words_of(failure: str) -> str:
    """Return a failure in words for the runner."""
    return WORDS.get(failure, OTHER_WORDS)
