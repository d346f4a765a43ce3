"""The planner over whole days, a round a minute, against a Strava that counts: nobody starves, nothing is overspent."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.sync import rules
from webapp.sync.rules import UNRESERVED, DueConnection, FinalSync, ReadAllowance, ReadBudget, Reason

BEGIN = datetime(2026, 12, 1, tzinfo=UTC)
MINUTE, QUARTER, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
QUIET = timedelta(seconds=2)
RESYNC_HOURS = 47


@dataclass
class Runner:
    """One connection, as the simulation keeps it."""

    number: int
    last_resync_at: datetime | None
    resync_at: datetime
    event_at: datetime | None = None
    watched_since: datetime | None = None
    final_sync: FinalSync | None = None

    def due_connection(self) -> DueConnection:
        return DueConnection(
            self.number,
            watched_since=self.watched_since,
            event_at=self.event_at,
            final_sync=self.final_sync,
            resync_due=True,
            resync_at=self.resync_at,
            last_resync_at=self.last_resync_at,
        )


@dataclass
class Days:
    """The days, minute by minute. `limits`: reads a quarter hour and a day; Strava may change them."""

    runners: list[Runner]
    limits: tuple[int, int]
    now: datetime = BEGIN
    quarter_used: int = 0
    day_used: int = 0
    spent: Counter[Reason] = field(default_factory=Counter)
    # The longest that anybody waited between two reads.
    longest: timedelta = timedelta()
    # Reads of one quarter hour that full resyncs took, at most.
    resyncs_of_a_quarter: int = 0
    closed: int = 0
    _resyncs: int = 0

    def budget(self) -> ReadBudget:
        quarter, day = self.now.replace(minute=self.now.minute // 15 * 15), self.now.replace(hour=0, minute=0)
        return ReadBudget(
            ReadAllowance(max(0, self.limits[0] - self.quarter_used), self.limits[0], quarter + QUARTER, QUARTER),
            ReadAllowance(max(0, self.limits[1] - self.day_used), self.limits[1], day + DAY, DAY),
            promised=sum(2 for one in self.runners if one.final_sync and one.final_sync.due_at < day + DAY),
        )

    def pass_minute(self) -> None:
        budget = self.budget()
        for sync in rules.plan(self.now, budget, [one.due_connection() for one in self.runners], QUIET):
            self._read(sync, budget)
        self.now += MINUTE
        if self.now.minute % 15 == 0:
            self.quarter_used = self._resyncs = 0
        if self.now.hour == self.now.minute == 0:
            self.day_used = 0

    def _read(self, sync: rules.PlannedSync, budget: ReadBudget) -> None:
        self.quarter_used, self.day_used = self.quarter_used + sync.reads, self.day_used + sync.reads
        assert self.quarter_used <= self.limits[0] and self.day_used <= self.limits[1]
        if sync.reason not in UNRESERVED:
            share = rules.reserve_of(sync.reason)
            assert self.limits[0] - self.quarter_used >= rules.reserved(budget.quarter, self.now, share)
            assert self.limits[1] - self.day_used >= rules.reserved(budget.day, self.now, share)
        self.spent[sync.reason] += sync.reads
        self._resyncs += sync.reason is Reason.RESYNC
        self.resyncs_of_a_quarter = max(self.resyncs_of_a_quarter, self._resyncs)
        self._note(next(one for one in self.runners if one.number == sync.runner_id))

    def _note(self, runner: Runner) -> None:
        if runner.last_resync_at:
            self.longest = max(self.longest, self.now - runner.last_resync_at)
        self.closed += runner.final_sync is not None
        runner.last_resync_at, runner.event_at, runner.watched_since, runner.final_sync = self.now, None, None, None
        runner.resync_at = rules.next_resync(self.now, RESYNC_HOURS, runner.number, idle=False)


def crowd(size: int) -> list[Runner]:
    """Return `size` runners who were all read for the first time at the same moment, just before the days begin."""
    return [
        Runner(n, BEGIN, rules.next_resync(BEGIN, RESYNC_HOURS, n, idle=False, fresh=True)) for n in range(1, size + 1)
    ]


seeds = st.integers(0, 10**6)


@settings(max_examples=4, deadline=None)
@given(seeds, st.integers(1, 60))
def test_nobody_waits_for_more_than_two_days_while_the_budget_allows(seed: int, size: int) -> None:
    chance, days = Random(seed), Days(crowd(size), (8, 60))
    for minute in range(4 * 1440):
        # Every third run announces itself, the others are only found by looking.
        if chance.random() < 30 / 1440 and minute % 3 == 0:
            chance.choice(days.runners).event_at = days.now
        days.pass_minute()
    assert days.longest <= timedelta(hours=48)
    assert all(runner.last_resync_at and days.now - runner.last_resync_at <= 2 * DAY for runner in days.runners)


@settings(max_examples=4, deadline=None)
@given(seeds)
def test_limits_that_strava_changes_are_kept_and_everybody_is_read_in_the_end(seed: int) -> None:
    chance, days = Random(seed), Days(crowd(20), (10, 100))
    for minute in range(4 * 1440):
        if minute % 500 == 0:
            wanted = chance.choice([(10, 100), (20, 200), (5, 40)])
            days.limits = (max(wanted[0], days.quarter_used), max(wanted[1], days.day_used))
        if chance.random() < 0.05:
            chance.choice(days.runners).event_at = days.now
        if chance.random() < 0.002:
            chance.choice(days.runners).watched_since = days.now
        days.pass_minute()
    assert all(
        runner.last_resync_at and days.now - runner.last_resync_at <= timedelta(hours=72) for runner in days.runners
    )
    assert days.spent[Reason.EVENT] > 10 * days.spent[Reason.FIRST] / 2


def test_many_full_resyncs_due_at_once_trickle_over_hours_leave_half_of_every_quarter_and_stay_apart() -> None:
    days = Days(crowd(150), (50, 500))
    for times in (1, 2):
        for _ in range(2 * 1440):
            days.pass_minute()
        # 47 hours, the first time fewer, fit into two days; no full resync comes before its hours.
        assert days.spent[Reason.RESYNC] == times * 150
    assert days.longest <= timedelta(hours=48)
    assert days.resyncs_of_a_quarter <= 35


def test_far_more_runners_than_the_budget_carries_are_all_read_in_turn() -> None:
    days = Days(crowd(60), (6, 20))
    for _ in range(5 * 1440):
        days.pass_minute()
    assert all(runner.last_resync_at and runner.last_resync_at > BEGIN for runner in days.runners)
    assert days.longest <= timedelta(days=5)


def test_a_crowd_that_joins_for_hours_keeps_no_event_waiting() -> None:
    days = Days(crowd(900), (100, 2_000))
    for runner in days.runners[100:]:
        runner.watched_since = BEGIN
    longest = timedelta()
    for minute in range(5 * 60):
        if minute % 5 == 0:
            days.runners[minute // 5].event_at = days.now
        days.pass_minute()
        waiting = [one.event_at for one in days.runners if one.event_at]
        longest = max([longest, *(days.now - since for since in waiting)])
    assert longest <= 2 * MINUTE
    assert days.spent[Reason.FIRST] == 2 * 800


def test_a_default_application_closes_some_hundred_runners_while_full_resyncs_stand_back() -> None:
    """The last day of a month ends at noon; by the next noon as many are closed as the reads of the two days allow."""
    days = Days(crowd(350), (100, 1_000))
    ended, closes = BEGIN + 12 * HOUR, BEGIN + 36 * HOUR
    for runner in days.runners:
        # Half of them were to be looked at in these hours.
        runner.last_resync_at = BEGIN - (40 if runner.number % 2 else 10) * HOUR
        runner.resync_at = rules.next_resync(runner.last_resync_at, RESYNC_HOURS, runner.number, idle=False)
    while days.now < closes:
        if days.now == ended:
            for runner in days.runners:
                runner.final_sync = rules.final_sync_of(ended, closes, BEGIN, runner.number)
        if days.now.minute % 20 == 0:
            days.runners[days.now.hour * 3 + days.now.minute // 20].event_at = days.now
        days.pass_minute()
    assert days.closed == 350
    assert not [runner for runner in days.runners if runner.final_sync]
    assert days.longest <= timedelta(hours=48)
