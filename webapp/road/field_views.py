"""The road as HTML: a picture for each width of screen, and the list.

What all members see alike is rendered once for each version of the board, with the viewer's own dot put in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from markupsafe import Markup

from webapp.road.own_rules import Own, OwnPlace, place_of_own
from webapp.road.rules import Drawing, Sight, drawings

DOT_END, SPOT_END = Markup("</g>"), Markup("</li>")


@dataclass(frozen=True, slots=True)
class RoadPicture:
    """A drawing, and its dots as HTML."""

    drawing: Drawing
    dots: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Shown:
    """A road as HTML. `base`: the address of the board, where names lead."""

    sight: Sight
    base: str
    pictures: Sequence[RoadPicture]
    spots: Sequence[Markup]

    @property
    def has_arrows(self) -> bool:
        return any(picture.drawing.arrows for picture in self.pictures)


def shown(sight: Sight, base: str) -> Shown:
    """Return a road as HTML."""
    drawn = drawings(sight)
    pictures = [RoadPicture(drawing, _parts(_macros().dots(drawing.dots), DOT_END)) for drawing in drawn]
    spots = _macros().spots(drawn[0].spots, sight.rows, sight.unit, sight.units, base)
    return Shown(sight, base, pictures, _parts(spots, SPOT_END))


def with_own(shared: Shown, own: Own | None) -> Shown:
    """Return a road that all members share as the viewer sees it."""
    if own is None:
        return shared
    found = [place_of_own(picture.drawing, shared.sight, own) for picture in shared.pictures]
    dots = _parts(_macros().dots([each.dot for each in found]), DOT_END)
    pictures = [
        RoadPicture(each.drawing, _put(picture.dots, each, dot))
        for picture, each, dot in zip(shared.pictures, found, dots, strict=True)
    ]
    sight = shared.sight
    spot = _macros().spots([found[0].dot.spot], sight.rows, sight.unit, sight.units, shared.base)
    return replace(shared, pictures=pictures, spots=_put(shared.spots, found[0], spot))


def _put(parts: Sequence[Markup], at: OwnPlace, own: Markup) -> Sequence[Markup]:
    return [*parts[: at.place], own, *parts[at.place + at.replaces :]]


def _parts(html: Markup, end: Markup) -> list[Markup]:
    """Return HTML cut behind each `end`. What people wrote is escaped, so nothing of it looks like one."""
    return [part + end for part in html.split(end)[:-1]]


def _macros() -> Any:
    return current_app.jinja_env.get_template("macros/road.html").module
