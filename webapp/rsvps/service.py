"""Answering group runs, and giving the places that become free to those who wait. Nothing here commits.

Whoever takes a place, or frees one, first locks the row of the run. A place is then taken by an UPDATE that counts
those of all others in the same statement.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import aliased

from webapp.db import batches, db
from webapp.errors import Problem, not_found
from webapp.facts.service import NewFact, record_facts, withdraw_facts_of_run
from webapp.group_runs.queries import locked_run
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, RsvpAnswer, RunStatus
from webapp.rsvps.queries import (
    guests_that_fit,
    own_answer,
    own_place,
    places_and_room,
    places_needed,
    places_of,
    queue_of,
)
from webapp.rsvps.rules import Room, WaitingAnswer, moves

COMING = (RsvpAnswer.IN, RsvpAnswer.MAYBE, RsvpAnswer.WAITING)
_NOT_WAITING: Mapping[str, None] = {"queued_at": None, "offered_until": None, "passed_at": None}


@dataclass(frozen=True, slots=True)
class WantedAnswer:
    """What a member answers. `pace_group_id`: None for none of them, or not yet."""

    answer: RsvpAnswer
    pace_group_id: int | None = None
    note: str = ""
    guests: int = 0


class BreakDates(Protocol):
    """The dates of a break, both included; one without a last day has no end yet."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date | None: ...


class AnswersClosed(Problem):
    """The run takes no answers any more."""

    status = 409


class AnsweredTooLate(AnswersClosed):
    """The run has begun."""

    title = "This run has begun"
    message = "It takes no more answers. If you were there, say so on its page."


class AnsweredCancelledRun(AnswersClosed):
    """The run does not take place."""

    title = "This run is cancelled"
    message = "It takes no answers."


class TooFewPlaces(Exception):
    """Somebody who has a place, or is offered one, wants more than are free for them.

    `guests`: how many they could bring; None where not even they themselves have a place.
    """

    def __init__(self, guests: int | None) -> None:
        super().__init__(guests)
        self.guests = guests


class NoSuchPaceGroup(Exception):
    """The run has no such pace group, or no longer."""


def answer_run(run_id: int, runner_id: int, wanted: WantedAnswer, now: datetime) -> Rsvp:
    """Store a member's answer, in place of the one before, and return it: somebody who wants in may have to wait.

    Somebody who is in and wants more places than there are keeps what they have: raises TooFewPlaces. Raises
    NoSuchPaceGroup, AnsweredTooLate, AnsweredCancelledRun, and NotFound for somebody who is no member. Locks the run.
    """
    run = _lock_open_run(run_id, runner_id, now)
    _move_up(run, now)
    if wanted.pace_group_id is not None and wanted.pace_group_id not in places_of(run_id).pace_groups:
        raise NoSuchPaceGroup
    mine = own_answer(runner_id, run_id)
    if mine is None:
        mine = Rsvp(run_id=run_id, runner_id=runner_id, answer=RsvpAnswer.OUT, guests=0, answered_at=now)
        db.session.add(mine)
    if wanted.answer in (RsvpAnswer.IN, RsvpAnswer.WAITING):
        _want_in(run, mine, wanted, now)
    else:
        _stay_out(mine, wanted, now)
    mine.note, mine.answered_at = wanted.note, now
    db.session.flush()
    _move_up(run, now)
    return mine


def accept_offer(run_id: int, runner_id: int, now: datetime) -> Rsvp:
    """Take the place that is held for somebody who waits, with as many of their guests as have a place.

    If it is held no longer, they come in by whatever is free, or wait again. Harmless for somebody who is in. Raises as
    `answer_run`, and NotFound for somebody who neither waits nor is in. Locks the run.
    """
    run = _lock_open_run(run_id, runner_id, now)
    _move_up(run, now)
    mine = own_answer(runner_id, run_id)
    if mine is None or mine.answer not in (RsvpAnswer.IN, RsvpAnswer.WAITING):
        raise not_found()
    if mine.answer == RsvpAnswer.IN:
        return mine
    guests = guests_that_fit(mine, now)
    return answer_run(run_id, runner_id, WantedAnswer(RsvpAnswer.IN, mine.pace_group_id, mine.note, guests), now)


def confirm_answer(run_id: int, runner_id: int, now: datetime) -> bool:
    """Note that a member's answer still stands after the run was moved; return whether they had one.

    Raises as `answer_run`. Locks the run.
    """
    _lock_open_run(run_id, runner_id, now)
    mine = own_answer(runner_id, run_id)
    if mine is not None:
        mine.answered_at = now
    return mine is not None


