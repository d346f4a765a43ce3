"""Where words fit."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.road_course import RoadPoint
from webapp.rulebook.road_labels import Wanted, box_of, placed

WIDTH, HEIGHT = 360.0, 300.0
dots = st.builds(RoadPoint, st.floats(12, WIDTH - 12), st.floats(12, HEIGHT - 12))


@given(st.lists(st.tuples(dots, st.text("abcXYZ ", min_size=1, max_size=30)), max_size=40))
def test_no_words_cover_a_dot_or_other_words_or_leave_the_frame(found: list[tuple[RoadPoint, str]]) -> None:
    boxes = [box_of(at, 12) for at, _ in found]
    labels = placed([Wanted(at, 12, words) for at, words in found], boxes, WIDTH, HEIGHT)
    assert not any(label.box.meets(box) for label in labels for box in boxes)
    assert not any(one.box.meets(other.box) for one, other in combinations(labels, 2))
    assert all(label.box.left >= 0 and label.box.right <= WIDTH and label.box.top >= 0 for label in labels)


def test_the_words_wanted_first_stand_above_their_dot() -> None:
    at = RoadPoint(100, 100)
    first, second = placed([Wanted(at, 12, "You"), Wanted(at, 12, "Ana")], [box_of(at, 12)], WIDTH, HEIGHT)
    assert (first.words, first.y < 100) == ("You", True)
    assert (second.words, second.y > 100) == ("Ana", True)


def test_a_long_name_is_shortened() -> None:
    (label,) = placed([Wanted(RoadPoint(180, 100), 12, "Maria-Theresia von Hohenstein")], [], WIDTH, HEIGHT)
    assert label.words == "Maria-Theresia vo…"
