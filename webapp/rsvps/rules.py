"""The places of a group run: who takes how many, who moves up, and for whom a freed place is held."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

MAX_GUESTS = 5
MAX_NOTE = 200
# Until this long before the start a freed place goes to the next by itself. Later nobody is put into a run unasked.
ASKED_FROM = timedelta(hours=12)
# How long a freed place is held for the one who was asked.
HELD_FOR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Room:
    """The free places of a run, None without a limit, and of each of its pace groups that has one.

    Negative where more are in than there are places, after a limit was lowered.
    """

    run: int | None
    pace_groups: Mapping[int, int]

    def free_for(self, pace_group_id: int | None) -> int | None:
        """Return how many places somebody in a pace group (None: in none) could take; None: any number."""
        limits = [self.run, self.pace_groups.get(pace_group_id) if pace_group_id is not None else None]
        known = [max(0, places) for places in limits if places is not None]
        return min(known) if known else None

    def fits(self, places: int, pace_group_id: int | None) -> bool:
        free = self.free_for(pace_group_id)
        return free is None or places <= free

    def without(self, places: int, pace_group_id: int | None) -> "Room":
        """Return what is left when somebody takes places."""
        groups = self.pace_groups
        if pace_group_id is not None and pace_group_id in groups:
            groups = {**groups, pace_group_id: groups[pace_group_id] - places}
        return replace(self, run=None if self.run is None else self.run - places, pace_groups=groups)


@dataclass(frozen=True, slots=True)
class WaitingAnswer:
    """Somebody on the waiting list, with as many places as they need: their own and one for each guest.

    `offered_until`: a place is, or was, held for them until then. `passed_at`: when they last let one go by.
    """

    rsvp_id: int
    runner_id: int
    pace_group_id: int | None
    places: int
    queued_at: datetime
    offered_until: datetime | None = None
    passed_at: datetime | None = None

    def is_offered(self, now: datetime) -> bool:
        return self.offered_until is not None and self.offered_until > now

    def has_let_it_go_by(self, now: datetime) -> bool:
        """Return whether they were asked before and did not take the place: nobody is asked twice."""
        return self.passed_at is not None or (self.offered_until is not None and self.offered_until <= now)


@dataclass(frozen=True, slots=True)
class Moves:
    """What happens to a waiting list: ids of answers.

    moved_up: these are in. offered: to these a place is offered until `offered_until`. passed: these let it go by.
    withdrawn: the place that was held for these is gone, because a limit was lowered.
    """

    moved_up: tuple[int, ...] = ()
    offered: tuple[int, ...] = ()
    passed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    offered_until: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.moved_up or self.offered or self.passed or self.withdrawn)


def places_in_all(max_runners: int | None, pace_groups: Collection[int | None]) -> int | None:
    """Return how many places a run has, None for any number.

    Where every pace group has a limit, those who have not chosen one yet cannot be more than all of them take.
    """
    known = [] if max_runners is None else [max_runners]
    if pace_groups and None not in pace_groups:
        known.append(sum(limit or 0 for limit in pace_groups))
    return min(known, default=None)


def guests_in_words(count: int) -> str:
    """Return "1 guest", "3 guests"; "" for none."""
    return f"{count} guest{'' if count == 1 else 's'}" if count else ""


def in_order(waiters: Iterable[WaitingAnswer]) -> list[WaitingAnswer]:
    return sorted(waiters, key=lambda one: (one.queued_at, one.rsvp_id))


def room_for(rsvp_id: int | None, offered: Iterable[WaitingAnswer], room: Room, now: datetime) -> Room:
    """Return the places that an answer (None: a new one) could take: those of `room` that are held for nobody else."""
    asked = in_order(one for one in offered if one.is_offered(now))
    held, left = _hold(asked, room)
    mine = next((one for one in asked if one.rsvp_id == rsvp_id), None)
    return left if mine is None else left.without(-held.get(mine.rsvp_id, 0), mine.pace_group_id)


def moves(waiters: Iterable[WaitingAnswer], room: Room, starts_at: datetime, now: datetime) -> Moves:
    """Return what happens to those who wait. `room`: the places that nobody takes who is in.

    In the order in which they asked: whoever fits moves up, and from `ASKED_FROM` before the start is asked first.
    A runner with more guests than fit is asked to come with fewer, and meanwhile nobody else takes these places.
    Afterwards they go to the next who fits, and those who were asked keep their place in the order.
    """
    queue = in_order(waiters)
    if now >= starts_at:
        return Moves(passed=tuple(one.rsvp_id for one in queue if one.offered_until is not None))
    passed = tuple(one.rsvp_id for one in queue if one.offered_until is not None and one.offered_until <= now)
    is_asked = now > starts_at - ASKED_FROM
    asked = [one for one in queue if one.is_offered(now)]
    held, room = _hold(asked, room)
    moved_up = [one.rsvp_id for one in asked if held.get(one.rsvp_id) == one.places and not (is_asked and one.places)]
    offered = []
    for one in queue:
        if one.is_offered(now):
            continue
        if room.fits(one.places, one.pace_group_id) and not (is_asked and one.places):
            moved_up.append(one.rsvp_id)
        elif room.fits(1, one.pace_group_id) and not one.has_let_it_go_by(now):
            offered.append(one.rsvp_id)
        else:
            continue
        room = room.without(_as_many(one.places, one, room), one.pace_group_id)
    withdrawn = tuple(one.rsvp_id for one in asked if one.rsvp_id not in held)
    until = min(now + HELD_FOR, starts_at) if offered else None
    return Moves(tuple(moved_up), tuple(offered), passed, withdrawn, until)


def _hold(asked: Sequence[WaitingAnswer], room: Room) -> tuple[Mapping[int, int], Room]:
    """Return how many places are held for each of those who were asked, by answer, and what is left.

    First one for each of them, then as many more of theirs as are there. An answer that is missing has lost its place.
    """
    held: dict[int, int] = {}
    for most in (1, 1 + MAX_GUESTS):
        for one in asked:
            before = held.get(one.rsvp_id, 0)
            places = _as_many(min(most, one.places) - before, one, room)
            if before or places or not one.places:
                held[one.rsvp_id] = before + places
                room = room.without(places, one.pace_group_id)
    return held, room


def _as_many(places: int, one: WaitingAnswer, room: Room) -> int:
    free = room.free_for(one.pace_group_id)
    return places if free is None else min(places, free)
