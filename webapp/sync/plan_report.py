"""The planner's plan in words for the operator, line by line."""

from collections.abc import Iterator
from datetime import datetime

from webapp.sync import rules
from webapp.sync.planning_queries import PlannedRound
from webapp.sync.queries import DueOutlook
from webapp.sync.rules import ReadAllowance, ReadBudget, Reason

WHY = {
    Reason.END: "their connection may have ended; Strava is asked for a token, which costs no read",
    Reason.FIRST: "they are watching their initial import",
    Reason.EVENT: "an event came",
    Reason.FINAL_SYNC: "a challenge is over; the final sync before it is frozen",
    Reason.ASKED: "a full resync was asked for, or a challenge reaches further back than the stored runs",
    Reason.HINT: "a title was changed, and something may have been changed with it",
    Reason.RESYNC: "the last full resync was long ago",
}


def budget(left: ReadBudget, now: datetime) -> Iterator[str]:
    """Yield lines about the calls that are left, and those reserved for events."""
    yield _window("This quarter hour", left.quarter, now)
    yield _window("Today (UTC)", left.day, now)
    if left.promised:
        yield f"Full resyncs leave {left.promised:,} calls of today to final syncs that are still to come."
    if left.closed:
        yield "Reading is paused: nothing is read."
    elif left.probing:
        yield "One test call goes first, to see whether Strava answers again."


def _window(name: str, allowance: ReadAllowance, now: datetime) -> str:
    reserved, turns = rules.reserved(allowance, now), f"{allowance.turns_at:%H:%M} UTC"
    calls = f"{allowance.left:,} of {allowance.limit:,} calls left, {reserved:,} reserved for events"
    return f"{name}: {calls}; resets at {turns}."


def plan(made: PlannedRound) -> Iterator[str]:
    """Yield lines about the runners to read now, in order, and why."""
    if not made.syncs:
        yield f"No runner is to be read now ({made.considered} connections considered)."
        return
    calls = sum(sync.reads for sync in made.syncs)
    yield f"{len(made.syncs)} of {made.considered} connections considered are to be read now, with {calls} calls:"
    for sync in made.syncs:
        calls_of_it = f"{sync.reads} call{'' if sync.reads == 1 else 's'}"
        yield f"  runner {sync.runner_id:<8} {sync.reason:<8} {calls_of_it:<8} {WHY[sync.reason]}"


def due_next(seen: DueOutlook, last_reads: int, now: datetime) -> Iterator[str]:
    """Yield lines about what is due next."""
    if seen.next_full_resync_at is not None:
        yield f"The next full resync is due in {_span(now, seen.next_full_resync_at)}."
    yield (
        f"Full resyncs due now: {seen.resyncs_due:,}; within an hour: {seen.resyncs_within_hour:,} more; "
        f"within a day: {seen.resyncs_within_day:,} more."
    )
    yield f"Final syncs due within a day: {last_reads:,}."
    yield f"Left alone after a failure: {seen.resting:,}; given up: {seen.given_up:,}."


def _span(now: datetime, then: datetime) -> str:
    minutes = int((then - now).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
