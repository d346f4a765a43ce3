"""Taking a break, changing it, and ending it.

Nothing is derived from breaks: pages leave a runner out of chases while they last. So every change moves the versions
of the boards that the runner is on, in the same transaction, final ones too: a break may have begun in their days.
Answers to group runs on its dates become "out".

Locks are taken in this order: the runner, the challenges of those boards, the group runs by id.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from webapp.activities.queries import lock_runners
from webapp.breaks.queries import overlapping, present_break
from webapp.breaks.rules import Dates, WantedBreak
from webapp.db import db
from webapp.errors import not_found
from webapp.leaderboards.service import bump_version
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import Entry
from webapp.models.words import BreakReason
from webapp.rsvps.service import excuse


class BreakEnding(StrEnum):
    """How a break ended: its runner is back, or it had not begun."""

    BACK = "back"
    CALLED_OFF = "called_off"


class Overlaps(Exception):
    """The dates overlap those of a break that is over; `past` is that break."""

    def __init__(self, past: Dates) -> None:
        super().__init__(past)
        self.past = past


def take_break(runner_id: int, wanted: WantedBreak, today: date, now: datetime) -> None:
    """Store the runner's break, in place of the one that is not over yet, if there is one.

    Raises Overlaps, and NotFound for a runner erased meanwhile. Locks the runner.
    """
    present = _locked_break(runner_id, today)
    dates = wanted.dates
    other = overlapping(runner_id, dates.starts_on, dates.ends_on, present.id if present else None)
    if other is not None:
        raise Overlaps(Dates(other.starts_on, other.ends_on))
    _store(runner_id, present, wanted, now)


def begin_break(runner_id: int, reason: BreakReason, today: date, now: datetime) -> None:
    """Put the runner on a break that begins today and has no last day. One that has begun gets the reason alone.

    A break that was planned for later begins today and keeps its last day. Raises NotFound for a runner erased
    meanwhile. Locks the runner.
    """
    present = _locked_break(runner_id, today)
    if present is None:
        _store(runner_id, None, WantedBreak(Dates(today, None), reason=reason), now)
        return
    dates = Dates(min(present.starts_on, today), present.ends_on)
    _store(runner_id, present, WantedBreak(dates, present.is_marked, reason), now)


def _locked_break(runner_id: int, today: date) -> RunnerBreak | None:
    if not lock_runners([runner_id]):
        raise not_found()
    return present_break(runner_id, today)


def _store(runner_id: int, present: RunnerBreak | None, wanted: WantedBreak, now: datetime) -> None:
    if present is None:
        present = RunnerBreak(runner_id=runner_id)
        db.session.add(present)
    present.starts_on, present.ends_on = wanted.dates.starts_on, wanted.dates.ends_on
    present.is_marked, present.reason = wanted.is_marked, wanted.reason
    _bump_boards(runner_id)
    excuse(runner_id, wanted.dates, now)


def end_break(runner_id: int, today: date) -> BreakEnding | None:
    """End the runner's break with yesterday, or delete it if it has no day before today; None if there is none.

    Locks the runner.
    """
    lock_runners([runner_id])
    present = present_break(runner_id, today)
    if present is None:
        return None
    ending = BreakEnding.BACK if present.starts_on <= today else BreakEnding.CALLED_OFF
    if present.starts_on < today:
        present.ends_on = today - timedelta(days=1)
    else:
        db.session.delete(present)
    _bump_boards(runner_id)
    return ending


def forget_break(runner_id: int, break_id: int, today: date) -> bool:
    """Delete a break that is over; False if the runner has no such one. Its overtakes are shown again.

    Locks the runner.
    """
    lock_runners([runner_id])
    past = db.session.get(RunnerBreak, break_id)
    if past is None or past.runner_id != runner_id or past.ends_on is None or past.ends_on >= today:
        return False
    db.session.delete(past)
    _bump_boards(runner_id)
    return True


def _bump_boards(runner_id: int) -> None:
    db.session.flush()
    bump_version(db.session.scalars(select(Entry.challenge_id).where(Entry.runner_id == runner_id)).all())
