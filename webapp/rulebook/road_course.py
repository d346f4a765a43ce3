"""The winding road of a challenge as a line: where a share of the way lies. Lengths are in units of the drawing."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from math import cos, hypot, pi, sin

# How many straight pieces stand for half a stretch, and for a bend.
PIECES = 16
# Above the topmost stretch and below the lowest.
MARGIN = 44


@dataclass(frozen=True, slots=True)
class RoadPoint:
    """A point of the drawing; y grows downwards."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Course:
    """A road of level stretches with bends between them, from the start at the bottom to the front at the top.

    `hill`: how far each stretch rises in its middle. `dot`: how far the centres of two dots are apart at least.
    """

    name: str
    width: int
    stretches: int
    spacing: int
    hill: int
    dot: int = 28
    radius: int = 12

    @property
    def height(self) -> int:
        return self.spacing * (self.stretches - 1) + 2 * MARGIN

    @property
    def line(self) -> tuple[RoadPoint, ...]:
        """Return the points of the line, from the start on."""
        return _line(self)

    @property
    def length(self) -> float:
        return _ends(self)[-1]

    @property
    def path(self) -> str:
        """Return the line as the data of an SVG path."""
        return _path(self)

    def at(self, way: float) -> RoadPoint:
        """Return the point that is `way` from the start along the line; the nearer end of it beyond one."""
        ends = _ends(self)
        way = min(max(way, 0.0), ends[-1])
        piece = min(bisect_right(ends, way), len(self.line) - 1)
        a, b, before = self.line[piece - 1], self.line[piece], ends[piece - 1]
        share = (way - before) / (ends[piece] - before)
        return RoadPoint(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)

    def path_between(self, first: float, last: float) -> str:
        """Return a part of the line as the data of an SVG path."""
        inside = [point for point, way in zip(self.line, _ends(self), strict=True) if first < way < last]
        return "M" + "L".join(f"{p.x:.1f} {p.y:.1f}" for p in (self.at(first), *inside, self.at(last)))


@cache
def _line(course: Course) -> tuple[RoadPoint, ...]:
    points = [point for stretch in range(course.stretches) for point in _stretch(course, stretch)]
    return (points[0], *(later for point, later in pairwise(points) if point != later))  # no piece without length


@cache
def _path(course: Course) -> str:
    return course.path_between(0.0, course.length)


@cache
def _ends(course: Course) -> list[float]:
    """Return how far each point is from the start, along the line."""
    pieces = (hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(_line(course)))
    return list(accumulate(pieces, initial=0.0))


def _stretch(course: Course, stretch: int) -> Iterator[RoadPoint]:
    """Yield the points of a level stretch and, but for the topmost, of the bend behind it."""
    bend = course.spacing / 2
    left, right = bend + 16, course.width - bend - 16
    y = course.height - MARGIN - stretch * course.spacing
    forth = stretch % 2 == 0
    for piece in range(2 * PIECES + 1):
        share = piece / (2 * PIECES)
        x = left + (right - left) * (share if forth else 1 - share)
        yield RoadPoint(x, y - course.hill * (1 - cos(2 * pi * share)) / 2)
    if stretch + 1 < course.stretches:
        for piece in range(1, PIECES):
            turn = pi * piece / PIECES
            out = bend * sin(turn)
            yield RoadPoint(right + out if forth else left - out, y - bend * (1 - cos(turn)))


NARROW = Course("narrow", width=360, stretches=5, spacing=84, hill=10)
WIDE = Course("wide", width=960, stretches=3, spacing=104, hill=16)
COURSES = (NARROW, WIDE)
