"""Noting who came to a group run. Nothing here commits."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update

from webapp.attendance.queries import attendance_of, match_of
from webapp.attendance.rules import (
    ARRIVING,
    Tap,
    Word,
    after_own_word,
    after_tap,
    can_be_closed,
    can_be_counted,
    can_say_so,
    counting_begins,
    is_over,
    latest_taps,
)
from webapp.db import db, insert_on_conflict
from webapp.errors import Problem, not_found
from webapp.formatting import local_time
from webapp.group_runs.queries import locked_run
from webapp.groups.queries import locked_group, membership_of
from webapp.models.attendance import Attendance, DismissedMatch
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import AttendanceOutcome, AttendanceSource, RsvpAnswer, RunStatus


class CannotBeCounted(Problem):
    """The run is cancelled, too far away, or its time for corrections is over."""

    title = "This run cannot be counted now"
    status = 409


class NoSuchMatch(Problem):
    """The run that suggested it is gone, or the question was answered."""

    title = "There is nothing to confirm any more"
    message = "That run is no longer here, or you have answered already. You can still say that you were there."
    status = 409


def record_taps(run_id: int, taps: Iterable[Tap], by_id: int, now: datetime) -> set[int]:
    """Note what a leader tapped; return the runners who are not, or no longer, in the group, of whom nothing is noted.

    Safe to be sent again, and in any order: of two taps about a runner the later one counts. Locks the group and the
    run. Raises CannotBeCounted.
    """
    run = _locked(run_id)
    if not can_be_counted(run, now):
        raise CannotBeCounted(message=why_not(run, now))
    wanted = latest_taps(taps)
    members = _members_among(run.group_id, [tap.runner_id for tap in wanted])
    noted = _noted(run.id, members)
    for tap in wanted:
        if tap.runner_id in members:
            row = noted.get(tap.runner_id)
            _note(run.id, tap.runner_id, row, after_tap(_word(row), tap, by_id), now)
    return {tap.runner_id for tap in wanted} - members


def say_so(run_id: int, runner_id: int, source: AttendanceSource, now: datetime) -> Attendance:
    """Note that a runner was there, by their own word, a leader's code or a run; return what is noted of them.

    Locks the group and the run. Raises CannotBeCounted, and NotFound for a runner outside the group.
    """
    run = _locked(run_id)
    if membership_of(run.group_id, runner_id) is None:
        raise not_found()
    if not can_say_so(run, now):
        raise CannotBeCounted(message=why_not(run, now, own=True))
    row = _noted(run.id, [runner_id]).get(runner_id)
    _note(run.id, runner_id, row, after_own_word(_word(row), source, now), now)
    return _noted(run.id, [runner_id])[runner_id]


def confirm_match(run_id: int, runner_id: int, now: datetime) -> Attendance:
    """Note that a run of a runner's own was a group run; nothing of that run is stored. Harmless if noted already.

    That a run says so is told to leaders, so a private run counts as the runner's own word. Locks and raises as
    `say_so`; raises NoSuchMatch.
    """
    run = _locked(run_id)
    match = match_of(runner_id, run.id, now)
    if match is None:
        row = _noted(run.id, [runner_id]).get(runner_id)
        if row is None or row.source != AttendanceSource.RUN:
            raise NoSuchMatch
        return row
    return say_so(run_id, runner_id, AttendanceSource.SELF if match.is_private else AttendanceSource.RUN, now)


def dismiss_match(run_id: int, runner_id: int, now: datetime) -> None:
    """Note that no run of a runner's own was a group run: it is suggested no more. Locks the group."""
    run = _locked(run_id)
    if membership_of(run.group_id, runner_id) is None:
        raise not_found()
    said = insert_on_conflict(DismissedMatch).values(run_id=run_id, runner_id=runner_id, dismissed_at=now)
    db.session.execute(said.on_conflict_do_nothing())


def count_heads(run_id: int, heads: int, now: datetime, *, at_end: bool) -> None:
    """Note how many people there are at the start or at the end of a run. Locks the run. Raises CannotBeCounted."""
    run = _locked(run_id)
    if not can_be_counted(run, now):
        raise CannotBeCounted(message=why_not(run, now))
    if at_end:
        run.count_at_end = heads
    else:
        run.count_at_start = heads
    run.updated_at = now


