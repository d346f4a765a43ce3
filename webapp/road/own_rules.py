"""Where a viewer stands in a picture that all members share: which dot is theirs, and what makes room for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp.leaderboards.rows import BoardRow
from webapp.road.rules import Dot, Drawing, Sight, Spot, dot_on, totals_text, words_of
from webapp.rulebook.road_course import RoadPoint
from webapp.rulebook.road_labels import Label, Wanted, placed


@dataclass(frozen=True, slots=True)
class Own:
    """The viewer on the road: their row and total, and where a shared picture has them.

    `is_counted`: whether it counts them. It does not if they show others less than themselves.
    """

    row: BoardRow
    total: int
    located: float
    is_counted: bool


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A shared drawing with the viewer in it.

    `dot`: theirs, at `place` of the list; `replaces`: whether it takes the place of the one there, or stands before it.
    """

    drawing: Drawing
    dot: Dot
    place: int
    replaces: bool


def place_of_own(drawing: Drawing, sight: Sight, own: Own) -> OwnPlace:
    """Return the drawing with the viewer's own dot and words; other words that are in their way are left out."""
    way = drawing.scale.way(own.located)
    place, replaces = _place(drawing, own, way)
    dot = _own_dot(drawing, sight, own, place, way, replaces=replaces)
    course = drawing.course
    wanted = [Wanted(RoadPoint(dot.x, dot.y), dot.radius, words_of(dot.spot), place)]
    others = [box for n, box in enumerate(drawing.boxes) if n != place or not replaces]
    mine = placed(wanted, [*others, dot.box], course.width, course.height)
    kept = [label for label in drawing.labels if not replaces or label.dot != place]
    labels, marks = [*mine, *_clear_of(mine, kept)], _clear_of(mine, drawing.marks)
    return OwnPlace(replace(drawing, labels=labels, marks=marks), dot, place, replaces)


def _place(drawing: Drawing, own: Own, way: float) -> tuple[int, bool]:
    """Return the place of the dot that the viewer is part of, or of the one behind them where they stand alone."""
    dots = drawing.dots
    named = (n for n, dot in enumerate(dots) if any(row.entry_id == own.row.entry_id for row in dot.spot.rows))
    near = (n for n, dot in enumerate(dots) if 0 <= dot.way - way < drawing.course.dot)
    found = next(named, next(near, None))
    if found is not None:
        return found, True
    return next((n for n, dot in enumerate(dots) if dot.way < way), len(dots)), False


def _own_dot(drawing: Drawing, sight: Sight, own: Own, place: int, way: float, *, replaces: bool) -> Dot:
    if not replaces:
        text = totals_text(sight, own.total, own.total)
        return dot_on(drawing.course, way, Spot(1, [own.row], True, text, [], own.total, own.total))
    dot = drawing.dots[place]
    return dot_on(drawing.course, dot.way, _own_spot(sight, own, dot.spot))


def _own_spot(sight: Sight, own: Own, spot: Spot) -> Spot:
    rows = [own.row if row.entry_id == own.row.entry_id else row for row in spot.rows]
    if any(row.is_me for row in rows):
        return replace(spot, rows=rows, is_mine=True)
    count, behind, front = spot.count, spot.behind, spot.front
    if not own.is_counted:
        count, behind, front = count + 1, min(behind, own.total), max(front, own.total)
    elif count == 1:  # nobody else is there, so that the total is the viewer's own
        behind = front = own.total
    return Spot(count, [*rows, own.row], True, totals_text(sight, behind, front), spot.arrows, behind, front)


def _clear_of(mine: Sequence[Label], others: Sequence[Label]) -> list[Label]:
    return [other for other in others if not any(label.box.meets(other.box) for label in mine)]
