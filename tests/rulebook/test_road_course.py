"""The winding road as a line."""

from itertools import pairwise
from math import hypot

import pytest

from webapp.rulebook.road_course import COURSES, Course


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_the_road_lies_in_its_frame_and_climbs_from_the_bottom_to_the_top(course: Course) -> None:
    assert all(12 <= point.x <= course.width - 12 and 12 <= point.y <= course.height - 12 for point in course.line)
    assert course.at(0).y > course.height - course.spacing > course.spacing > course.at(course.length).y


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_the_same_way_along_the_road_is_never_a_longer_step_in_the_drawing(course: Course) -> None:
    points = [course.at(course.length * step / 500) for step in range(501)]
    steps = [hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(points)]
    assert 0.95 * course.length / 500 < min(steps) <= max(steps) <= course.length / 500 + 1e-6


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_two_stretches_of_the_road_keep_apart(course: Course) -> None:
    far = [(way, course.at(way)) for way in range(0, int(course.length), 20)]
    near = [hypot(a.x - b.x, a.y - b.y) for w, a in far for v, b in far if v - w > 2 * course.spacing]
    assert min(near) > 2 * course.dot


def test_a_way_beyond_an_end_is_that_end() -> None:
    course = COURSES[0]
    assert (course.at(-5), course.at(course.length + 5)) == (course.line[0], course.line[-1])
