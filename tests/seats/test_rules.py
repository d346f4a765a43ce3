"""The order in which seats are given."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON
from webapp.seats.rules import (
    FULL_FOR,
    HELD_FOR,
    Allocation,
    Full,
    Waiter,
    allocate,
    free_seats,
    is_held,
    network_digest,
)

JUST_NOW, LONG_AGO = NOON - timedelta(minutes=5), NOON - HELD_FOR


def waiter(number: int, opened: bool | None = False) -> Waiter:
    """A visitor who opened no offer, one just now (True), or one that no longer holds a seat (None)."""
    return Waiter(number, LONG_AGO if opened is None else JUST_NOW if opened else None)


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
        # An offer that nobody opened holds nothing.
        ([waiter(1), waiter(2)], 1, [1, 2], True),
        ([waiter(1), waiter(2, True)], 1, [2], False),
        ([waiter(1), waiter(2, True)], 2, [1, 2], True),
        ([waiter(1, True), waiter(2, True)], 1, [1], False),
        # Nobody knows: everybody may try, and nothing is held.
        ([waiter(1, True), waiter(2)], None, [1, 2], True),
        # One that was opened long ago holds nothing any more.
        ([waiter(1, None), waiter(2)], 1, [1, 2], True),
        ([waiter(1, None), waiter(2, True)], 1, [2], False),
        ([waiter(1, None)], 0, [], False),
    ],
)
def test_a_seat_is_held_only_for_somebody_who_opened_the_offer(
    waiters: list[Waiter], free: int | None, invited: list[int], open_to_all: bool
) -> None:
    assert allocate(waiters, free, NOON) == Allocation(frozenset(invited), open_to_all)


waiting = st.lists(st.sampled_from([False, True, None]), max_size=8).map(
    lambda offers: [waiter(number, opened) for number, opened in enumerate(offers)]
)
seats = st.none() | st.integers(0, 10)


@given(waiting, seats)
def test_no_more_seats_are_kept_than_there_are_free_ones(waiters: list[Waiter], free: int | None) -> None:
    found = allocate(waiters, free, NOON)
    held = sum(is_held(one.opened_at, NOON) for one in waiters if one.id in found.invited)
    assert free is None or held <= free
    assert found.open_to_all == (free is None or held < free)


@given(waiting, st.integers(0, 10))
def test_one_more_free_seat_never_sends_anybody_back(waiters: list[Waiter], free: int) -> None:
    fewer, more = allocate(waiters, free, NOON), allocate(waiters, free + 1, NOON)
    assert fewer.invited <= more.invited and fewer.open_to_all <= more.open_to_all


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("::ffff:192.0.2.1", "192.0.2.9", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", None, True),
        ("nonsense", "192.0.2.1", False),
    ],
)
def test_a_network_is_a_24_of_ipv4_or_a_64_of_ipv6(one: str | None, other: str | None, is_same: bool) -> None:
    assert (network_digest(one, "key") == network_digest(other, "key")) == is_same
    assert network_digest(one, "key") != network_digest(one, "another key")
