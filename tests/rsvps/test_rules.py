"""The waiting list of a group run: its order, the places, and who is asked first."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON
from webapp.rsvps.rules import (
    ASKED_FROM,
    HELD_FOR,
    MAX_GUESTS,
    Moves,
    Room,
    WaitingAnswer,
    in_order,
    moves,
    places_in_all,
    room_for,
)

NOW = NOON
LATER = NOW + timedelta(days=3)  # a start at which nobody is asked: they move up by themselves
SOON = NOW + timedelta(hours=5)
EASY, LONG = 1, 2


def waiter(number: int, places: int = 1, group: int | None = None, **values: datetime) -> WaitingAnswer:
    """One who waits in the order of the numbers."""
    return WaitingAnswer(number, 100 + number, group, places, NOW - timedelta(days=1, minutes=-number), **values)


def room(run: int | None = None, **groups: int) -> Room:
    return Room(run, {{"easy": EASY, "long": LONG}[name]: free for name, free in groups.items()})


def test_the_first_move_up() -> None:
    assert moves([waiter(3), waiter(1), waiter(2)], room(2), LATER, NOW) == Moves(moved_up=(1, 2))
    assert not moves([waiter(1)], room(0), LATER, NOW)
    assert not moves([waiter(1)], room(-2), LATER, NOW), "a limit was lowered"
    assert moves([waiter(1), waiter(2)], room(None), LATER, NOW).moved_up == (1, 2), "the limit is gone"


def test_a_place_of_a_pace_group_goes_to_those_who_wait_for_it() -> None:
    queue = [waiter(1, group=EASY), waiter(2, group=LONG), waiter(3, group=LONG), waiter(4)]
    assert moves(queue, room(3, easy=0, long=1), LATER, NOW).moved_up == (2, 4)
    assert moves(queue, room(1, easy=0, long=1), LATER, NOW).moved_up == (2,)
    assert moves(queue, room(0, easy=5, long=5), LATER, NOW).moved_up == ()


@pytest.mark.parametrize(
    ("before", "does_ask"),
    [(ASKED_FROM, False), (ASKED_FROM - timedelta(seconds=1), True), (timedelta(seconds=1), True)],
)
def test_from_twelve_hours_before_the_start_the_next_is_asked(before: timedelta, does_ask: bool) -> None:
    found = moves([waiter(1), waiter(2)], room(1), NOW + before, NOW)
    assert (found.offered, found.moved_up) == (((1,), ()) if does_ask else ((), (1,)))


def test_a_place_is_held_for_two_hours_and_never_past_the_start() -> None:
    assert moves([waiter(1)], room(1), SOON, NOW).offered_until == NOW + HELD_FOR
    assert moves([waiter(1)], room(1), NOW + timedelta(minutes=50), NOW).offered_until == NOW + timedelta(minutes=50)
    held = waiter(1, offered_until=NOW + HELD_FOR)
    assert moves([held, waiter(2)], room(1), SOON, NOW) == Moves(), "nobody else is asked meanwhile"
    assert moves([held, waiter(2)], room(2), SOON, NOW).offered == (2,)


def test_who_let_it_go_by_is_passed_and_the_next_is_asked() -> None:
    queue = [waiter(1, offered_until=NOW), waiter(2), waiter(3)]
    assert moves(queue, room(1), SOON, NOW) == Moves(offered=(2,), passed=(1,), offered_until=NOW + HELD_FOR)
    asked = [waiter(1, passed_at=NOW), waiter(2, passed_at=NOW)]
    assert not moves(asked, room(2), SOON, NOW), "nobody is asked twice: the places are free for whoever takes them"
    assert moves(asked, room(2), LATER, NOW).moved_up == (1, 2), "the run was put off, so they move up by themselves"


def test_a_party_that_does_not_fit_is_asked_before_the_next_moves_up() -> None:
    party = waiter(1, places=3)
    assert moves([party, waiter(2)], room(1), LATER, NOW) == Moves(offered=(1,), offered_until=NOW + HELD_FOR)
    asked = replace(party, offered_until=NOW + HELD_FOR)
    assert not moves([asked, waiter(2)], room(1), LATER, NOW)
    assert not moves([asked, waiter(2)], room(2), LATER, NOW), "a second place is theirs too"
    assert moves([asked, waiter(2)], room(3), LATER, NOW).moved_up == (1,), "now all of them fit"
    late = replace(party, passed_at=NOW - timedelta(hours=1))
    assert moves([late, waiter(2)], room(1), LATER, NOW).moved_up == (2,), "they had the choice"
    assert moves([late, waiter(2)], room(3), LATER, NOW).moved_up == (1,), "they kept their place in the order"


def test_a_lowered_limit_takes_back_what_was_held() -> None:
    held = [waiter(number, offered_until=NOW + HELD_FOR) for number in (1, 2)]
    assert moves(held, room(1), SOON, NOW).withdrawn == (2,)
    assert moves(held, room(-4), SOON, NOW).withdrawn == (1, 2)


def test_a_leader_needs_no_place() -> None:
    leader = waiter(1, places=0)
    assert moves([leader], room(0), SOON, NOW).moved_up == (1,)
    assert moves([leader], room(-3), LATER, NOW).moved_up == (1,)


def test_after_the_start_nobody_moves() -> None:
    queue = [waiter(1, offered_until=NOW), waiter(2)]
    assert moves(queue, room(5), NOW, NOW) == Moves(passed=(1,))
    assert not moves([waiter(2)], room(5), NOW - timedelta(hours=1), NOW)
    held = waiter(1, offered_until=NOW + timedelta(hours=1))
    assert moves([held], room(1), NOW, NOW) == Moves(passed=(1,)), "the run was brought forward"


def test_a_held_place_is_not_free_for_others() -> None:
    queue = [waiter(1, places=3, offered_until=NOW + HELD_FOR), waiter(2, offered_until=NOW)]
    assert room_for(None, queue, room(2), NOW) == room(0)
    assert room_for(None, queue, room(5), NOW) == room(2)
    assert room_for(None, queue, room(None), NOW).free_for(None) is None
    assert room_for(1, queue, room(2), NOW) == room(2), "but it is for them"
    assert room_for(2, queue, room(5), NOW) == room(2), "who let it go by has no claim"


@pytest.mark.parametrize(
    ("run", "groups", "places"),
    [
        (None, (), None),
        (20, (), 20),
        (None, (10, None), None),
        (20, (10, None), 20),
        (None, (10, 8), 18),
        (12, (10, 8), 12),
        (30, (10, 8), 18),
    ],
)
def test_a_run_has_no_more_places_than_its_pace_groups(
    run: int | None, groups: tuple[int | None, ...], places: int | None
) -> None:
    assert places_in_all(run, groups) == places


# Any queue, in any state, before a run with any room.
moments = st.sampled_from([None, NOW - timedelta(hours=1), NOW, NOW + timedelta(minutes=30)])
groups = st.sampled_from([None, EASY, LONG])
places = st.integers(0, 1 + MAX_GUESTS)
passed = st.sampled_from([None, NOW - timedelta(hours=1)])
waiters = st.tuples(groups, places, st.integers(0, 3), moments, passed)
rooms = st.builds(
    Room,
    st.none() | st.integers(-2, 9),
    st.fixed_dictionaries({}, optional={EASY: st.integers(-2, 6), LONG: st.integers(-2, 6)}),
)
starts = st.sampled_from([NOW, NOW + timedelta(minutes=10), SOON, NOW + ASKED_FROM, LATER])


@st.composite
def queues(draw: st.DrawFn) -> list[WaitingAnswer]:
    rows = draw(st.lists(waiters, max_size=8))
    return [
        WaitingAnswer(number, number, group, places, NOW - timedelta(days=1, minutes=minutes), until, passed)
        for number, (group, places, minutes, until, passed) in enumerate(rows)
    ]


def after(queue: Iterable[WaitingAnswer], left: Room, found: Moves) -> tuple[list[WaitingAnswer], Room]:
    """Return the queue and the room once all of it is done."""
    still = []
    for one in queue:
        if one.rsvp_id in found.moved_up:
            left = left.without(one.places, one.pace_group_id)
        elif one.rsvp_id in found.offered:
            still.append(replace(one, offered_until=found.offered_until))
        elif one.rsvp_id in found.passed:
            still.append(replace(one, offered_until=None, passed_at=one.offered_until))
        else:
            still.append(replace(one, offered_until=None) if one.rsvp_id in found.withdrawn else one)
    return still, left


@given(queues(), rooms, starts)
def test_nothing_is_left_to_do_afterwards(queue: list[WaitingAnswer], left: Room, start: datetime) -> None:
    assert not moves(*after(queue, left, moves(queue, left, start, NOW)), start, NOW)


@given(queues(), rooms, starts)
def test_no_place_is_given_twice(queue: list[WaitingAnswer], left: Room, start: datetime) -> None:
    still, rest = after(queue, left, moves(queue, left, start, NOW))
    for name in (None, EASY, LONG):
        before, now = (one.run if name is None else one.pace_groups.get(name) for one in (left, rest))
        assert now is None or before is None or now >= min(before, 0)
        beside = room_for(None, still, rest, NOW)
        held = beside.run if name is None else beside.pace_groups.get(name)
        assert held is None or now is None or held >= min(now, 0)


@given(queues(), rooms, starts)
def test_no_place_stays_free_while_somebody_waits_who_was_not_asked(
    queue: list[WaitingAnswer], left: Room, start: datetime
) -> None:
    if start <= NOW:
        return
    still, rest = after(queue, left, moves(queue, left, start, NOW))
    free = room_for(None, still, rest, NOW)
    for one in still:
        if not one.is_offered(NOW) and not one.has_let_it_go_by(NOW):
            assert not free.fits(1, one.pace_group_id)


@given(queues(), rooms, starts)
def test_nobody_overtakes_one_who_needs_no_more(queue: list[WaitingAnswer], left: Room, start: datetime) -> None:
    found = moves(queue, left, start, NOW)
    lucky = {*found.moved_up, *found.offered}
    ordered = in_order(queue)
    for place, one in enumerate(ordered):
        if one.rsvp_id in lucky or one.is_offered(NOW) or one.has_let_it_go_by(NOW):
            continue
        behind = [
            other
            for other in ordered[place + 1 :]
            if other.pace_group_id == one.pace_group_id and other.places >= one.places and not other.is_offered(NOW)
        ]
        assert not lucky & {other.rsvp_id for other in behind}


@given(queues(), rooms, starts)
def test_nobody_is_asked_twice_and_nobody_is_in_and_asked(
    queue: list[WaitingAnswer], left: Room, start: datetime
) -> None:
    found = moves(queue, left, start, NOW)
    asked_before = {one.rsvp_id for one in queue if one.offered_until is not None or one.passed_at is not None}
    assert not asked_before & set(found.offered)
    assert not set(found.moved_up) & {*found.offered, *found.withdrawn}
    assert found.offered_until is None or NOW < found.offered_until <= start
