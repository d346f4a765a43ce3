"""The road as a picture: dots, words, marks and arrows, where the page draws them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import log10

from webapp.formatting import day as written_day
from webapp.formatting import score
from webapp.leaderboards.rows import BoardRow
from webapp.rulebook.measures import Unit
from webapp.rulebook.road import Arrow, Cluster, Located, Scale, clusters, marks
from webapp.rulebook.road_course import COURSES, Course, RoadPoint
from webapp.rulebook.road_labels import Box, Label, Wanted, box_of, placed

YOU, START = "You", "Start"
# Half the width of the road, with its edge.
ROADSIDE = 11.0
# An arrow shorter than this would be a blot.
MIN_ARROW = 14.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Runners who are close together: how many, and who of them may be named, the one in front first.

    `total_text`: their total, or the two that they lie between, `behind` and `front`; `arrows`: those of them who close
    on somebody.
    """

    count: int
    rows: list[BoardRow]
    is_mine: bool
    total_text: str
    arrows: list[Arrow]
    behind: float
    front: float

    @property
    def count_text(self) -> str:
        """Return the number so that it fits into a dot: "1.2k"."""
        if self.count < 1000:
            return str(self.count)
        return f"{self.count / 1000:.1f}k" if self.count < 10_000 else f"{self.count // 1000}k"

    @property
    def alone(self) -> BoardRow | None:
        return self.rows[0] if self.count == 1 and self.rows else None

    @property
    def others(self) -> int:
        """Return how many of them the page does not name."""
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class Dot:
    """A runner or a cluster on the road; `way`: how far along."""

    x: float
    y: float
    radius: float
    spot: Spot
    way: float

    @property
    def box(self) -> Box:
        return box_of(RoadPoint(self.x, self.y), self.radius + 1)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture for one width of screen; `boxes`: what the dots cover."""

    course: Course
    scale: Scale
    dots: list[Dot]
    boxes: list[Box]
    labels: list[Label]
    marks: list[Label]
    arrows: list[str]

    @property
    def spots(self) -> list[Spot]:
        """Return what is drawn, the front first."""
        return [dot.spot for dot in self.dots]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page draws: the field, the rows that it may name, by entry, the units, and whether zero is the start."""

    positions: Sequence[Located]
    rows: dict[int, BoardRow]
    unit: Unit
    units: str
    from_zero: bool
    arrows: Sequence[Arrow] = ()
    # A total that the road reaches at least.
    front: int | None = None
    has_places: bool = True


def drawings(sight: Sight) -> list[Drawing]:
    """Return the pictures for narrow and for wide screens."""
    return [_drawing(sight, course) for course in COURSES]


def sentence(sight: Sight, day: date, own: Located | None) -> str:
    """Return what the end of a date looked like: the one in front, if the page names them, and the viewer."""
    write = partial(score, unit=sight.unit, units=sight.units)
    foremost = max(sight.positions, key=lambda each: each.total, default=own)
    if own and foremost and own.total > foremost.total:
        foremost = own
    words = [f"{written_day(day)}."]
    leads = sight.has_places and foremost is not None and foremost.total > 0
    am_foremost = own is not None and foremost is not None and foremost.entry_id == own.entry_id
    if leads and foremost and foremost.entry_id is not None and not am_foremost:
        words.append(f"In front: {sight.rows[foremost.entry_id].name}, {write(int(foremost.total))}.")
    if own is not None:
        words.append(f"You: {write(int(own.total))}{', in front' if leads and am_foremost else ''}.")
    return " ".join(words)


def way_of(sight: Sight, total: float) -> float:
    """Return which share of the road a total is from the start."""
    return round(_scale_of(sight, 1.0).way(total), 4)


def _scale_of(sight: Sight, length: float) -> Scale:
    totals = (
        [sight.front, *(each.total for each in sight.positions)]
        if sight.front
        else [each.total for each in sight.positions]
    )
    return Scale.of(totals, length, from_zero=sight.from_zero)


def _scale(sight: Sight, course: Course) -> Scale:
    return _scale_of(sight, course.length)


