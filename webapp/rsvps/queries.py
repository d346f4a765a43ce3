"""Reading the answers to group runs. Places are counted from them, and stored nowhere."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select, tuple_, union

from webapp.db import db, reading
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer, RunStatus
from webapp.rsvps.rules import Room, WaitingAnswer, moves, places_in_all, room_for


@dataclass(frozen=True, slots=True)
class RunPlaces:
    """The places of a run and of its pace groups, None without a limit, and how many are taken by those who are in.

    `taken`: by pace group; None is the key of those who have not chosen one.
    """

    run: int | None
    pace_groups: Mapping[int, int | None]
    taken: Mapping[int | None, int]

    @property
    def all(self) -> Room:
        """Return the places that there are."""
        return Room(self.run, {one: limit for one, limit in self.pace_groups.items() if limit is not None})

    @property
    def room(self) -> Room:
        """Return the places that nobody takes who is in."""
        return self._plus_taken(self.all, -1)

    def together_with(self, room: Room) -> Room:
        """Return the places that are taken, and those of a room besides."""
        return self._plus_taken(room, 1)

    def without(self, places: int, pace_group_id: int | None) -> "RunPlaces":
        """Return the same with fewer places taken."""
        left = {**self.taken, pace_group_id: self.taken.get(pace_group_id, 0) - places}
        return replace(self, taken=left)

    def _plus_taken(self, room: Room, sign: int) -> Room:
        groups = {one: places + sign * self.taken.get(one, 0) for one, places in room.pace_groups.items()}
        return Room(None if room.run is None else room.run + sign * sum(self.taken.values()), groups)


@dataclass(slots=True)
class AnswerTally:
    """How many members gave each answer, how many guests come with those who are in, and how many places that takes.

    `held`: the places that are kept for those to whom they are offered.
    """

    going: int = 0
    guests: int = 0
    taken: int = 0
    held: int = 0
    maybe: int = 0
    out: int = 0
    waiting: int = 0

    def add(self, answer: RsvpAnswer, members: int, guests: int, places: int, held: int) -> None:
        if answer == RsvpAnswer.IN:
            self.going, self.guests, self.taken = self.going + members, self.guests + guests, self.taken + places
        elif answer == RsvpAnswer.WAITING:
            self.waiting, self.held = self.waiting + members, self.held + held
        elif answer == RsvpAnswer.MAYBE:
            self.maybe += members
        else:
            self.out += members

    @property
    def coming(self) -> int:
        """Return how many people come: members and their guests."""
        return self.going + self.guests


@dataclass(slots=True)
class RsvpCounts(AnswerTally):
    """The tally of a run. `places`: how many it has, None for any number; `pace_groups`: the tally of each."""

    places: int | None = None
    group_places: Mapping[int, int | None] = field(default_factory=dict)
    pace_groups: dict[int | None, AnswerTally] = field(default_factory=dict)

    @property
    def free(self) -> int | None:
        """Return how many places of the run are free, None for any number."""
        return None if self.places is None else max(0, self.places - self.taken - self.held)

    @property
    def held_now(self) -> int:
        """Return how many places are held for those who were asked, of those that are there."""
        return self.held if self.places is None else max(0, min(self.held, self.places - self.taken))

    def of(self, pace_group_id: int | None) -> AnswerTally:
        return self.pace_groups.get(pace_group_id) or AnswerTally()

    def free_in(self, pace_group_id: int) -> int | None:
        """Return how many of a pace group's own places are free, None for any number."""
        limit, tally = self.group_places.get(pace_group_id), self.of(pace_group_id)
        return None if limit is None else max(0, limit - tally.taken - tally.held)

    def is_full(self, pace_group_id: int | None) -> bool:
        """Return whether somebody who wants in now would wait."""
        own = None if pace_group_id is None else self.free_in(pace_group_id)
        return self.free == 0 or own == 0


def leads_run(table: Any = Rsvp) -> ColumnElement[bool]:
    """Return the condition that the runner of an answer leads a pace group of its run, or is its back marker."""
    led = or_(PaceGroup.leader_id == table.runner_id, PaceGroup.back_marker_id == table.runner_id)
    return exists().where(PaceGroup.run_id == table.run_id, led).correlate_except(PaceGroup)


def places_needed(table: Any = Rsvp) -> ColumnElement[int]:
    """Return how many places an answer needs: one for each guest, and one for a runner who does not lead."""
    needed: ColumnElement[int] = table.guests + case((leads_run(table), 0), else_=1)
    return needed


