"""One round of the planner: from what is due and what the budget allows, decide which runners to read now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.strava.budget import BudgetState
from integrations.strava.budget import RateWindow as SpentWindow
from webapp.sync import due_queries, rules
from webapp.sync.rules import DueConnection, PlannedSync, ReadAllowance, ReadBudget

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """The runners to read now, in this order, and in how many seconds the next events will have waited long enough."""

    syncs: list[PlannedSync]
    budget: ReadBudget
    again_s: float | None
    # The number of connections that were considered.
    considered: int


def make(now: datetime, state: BudgetState, quiet_s: float) -> PlannedRound:
    """Plan one round. Reads the database, writes nothing."""
    quiet = timedelta(seconds=quiet_s)
    connections = due_queries.due(now)
    budget = view_of(state, 2 * due_queries.final_syncs_before(now, state.day.turns_at, state.day.read.limit))
    syncs = rules.plan(now, budget, connections, quiet)
    return PlannedRound(syncs, budget, _until_quiet(connections, now, quiet), len(connections))


def view_of(state: BudgetState, promised: int = 0) -> ReadBudget:
    """Return the budget as the planner sees it: the scarcer of reads and of all calls."""
    return ReadBudget(
        _allowance(state.quarter, QUARTER),
        _allowance(state.day, DAY),
        closed=state.closed_until is not None,
        probing=state.half_open,
        promised=promised,
    )


def _allowance(window: SpentWindow, lasts: timedelta) -> ReadAllowance:
    return ReadAllowance(window.left, min(window.read.limit, window.overall.limit), window.turns_at, lasts)


def _until_quiet(connections: Sequence[DueConnection], now: datetime, quiet: timedelta) -> float | None:
    told_at = [at for one in connections if not one.waits(now) for at in (one.event_at, one.hint_at) if at is not None]
    waits = [at + quiet - now for at in told_at]
    to_come = [wait for wait in waits if wait > timedelta()]
    return min(to_come).total_seconds() if to_come else None
