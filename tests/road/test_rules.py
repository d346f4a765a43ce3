"""The road as a picture: what is drawn where, and what it says."""

from datetime import date
from typing import Any

import pytest

from webapp.leaderboards.rows import BoardRow, format_row
from webapp.road.rules import Sight, Spot, drawings, sentence, way_of
from webapp.rulebook.road import Arrow, Located

DAY = date(2026, 11, 12)


def row(entry: int, name: str, total: int, *, is_me: bool = False) -> BoardRow:
    return format_row(
        "km", "distance", entry_id=entry, runner_id=entry, name=name, rank=entry, total=total, is_me=is_me
    )


ANA, BEN, ME = row(1, "Ana Ruiz", 90_000), row(2, "Ben Ode", 60_000), row(3, "Caro Lang", 30_000, is_me=True)


def sight(*rows: BoardRow, unnamed: int = 0, **values: Any) -> Sight:
    positions = [Located(each.total or 0, entry_id=each.entry_id) for each in rows]
    positions += [Located(10_000, unnamed)] if unnamed else []
    usual: dict[str, Any] = {"unit": "distance", "units": "km", "from_zero": True}
    return Sight(positions, {each.entry_id: each for each in rows}, **{**usual, **values})


def test_narrow_and_wide_screens_have_the_same_runners_the_front_first() -> None:
    narrow, wide = drawings(sight(BEN, ME, ANA, unnamed=7))
    for drawn in (narrow, wide):
        assert [spot.rows for spot in drawn.spots] == [[ANA], [BEN], [ME], []]
        assert [spot.count for spot in drawn.spots] == [1, 1, 1, 7]
        assert [spot.is_mine for spot in drawn.spots] == [False, False, True, False]
        assert all(0 < dot.x < drawn.course.width and 0 < dot.y < drawn.course.height for dot in drawn.dots)


def test_names_stand_at_those_who_are_alone_and_you_at_the_viewer() -> None:
    for drawn in drawings(sight(ANA, BEN, ME, unnamed=7)):
        assert {"You", "Ana Ruiz", "Ben Ode"} <= {label.words for label in drawn.labels}


def test_a_crowd_is_one_dot_that_says_between_which_totals_it_is() -> None:
    close = row(4, "Dora Lee", 89_900)
    (spot, *_) = drawings(sight(ANA, close, ME))[0].spots
    assert (spot.count, spot.rows, spot.total_text, spot.alone) == (2, [ANA, close], "89.9 to 90.0 km", None)


@pytest.mark.parametrize(
    ("count", "text"), [(7, "7"), (999, "999"), (1000, "1.0k"), (1234, "1.2k"), (9999, "10.0k"), (12_345, "12k")]
)
def test_a_number_fits_into_its_dot(count: int, text: str) -> None:
    assert Spot(count, [], False, "", [], 0, 0).count_text == text


def test_marks_are_round_totals_and_the_start_where_the_road_begins_there() -> None:
    words = {mark.words for drawn in drawings(sight(ANA, ME)) for mark in drawn.marks}
    assert "Start" in words and "40 km" in words
    later = {mark.words for drawn in drawings(sight(ANA, BEN, from_zero=False)) for mark in drawn.marks}
    assert "Start" not in later and later


def test_an_arrow_leads_from_one_who_is_alone_to_the_next_and_not_where_it_would_be_a_blot() -> None:
    drawn = drawings(sight(ANA, BEN, ME, arrows=[Arrow(3, 2, 500)]))[1]
    assert len(drawn.arrows) == 1 and drawn.arrows[0].startswith("M")
    crowded = drawings(sight(ANA, row(4, "Dora Lee", 89_900), arrows=[Arrow(4, 1, 500)]))
    assert [drawn.arrows for drawn in crowded] == [[], []]


def test_a_day_is_said_with_the_one_in_front_and_the_viewer() -> None:
    mine = Located(30_000, entry_id=3)
    assert sentence(sight(ANA, ME), DAY, mine) == "Thu 12 Nov. In front: Ana Ruiz, 90.0 km. You: 30.0 km."
    assert sentence(sight(BEN), DAY, Located(70_000, entry_id=3)) == "Thu 12 Nov. You: 70.0 km, in front."


def test_nobody_is_in_front_of_one_goal_nor_where_nobody_has_run() -> None:
    mine = Located(30_000, entry_id=3)
    assert sentence(sight(ANA, ME, has_places=False), DAY, mine) == "Thu 12 Nov. You: 30.0 km."
    assert sentence(sight(ANA._replace(total=0)), DAY, None) == "Thu 12 Nov."


def test_a_front_that_is_set_makes_room_for_what_is_still_to_come() -> None:
    assert way_of(sight(ANA, ME), 30_000) > way_of(sight(ANA, ME, front=200_000), 30_000)