def fill_places(run_id: int, now: datetime) -> None:
    """Let those who wait move up, or offer them the places that are free, and end offers whose time is over.

    Harmless at any time. Locks the run.
    """
    run = locked_run(run_id)
    if run is not None and run.status == RunStatus.CANCELLED:
        _end_offers(run, now)
    elif run is not None:
        _move_up(run, now)


def leave_group(group_id: int, runner_id: int, now: datetime) -> None:
    """Delete a runner's answers to the runs of a group that they leave; their places are free. Locks those runs."""
    answered = select(Rsvp.run_id).join(GroupRun, GroupRun.id == Rsvp.run_id).where(GroupRun.group_id == group_id)
    run_ids = db.session.scalars(answered.where(Rsvp.runner_id == runner_id)).all()
    for run in _locked_in_turn(run_ids):
        db.session.execute(delete(Rsvp).where(Rsvp.run_id == run.id, Rsvp.runner_id == runner_id))
        _withdraw_told(run.id, now, runner_ids=[runner_id])
        _move_up(run, now)


def excuse(runner_id: int, dates: BreakDates, now: datetime) -> int:
    """Answer "out" for a runner to the runs on the dates of a break to which they meant to come.

    Returns to how many. Their places are free. Locks those runs.
    """
    meant = select(Rsvp.run_id).join(GroupRun, GroupRun.id == Rsvp.run_id)
    meant = meant.where(Rsvp.runner_id == runner_id, Rsvp.answer.in_(COMING), GroupRun.starts_at > now)
    meant = meant.where(GroupRun.on_date >= dates.starts_on)
    if dates.ends_on is not None:
        meant = meant.where(GroupRun.on_date <= dates.ends_on)
    excused = 0
    for run in _locked_in_turn(db.session.scalars(meant).all()):
        mine = own_answer(runner_id, run.id)
        if mine is not None and mine.answer in COMING:
            _stay_out(mine, WantedAnswer(RsvpAnswer.OUT), now)
            mine.note, mine.answered_at = "", now
            db.session.flush()
            _move_up(run, now)
            excused += 1
    return excused


def _lock_open_run(run_id: int, runner_id: int, now: datetime) -> GroupRun:
    """Lock a run that takes answers, for one of its group's members: they leave it before or after this, not during."""
    of_group = select(GroupRun.group_id).where(GroupRun.id == run_id).scalar_subquery()
    member = select(Membership.id).where(Membership.group_id == of_group, Membership.runner_id == runner_id)
    # The membership first, as somebody who leaves the group has it deleted before the run is locked.
    is_member = db.session.scalar(member.with_for_update(read=True, key_share=True)) is not None
    run = locked_run(run_id) if is_member else None
    if run is None:
        raise not_found()
    if run.status == RunStatus.CANCELLED:
        raise AnsweredCancelledRun
    if run.starts_at <= now:
        raise AnsweredTooLate
    return run


def _locked_in_turn(run_ids: Collection[int]) -> Iterator[GroupRun]:
    """Lock runs one after the other, always in the same order."""
    for run_id in sorted(set(run_ids)):
        run = locked_run(run_id)
        if run is not None:
            yield run


def _stay_out(mine: Rsvp, wanted: WantedAnswer, now: datetime) -> None:
    mine.answer, mine.pace_group_id, mine.guests = wanted.answer, wanted.pace_group_id, wanted.guests
    mine.queued_at = mine.offered_until = mine.passed_at = None
    db.session.flush()
    _withdraw_told(mine.run_id, now, runner_ids=[mine.runner_id])


def _want_in(run: GroupRun, mine: Rsvp, wanted: WantedAnswer, now: datetime) -> None:
    """Let a member in, or put them on the waiting list, where they keep their place if they ask for no more."""
    is_offered = mine.offered_until is not None
    if mine.answer != RsvpAnswer.IN and not is_offered:
        if mine.queued_at is None or mine.passed_at is not None or wanted.guests > mine.guests:
            mine.queued_at, mine.passed_at = now, None
        mine.answer, mine.guests, mine.pace_group_id = RsvpAnswer.WAITING, wanted.guests, wanted.pace_group_id
    db.session.flush()
    places, room = places_and_room(mine, now)
    own, group = own_place(mine), wanted.pace_group_id
    values = {"guests": wanted.guests, "pace_group_id": group}
    if _take_places(mine.id, wanted.guests + own, group, places.together_with(room), values):
        db.session.refresh(mine)
        if is_offered:
            _withdraw_told(run.id, now, runner_ids=[mine.runner_id])
    elif mine.answer == RsvpAnswer.IN or is_offered:
        guests = (room.free_for(group) or 0) - own
        raise TooFewPlaces(guests if guests >= 0 else None)


