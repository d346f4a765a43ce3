"""Journeys: places along a way, and where a total is between them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.journeys import (
    ROUTES,
    PlacesError,
    Position,
    Route,
    RoutePlace,
    place_on,
    places_from,
    places_of,
    places_text,
)
from webapp.rulebook.ruleset import RuleSet

OWN = {"route": "own", "places": [["The old oak", 0], ["Mill", 4_500], ["Zoë's café", 12_000]]}
START, MILL, CAFE = places_of(RuleSet("distance", "journey", OWN).params)
ready_routes = pytest.mark.parametrize("route", ROUTES.values(), ids=list(ROUTES))


@pytest.mark.parametrize(
    ("metres", "position"),
    [
        (0, Position(START, MILL, 4_500)),
        (4_499, Position(START, MILL, 1)),
        (4_500, Position(MILL, CAFE, 7_500)),
        (12_000, Position(CAFE, None, 0)),
        (99_000, Position(CAFE, None, 0)),
    ],
)
def test_a_total_is_somewhere_on_the_way(metres: int, position: Position) -> None:
    assert place_on([START, MILL, CAFE], metres) == position


def test_a_way_may_begin_with_a_walk_to_its_first_place() -> None:
    assert place_on([MILL, CAFE], 1_000) == Position(None, MILL, 3_500)


@given(st.sampled_from(sorted(ROUTES)), st.integers(0, 900_000), st.integers(0, 50_000))
def test_someone_who_runs_on_is_never_farther_back(key: str, metres: int, more: int) -> None:
    places = ROUTES[key].places
    here, there = place_on(places, metres), place_on(places, metres + more)
    assert here.last is not None
    assert there.last is not None
    assert there.last.metres >= here.last.metres
    assert here.next is None or here.last.metres <= metres < here.next.metres == metres + here.metres_to_next


@ready_routes
def test_a_ready_route_has_places_near_enough_to_look_forward_to(route: Route) -> None:
    assert 8 <= len(route.places) <= 15
    assert route.places[0].metres == 0
    assert 100_000 <= route.places[-1].metres <= 1_000_000
    assert all(far.metres - near.metres <= 120_000 for near, far in pairwise(route.places))
    assert all(places_from(places_text(route.places, own), own) == route.places for own in ("km", "mi"))


def test_places_of_ones_own_are_written_a_line_each() -> None:
    assert places_from("The old oak, 0\n\n  Mill ; 4.5 km\nZoë's café,\t12\n") == (START, MILL, CAFE)
    assert places_from("Here, 0\nBath, Maine, 26.2 mi")[1] == RoutePlace("Bath, Maine", 42_165)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Start, 0",
        "Start, 0\nMill",
        "Start, 0\nMill, far",
        "Start, 0\nMill, -3",
        "Start, 5\nMill, 5",
        "Start, 5\nMill, 4",
        "Start, 0\n, 4",
        "Start, 0\n..., 4",
        "Start, 0\nM\u202eill, 4",
        f"Start, 0\n{'M' * 41}, 4",
        "Start, 0\nMill, 20001",
        "Start, 0\nMill, ٣",
        "\n".join(f"Place {number}, {number}" for number in range(41)),
    ],
)
def test_what_is_no_way_with_places_is_refused(text: str) -> None:
    with pytest.raises(PlacesError, match=r"please\.$|before\.$"):
        places_from(text)
