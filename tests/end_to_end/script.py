"""What worlds go through: first connect, compare, let things happen, let lost events heal, compare.

Then the months become final and their runs go; one more of the past is read for once again and becomes final, too. One
member leaves. More happens, and only what is open follows.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from tests.end_to_end.changes import live_through
from tests.end_to_end.comparing import Compared, board_of, compare, opinions_now
from tests.end_to_end.leaving import leave
from tests.end_to_end.world import BREATH, DECEMBER, ROUND, World, start_december, start_groups, start_past_month
from webapp.db import db
from webapp.job_names import Job
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge

# The schedule looks at everybody within two days.
RESYNC_DUE = timedelta(hours=48)


CLOSING, PURGE = Job.CLOSE_SWEEP, Job.PURGE_ACTIVITIES
MAX_ROUNDS = 20
# One in this many changes: fewer events lost, or figures that differ meanwhile, would prove little.
FEW = 25


@dataclass
class Outcome:
    """What was compared while nothing was final, and what happened in between."""

    first: Compared
    amiss: Compared
    healed: Compared
    done: Counter[str]
    events: Counter[str]


@dataclass
class FinalOutcome:
    """What was compared once months had become final.

    `closed`: when every month had just become final; `again`: when one more of the past had; `later`: after a member
    had left, more had happened and was healed. `outdated`: totals of final months that would be others by now;
    `held`: runs that are still held of them.
    """

    closed: Compared
    again: Compared
    later: Compared
    outdated: int
    held: int


def read_at_first(world: World, **months: Any) -> Compared:
    """Connect everybody, start all challenges, import and compare. `months`: see `start_groups`."""
    world.held_back = {CLOSING, PURGE}
    start_groups(world, **months)
    return _read_and_compare(world)


def follow_changes(world: World, seed: int, changes: int) -> Outcome:
    """Connect everybody, let this many things happen and lost events heal, in a world that has just been made.

    No month becomes final, although most are long over, so that all of them follow what happens on Strava. The verdicts
    of a healed world are compared when its months become final.
    """
    first = read_at_first(world)
    done = live_through(world, seed, changes)
    must_audit(world)
    amiss = _read_and_compare(world, verdicts=False)
    events = Counter[str](world.simulator.control("GET", "counters")["events"])
    heal(world)
    must_audit(world)
    return Outcome(first, amiss, _read_and_compare(world, verdicts=False), done, events)


def become_final(world: World, seed: int, changes: int) -> FinalOutcome:
    """Let the months of a healed world become final, and more happen after that."""
    closed = close(world)
    world.held_back = {CLOSING, PURGE}
    start_past_month(world)
    again = close(world)
    leave(world)
    must_audit(world)
    opinions = opinions_now(world)
    start_december(world)
    live_through(world, seed, changes, batches=2)
    heal(world)
    must_audit(world)
    later = _read_and_compare(world)
    now = opinions_now(world)
    outdated = sum(now[key].total != opinion.total for key, opinion in opinions.items())
    return FinalOutcome(closed, again, later, outdated, stored_before(world, DECEMBER))


def _read_and_compare(world: World, *, verdicts: bool = True) -> Compared:
    # What this reads counts against the application's own limits.
    world.pass_by(BREATH)
    return compare(world, verdicts=verdicts)


def heal(world: World) -> None:
    """Let two days pass without faults, and the schedule have its look at everybody."""
    world.simulator.control("DELETE", "faults")
    world.pass_by(RESYNC_DUE)
    world.simulator.wait_until_delivered()
    world.read_until_done()


def close(world: World) -> Compared:
    """Let the closing sweep come by, compare once more, and then purge the runs that nobody needs any more."""
    world.held_back.remove(CLOSING)
    for _ in range(MAX_ROUNDS):
        world.keep_going()
        if not unfrozen(world):
            break
        world.pass_by(ROUND)
    assert not unfrozen(world)
    compared = _read_and_compare(world)
    world.final = {contest.id: board_of(crew, contest) for crew, contest in world.contests}
    world.held_back.remove(PURGE)
    world.keep_going()
    must_audit(world)
    return compared


def unfrozen(world: World) -> list[str]:
    """Return the challenges that are not final, or for which somebody could not be read."""
    with world.app.app_context():
        waiting = select(Challenge.name).where(or_(Challenge.frozen_at.is_(None), Challenge.unread > 0))
        names = list(db.session.scalars(waiting))
        db.session.remove()
    return names


def stored_before(world: World, day: date) -> int:
    """Return how many activities are held of the time up to a day before a date: that day is kept for near misses."""
    with world.app.app_context():
        count = select(func.count()).where(Activity.local_date < day - timedelta(days=2))
        held = db.session.scalar(count) or 0
        db.session.remove()
    return held


def must_audit(world: World) -> None:
    """Have `flask audit` derive everything again; it may find no difference."""
    with world.app.app_context():
        audit = world.app.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 0, audit.output or audit.exception


def assert_true_to_strava(outcome: Outcome, changes: int) -> None:
    """Nothing differs after the initial imports and after the full resync.

    In between much did, or the test would prove little.
    """
    assert outcome.first.differences == []
    assert outcome.done.total() == changes
    assert outcome.events["lost"] > changes // FEW
    assert len(outcome.amiss.differences) > changes // FEW
    assert outcome.healed.differences == []


def assert_final_months_stay(outcome: FinalOutcome, changes: int) -> None:
    """Nothing differs when months become final, and then they stay.

    Whatever happens on Strava moves only what is still open, although by now many a total would be another one and its
    runs are gone.
    """
    assert outcome.closed.differences + outcome.again.differences == [], outcome.closed.differences[:9]
    assert outcome.later.differences == [], outcome.later.differences[:9]
    assert outcome.outdated > changes // FEW
    assert outcome.held == 0
