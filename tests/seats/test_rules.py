"""Who gets the next seat."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON
from webapp.seats.rules import FULL_FOR, HELD_FOR, Full, Line, Waiter, free_seats, is_held, line_up

JUST_NOW, LONG_AGO = NOON - timedelta(minutes=5), NOON - HELD_FOR


def waiter(number: int, offered: bool | None = False) -> Waiter:
    """Somebody to whom nothing was offered, or just now (True), or so long ago that nobody waits for them (None)."""
    return Waiter(number, LONG_AGO if offered is None else JUST_NOW if offered else None)


@pytest.mark.parametrize(
    ("taken", "seats", "full", "free"),
    [
        (0, 1, None, 1),
        (1, 1, None, 0),
        (2, 1, None, 0),
        (999, None, None, None),
        # Strava said so: it holds until somebody leaves, until more got in, or until it is old.
        (10, None, Full(JUST_NOW, 10), 0),
        (9, None, Full(JUST_NOW, 10), 1),
        (11, None, Full(JUST_NOW, 10), None),
        (10, None, Full(NOON - FULL_FOR, 10), None),
        # With both, the smaller number of seats counts.
        (10, 12, Full(JUST_NOW, 10), 0),
        (10, 12, Full(NOON - FULL_FOR, 10), 2),
        (8, 9, Full(JUST_NOW, 10), 1),
    ],
)
def test_free_seats_are_what_the_operator_set_and_what_strava_said(
    taken: int, seats: int | None, full: Full | None, free: int | None
) -> None:
    assert free_seats(taken, seats, full, NOON) == free


@pytest.mark.parametrize(
    ("waiters", "free", "invited", "open_to_all"),
    [
        ([], 1, [], True),
        ([], 0, [], False),
        ([], None, [], True),
        ([waiter(1), waiter(2)], 0, [], False),
        ([waiter(1), waiter(2)], 1, [1], False),
        ([waiter(1), waiter(2)], 2, [1, 2], False),
        ([waiter(1), waiter(2)], 3, [1, 2], True),
        # Nobody knows: the first may try, and nobody slips in meanwhile.
        ([waiter(1), waiter(2)], None, [1], False),
        # Who was offered a seat and stayed away keeps the place, and holds up nobody.
        ([waiter(1, None), waiter(2)], 1, [1, 2], False),
        ([waiter(1, None), waiter(2, True)], 1, [1, 2], False),
        ([waiter(1, None)], 1, [1], True),
        ([waiter(1, None), waiter(2, None)], None, [1, 2], True),
        ([waiter(1, None)], 0, [], False),
    ],
)
def test_seats_go_first_come_first_served(
    waiters: list[Waiter], free: int | None, invited: list[int], open_to_all: bool
) -> None:
    assert line_up(waiters, free, NOON) == Line(frozenset(invited), open_to_all)


waiting = st.lists(st.sampled_from([False, True, None]), max_size=8).map(
    lambda offers: [waiter(number, offered) for number, offered in enumerate(offers)]
)
seats = st.none() | st.integers(0, 10)


@given(waiting, seats)
def test_nobody_is_invited_before_somebody_who_came_earlier(waiters: list[Waiter], free: int | None) -> None:
    invited = line_up(waiters, free, NOON).invited
    assert invited == {one.id for one in waiters[: len(invited)]}


@given(waiting, seats)
def test_no_more_seats_are_kept_than_there_are_free_ones(waiters: list[Waiter], free: int | None) -> None:
    found = line_up(waiters, free, NOON)
    kept = sum(is_held(one.offered_at, NOON) for one in waiters if one.id in found.invited)
    most = 1 if free is None else free
    assert kept <= most
    assert found.open_to_all == (kept < most)


@given(waiting, st.integers(0, 10))
def test_one_more_free_seat_never_sends_anybody_back(waiters: list[Waiter], free: int) -> None:
    fewer, more = line_up(waiters, free, NOON), line_up(waiters, free + 1, NOON)
    assert fewer.invited <= more.invited and fewer.open_to_all <= more.open_to_all