def close_run(run_id: int, now: datetime) -> int:
    """Close a run: members who are in, and of whom nothing is noted, were not seen. Return how many these are.

    Harmless if it is closed. It is nobody's word about them, so any tap counts more, one made before as well. Locks the
    group and the run. Raises CannotBeCounted.
    """
    run = _locked(run_id)
    if not can_be_closed(run, now):
        raise CannotBeCounted(message=why_not(run, now, closing=True))
    run.closed_at = run.closed_at or now
    missing = _unseen(run)
    rows = [
        Attendance(
            run_id=run.id,
            runner_id=runner_id,
            outcome=AttendanceOutcome.NOT_SEEN,
            source=AttendanceSource.LEADER,
            tapped_at=counting_begins(run),
            updated_at=now,
        )
        for runner_id in missing
    ]
    db.session.add_all(rows)
    db.session.flush()
    return attendance_of(run.id).not_seen


def leave_group(group_id: int, runner_id: int) -> None:
    """Forget which runs of a group a runner came to, and by whose hand they noted others."""
    in_group = select(GroupRun.id).where(GroupRun.group_id == group_id)
    for model in (Attendance, DismissedMatch):
        db.session.execute(delete(model).where(model.runner_id == runner_id, model.run_id.in_(in_group)))
    marked = update(Attendance).where(Attendance.marked_by_id == runner_id, Attendance.run_id.in_(in_group))
    db.session.execute(marked.values(marked_by_id=None))


def why_not(run: GroupRun, now: datetime, *, own: bool = False, closing: bool = False) -> str:
    """Return why nothing about who came can be noted now."""
    if run.status == RunStatus.CANCELLED:
        return "It was cancelled."
    if is_over(run, now):
        return "The list could be corrected for two days after the run. Now it stays as it is."
    begins = run.starts_at - ARRIVING if own else run.starts_at if closing else counting_begins(run)
    return f"You can do this from {local_time(begins, run.tz)} on."


def _locked(run_id: int) -> GroupRun:
    """Lock the group of a run, so that members stay in it, and the run; return it. Raises NotFound if it is gone."""
    locked_group(Group.id == select(GroupRun.group_id).where(GroupRun.id == run_id).scalar_subquery())
    run = locked_run(run_id)
    if run is None:
        raise not_found()
    return run


def _members_among(group_id: int, runner_ids: Sequence[int]) -> set[int]:
    mine = (Membership.group_id == group_id, Membership.runner_id.in_(runner_ids))
    return set(db.session.scalars(select(Membership.runner_id).where(*mine)))


def _noted(run_id: int, runner_ids: Collection[int]) -> dict[int, Attendance]:
    theirs = select(Attendance).where(Attendance.run_id == run_id, Attendance.runner_id.in_(runner_ids))
    rows = db.session.scalars(theirs.execution_options(populate_existing=True))
    return {row.runner_id: row for row in rows}


def _word(row: Attendance | None) -> Word | None:
    return Word(row.outcome, row.source, row.marked_by_id, row.tapped_at) if row else None


def _note(run_id: int, runner_id: int, row: Attendance | None, word: Word | None, now: datetime) -> None:
    """Store a word about a runner in place of what was noted, or remove it."""
    if word == _word(row):
        return
    if word is None:
        db.session.delete(row)
    else:
        if row is None:
            row = Attendance(run_id=run_id, runner_id=runner_id)
            db.session.add(row)
        row.outcome, row.source, row.marked_by_id = word.outcome, word.source, word.by_id
        row.tapped_at, row.updated_at = word.tapped_at, now
    db.session.flush()


def _unseen(run: GroupRun) -> Sequence[int]:
    is_noted = exists().where(Attendance.run_id == Rsvp.run_id, Attendance.runner_id == Rsvp.runner_id)
    is_member = exists().where(Membership.group_id == run.group_id, Membership.runner_id == Rsvp.runner_id)
    those_in = select(Rsvp.runner_id).where(Rsvp.run_id == run.id, Rsvp.answer == RsvpAnswer.IN)
    return db.session.scalars(those_in.where(~is_noted, is_member)).all()