def own_answers(runner_id: int, run_ids: Collection[int]) -> Mapping[int, Rsvp]:
    """Return a runner's answers to these runs, by run."""
    mine = select(Rsvp).where(Rsvp.runner_id == runner_id, Rsvp.run_id.in_(run_ids))
    return {one.run_id: one for one in db.session.scalars(mine)}


def own_answer(runner_id: int, run_id: int) -> Rsvp | None:
    """Return a runner's answer to a run, as it is in the database now."""
    mine = select(Rsvp).where(Rsvp.runner_id == runner_id, Rsvp.run_id == run_id)
    return db.session.scalar(mine.execution_options(populate_existing=True))


def counts_of(run_ids: Collection[int], now: datetime) -> Mapping[int, RsvpCounts]:
    """Return the tallies of these runs, by run, whether or not somebody answered."""
    limits = _limits_of(run_ids)
    found = {
        run_id: RsvpCounts(places=places_in_all(most, groups.values()), group_places=groups)
        for run_id, (most, groups) in limits.items()
    }
    values = {"runs": sorted(limits), "now": now}
    for *place, members, guests, held in reading().execute(_TALLIED, values):
        _add(found, place, members, guests, members + guests, held)
    # Those who lead take no place of their own.
    for *place, leaders, asked in reading().execute(_LEADERS, values):
        _add(found, place, 0, 0, -leaders, -asked)
    return found


def _add(found: Mapping[int, RsvpCounts], place: Sequence[Any], *row: int) -> None:
    run_id, pace_group_id, answer = place
    for tally in (found[run_id], found[run_id].pace_groups.setdefault(pace_group_id, AnswerTally())):
        tally.add(answer, *row)


_IS_HELD = and_(Rsvp.answer == RsvpAnswer.WAITING, Rsvp.offered_until > bindparam("now"))
_OF_RUNS = Rsvp.run_id.in_(bindparam("runs", expanding=True))
_PLACE = (Rsvp.run_id, Rsvp.pace_group_id, Rsvp.answer)
_TALLIED = (
    select(*_PLACE, func.count(), func.sum(Rsvp.guests), func.sum(case((_IS_HELD, Rsvp.guests + 1), else_=0)))
    .where(_OF_RUNS)
    .group_by(*_PLACE)
)
# From the few who lead to their answers: asking of each answer whether its runner leads grows with the answers.
_LED = union(
    *(
        select(PaceGroup.run_id, column.label("runner_id")).where(
            PaceGroup.run_id.in_(bindparam("runs", expanding=True)), column.is_not(None)
        )
        for column in (PaceGroup.leader_id, PaceGroup.back_marker_id)
    )
).subquery()
_LEADERS = (
    select(*_PLACE, func.count(), func.sum(case((_IS_HELD, 1), else_=0)))
    .join(_LED, and_(_LED.c.run_id == Rsvp.run_id, _LED.c.runner_id == Rsvp.runner_id))
    .group_by(*_PLACE)
)


def taken_places(run_id: int) -> Mapping[int | None, int]:
    """Return how many places those who are in take, by pace group."""
    taken = select(Rsvp.pace_group_id, func.sum(places_needed())).where(
        Rsvp.run_id == run_id, Rsvp.answer == RsvpAnswer.IN
    )
    return dict(reading().execute(taken.group_by(Rsvp.pace_group_id)).all())


def places_of(run_id: int) -> RunPlaces:
    """Return the places of a run."""
    most, groups = _limits_of([run_id]).get(run_id, (None, {}))
    return RunPlaces(places_in_all(most, groups.values()), groups, taken_places(run_id))


def _limits_of(run_ids: Collection[int]) -> dict[int, tuple[int | None, dict[int, int | None]]]:
    wanted = select(GroupRun.id, GroupRun.max_runners, PaceGroup.id, PaceGroup.max_runners)
    rows = wanted.outerjoin(PaceGroup, PaceGroup.run_id == GroupRun.id).where(GroupRun.id.in_(run_ids))
    found: dict[int, tuple[int | None, dict[int, int | None]]] = {}
    for run_id, most, pace_group_id, most_in_group in reading().execute(rows):
        _, groups = found.setdefault(run_id, (most, {}))
        if pace_group_id is not None:
            groups[pace_group_id] = most_in_group
    return found