def _take_places(
    rsvp_id: int, needed: int, pace_group_id: int | None, most: Room, values: Mapping[str, int | None]
) -> bool:
    """Let an answer in, with `values`, if it and all others who are in then take no more than `most` places.

    The others are counted in the statement that lets it in.
    """
    fits = []
    if needed and most.run is not None:
        fits.append(_taken_by_others() + needed <= most.run)
    if needed and pace_group_id is not None and pace_group_id in most.pace_groups:
        fits.append(_taken_by_others(pace_group_id) + needed <= most.pace_groups[pace_group_id])
    let_in = update(Rsvp).where(Rsvp.id == rsvp_id, *fits).values(answer=RsvpAnswer.IN, **_NOT_WAITING, **values)
    unsynchronised = {"synchronize_session": False}
    return db.session.execute(let_in.returning(Rsvp.id), execution_options=unsynchronised).first() is not None


def _taken_by_others(pace_group_id: int | None = None) -> ColumnElement[int]:
    other = aliased(Rsvp)
    taken = select(func.coalesce(func.sum(places_needed(other)), 0)).where(
        other.run_id == Rsvp.run_id, other.answer == RsvpAnswer.IN, other.id != Rsvp.id
    )
    if pace_group_id is not None:
        taken = taken.where(other.pace_group_id == pace_group_id)
    return taken.correlate_except(other).scalar_subquery()


def _move_up(run: GroupRun, now: datetime) -> None:
    """Do for those who wait what `rules.moves` says, and tell them. Call while the run is locked."""
    places = places_of(run.id)
    queue = queue_of(run.id, places.room)
    found = moves(queue, places.room, run.starts_at, now)
    if not found:
        return
    waiting = {one.rsvp_id: one for one in queue}
    moved = [
        waiting[one]
        for one in found.moved_up
        if _take_places(one, waiting[one].places, waiting[one].pace_group_id, places.all, {})
    ]
    _change(found.passed, passed_at=Rsvp.offered_until, offered_until=None)
    _change(found.withdrawn, offered_until=None)
    _change(found.offered, offered_until=found.offered_until)
    # What was offered to these is no longer so: it is theirs, or somebody else's.
    over = [waiting[one] for one in (*found.passed, *found.withdrawn)] + moved
    _withdraw_told(run.id, now, runner_ids=[one.runner_id for one in over])
    told = [_told(run, one, None) for one in moved]
    told += [_told(run, waiting[one], found.offered_until) for one in found.offered]
    record_facts(told, now)
    db.session.expire_all()


def _change(rsvp_ids: Sequence[int], **values: Any) -> None:
    for some in batches(rsvp_ids):
        changed = update(Rsvp).where(Rsvp.id.in_(some), Rsvp.answer == RsvpAnswer.WAITING).values(**values)
        db.session.execute(changed, execution_options={"synchronize_session": False})


def _told(run: GroupRun, one: WaitingAnswer, until: datetime | None) -> NewFact:
    """Return what tells somebody once that they moved up, or that a place is held for them until then."""
    key = f"{run.id}:{one.runner_id}:{one.queued_at.timestamp():.6f}:{'offered' if until else 'in'}"
    kind = FactKind.PLACE_OFFERED if until else FactKind.PLACE_FREED
    data = {"run_id": run.id, "offered": until is not None, "until": until.isoformat() if until else None}
    return NewFact(kind, key, group_id=run.group_id, runner_id=one.runner_id, data=data, group_run_id=run.id)


def _withdraw_told(run_id: int, now: datetime, *, runner_ids: Collection[int] | None = None) -> None:
    """Withdraw what these runners, or all, were told about places of a run."""
    for kind in (FactKind.PLACE_FREED, FactKind.PLACE_OFFERED):
        withdraw_facts_of_run(kind, run_id, now, runner_ids=runner_ids)


def _end_offers(run: GroupRun, now: datetime) -> None:
    """Withdraw what those who waited were told about the places of a cancelled run."""
    offered = update(Rsvp).where(Rsvp.run_id == run.id, Rsvp.offered_until.is_not(None)).values(offered_until=None)
    db.session.execute(offered, execution_options={"synchronize_session": False})
    _withdraw_told(run.id, now)
    db.session.expire_all()