def _drawing(sight: Sight, course: Course) -> Drawing:
    scale = _scale(sight, course)
    found = clusters(sight.positions, scale, course.dot)
    dots = [dot_on(course, each.way, _spot(sight, each)) for each in found]
    boxes = [dot.box for dot in dots]
    labels = placed(_wanted(dots), boxes, course.width, course.height)
    return Drawing(
        course,
        scale,
        dots,
        boxes,
        labels,
        _marks(sight, course, scale, [*boxes, *(label.box for label in labels)]),
        list(_arrow_paths(sight.arrows, found, course)),
    )


def _spot(sight: Sight, cluster: Cluster) -> Spot:
    rows = [sight.rows[entry] for entry in cluster.entries]
    mine = any(row.is_me for row in rows)
    arrows = [arrow for arrow in sight.arrows if arrow.chaser in cluster.entries]
    words = totals_text(sight, cluster.behind, cluster.front)
    return Spot(cluster.count, rows, mine, words, arrows, cluster.behind, cluster.front)


def totals_text(sight: Sight, behind: float, front: float) -> str:
    """Return the totals that runners lie between in words."""
    write = partial(score, unit=sight.unit, units=sight.units)
    return _between(write(int(behind)), write(int(front)))


def _between(behind: str, front: str) -> str:
    """Return "40.1 to 42.0 km", with the unit once; one of two equal texts."""
    number, _, unit = behind.rpartition(" ")
    shared = front.rpartition(" ")[2] == unit
    return front if behind == front else f"{number if shared else behind} to {front}"


def dot_on(course: Course, way: float, spot: Spot) -> Dot:
    at = course.at(way)
    grown = course.radius + (2 * log10(spot.count) if spot.count > 1 else 0)
    return Dot(round(at.x, 1), round(at.y, 1), round(min(grown, course.dot / 2), 1), spot, way)


def _wanted(dots: Sequence[Dot]) -> list[Wanted]:
    """Return the words that the picture would show, the viewer's own first, then from the front on."""
    words = [_front_words(dot.spot) if place == 0 else words_of(dot.spot) for place, dot in enumerate(dots)]
    ordered = sorted(enumerate(dots), key=lambda placed: not placed[1].spot.is_mine)
    return [Wanted(RoadPoint(dot.x, dot.y), dot.radius, words[place], place) for place, dot in ordered if words[place]]


def words_of(spot: Spot) -> str:
    if spot.is_mine:
        return YOU if spot.count == 1 else f"{YOU} and {spot.count - 1:,}"
    return spot.alone.name if spot.alone else ""


def _front_words(spot: Spot) -> str:
    """Return the words about those in front, with one of them by name."""
    if spot.is_mine or spot.count == 1 or not spot.rows:
        return words_of(spot)
    return f"{spot.rows[0].name} and {spot.count - 1:,}"


def _marks(sight: Sight, course: Course, scale: Scale, taken: Sequence[Box]) -> list[Label]:
    """Return the round totals whose words fit beside the road, the dots and their names."""
    found = [(float(total), _short(sight, total)) for total in marks(scale.first, scale.last, sight.unit, sight.units)]
    start = [(0.0, START)] if sight.from_zero else []
    wanted = [Wanted(course.at(scale.way(total)), ROADSIDE, words) for total, words in (*start, *found)]
    return placed(wanted, taken, course.width, course.height)


def _short(sight: Sight, total: int) -> str:
    return score(total, sight.unit, sight.units).replace(".0 ", " ")


def _arrow_paths(arrows: Iterable[Arrow], found: Sequence[Cluster], course: Course) -> Iterable[str]:
    """Yield the way from a runner towards the next one ahead, of those who stand alone."""
    ways = {cluster.alone: cluster.way for cluster in found if cluster.alone is not None}
    for arrow in arrows:
        chaser, lead = ways.get(arrow.chaser), ways.get(arrow.lead)
        if chaser is None or lead is None:
            continue
        first, last = chaser + course.radius + 2, lead - course.radius - 5
        if last - first >= MIN_ARROW:
            yield course.path_between(first, min(last, first + 60))