def queue_of(run_id: int, room: Room) -> Sequence[WaitingAnswer]:
    """Return those who wait and may move, in their order: a place is free for them, or was offered to them."""
    may_move: ColumnElement[bool] = Rsvp.offered_until.is_not(None)
    if room.run is None or room.run > 0:
        full = [pace_group_id for pace_group_id, free in room.pace_groups.items() if free <= 0]
        may_move = or_(may_move, Rsvp.pace_group_id.is_(None), Rsvp.pace_group_id.not_in(full))
    else:
        may_move = or_(may_move, leads_run())
    return _waiters(_WAITING.where(Rsvp.run_id == run_id, may_move))


def offered_places(run_id: int, now: datetime) -> Sequence[WaitingAnswer]:
    """Return those to whom a place of a run is offered."""
    return _waiters(_WAITING.where(Rsvp.run_id == run_id, Rsvp.offered_until > now))


_WAITING = (
    select(
        *(Rsvp.id, Rsvp.runner_id, Rsvp.pace_group_id, places_needed()),
        *(Rsvp.queued_at, Rsvp.offered_until, Rsvp.passed_at),
    )
    .where(Rsvp.answer == RsvpAnswer.WAITING, Rsvp.queued_at.is_not(None))
    .order_by(Rsvp.queued_at, Rsvp.id)
)


def _waiters(wanted: Select[*tuple[Any, ...]]) -> list[WaitingAnswer]:
    return [WaitingAnswer(*row) for row in reading().execute(wanted)]


def place_in_queue(mine: Rsvp, *, is_run_full: bool) -> int:
    """Return the place of somebody who waits, from 1.

    While the run itself has places, only those count who wait for the same pace group.
    """
    before = select(func.count()).where(
        Rsvp.run_id == mine.run_id,
        Rsvp.answer == RsvpAnswer.WAITING,
        tuple_(Rsvp.queued_at, Rsvp.id) < tuple_(mine.queued_at, mine.id),
    )
    if not is_run_full:
        before = before.where(Rsvp.pace_group_id.is_not_distinct_from(mine.pace_group_id))
    return 1 + (reading().execute(before).scalar() or 0)


def places_and_room(mine: Rsvp, now: datetime) -> tuple[RunPlaces, Room]:
    """Return the places of a run, its own taken ones left out, and those that this answer has or could take."""
    places = places_of(mine.run_id)
    room = room_for(mine.id, offered_places(mine.run_id, now), places.room, now)
    if mine.answer != RsvpAnswer.IN:
        return places, room
    own = mine.guests + own_place(mine)
    return places.without(own, mine.pace_group_id), room.without(-own, mine.pace_group_id)


def own_place(mine: Rsvp) -> int:
    """Return 1, and 0 for somebody who leads a pace group of the run."""
    return (reading().execute(select(places_needed()).where(Rsvp.id == mine.id)).scalar() or 0) - mine.guests


def guests_that_fit(mine: Rsvp, now: datetime) -> int:
    """Return how many of their guests somebody who waits could bring."""
    free = places_and_room(mine, now)[1].free_for(mine.pace_group_id)
    return mine.guests if free is None else max(0, min(mine.guests, free - own_place(mine)))


def due_runs(now: datetime) -> Sequence[int]:
    """Return the runs in which somebody can move up or be asked, and those with offers that are over."""
    open_runs = and_(GroupRun.starts_at > now, GroupRun.status != RunStatus.CANCELLED)
    is_over = and_(Rsvp.offered_until.is_not(None), or_(Rsvp.offered_until <= now, ~open_runs))
    waited_for = and_(Rsvp.answer == RsvpAnswer.WAITING, open_runs)
    found = select(GroupRun.id, GroupRun.starts_at, func.max(case((is_over, 1), else_=0)))
    found = found.join(Rsvp, Rsvp.run_id == GroupRun.id).where(or_(is_over, waited_for))
    rows = db.session.execute(found.group_by(GroupRun.id, GroupRun.starts_at).order_by(GroupRun.id)).all()
    return [run_id for run_id, starts_at, has_ended in rows if has_ended or _can_move(run_id, starts_at, now)]


def _can_move(run_id: int, starts_at: datetime, now: datetime) -> bool:
    room = places_of(run_id).room
    return bool(moves(queue_of(run_id, room), room, starts_at, now))
