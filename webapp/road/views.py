"""Pages of the road: the whole field by total, and its live part."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, get_args

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.cache import cached
from webapp.extensions import clock
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import BoardContext, BoardRow, Viewer, board_context_of, own_placement
from webapp.road import field_views, queries
from webapp.road.field_views import Shown
from webapp.road.own_rules import Own
from webapp.road.queries import Field
from webapp.road.rules import Sight
from webapp.rulebook.road import Zoom

bp = Blueprint("road", __name__)


@dataclass(frozen=True, slots=True)
class Road:
    """What a page shows of the field. `me`: the viewer's row; `have_run`: whether anybody on it has a total yet."""

    shown: Shown
    me: BoardRow | None
    size: int
    have_run: bool
    ahead: int
    behind: int


@bp.get("/g/<slug>/c/<int:challenge_id>/road")
def road(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the field on one road, and my stretch of it."""
    viewer, zoom, now = page_context.viewer_here(slug, challenge_id), _zoom(), clock().now()
    return render_template(
        "road/road.html",
        refresh_url=url_for("road.part", slug=slug, challenge_id=challenge_id, zoom=zoom),
        etag=f'W/"{_tag(viewer, zoom, now)}"',
        **page_context.head(viewer, now),
        **_road(viewer, zoom, now),
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/road/part")
def part(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Answer with the live part of the road; 304 if nothing has changed."""
    zoom = _zoom()
    return page_context.live_part(
        slug,
        challenge_id,
        "road/_road.html",
        lambda viewer, now: _tag(viewer, zoom, now),
        lambda viewer, now: {**page_context.head(viewer, now), **_road(viewer, zoom, now)},
    )


def _zoom() -> Zoom:
    """Return how much of the field is wanted: all of it unless the address says otherwise."""
    wanted = request.args.get("zoom")
    return next((zoom for zoom in get_args(Zoom) if zoom == wanted), "field")


def _tag(viewer: Viewer, zoom: Zoom, now: datetime) -> str:
    return page_context.tag_of(viewer, now, "road", zoom)


def _road(viewer: Viewer, zoom: Zoom, now: datetime) -> dict[str, Any]:
    context = board_context_of(viewer, now)
    address = {"slug": viewer.slug, "challenge_id": viewer.challenge_id}
    if context.hides_figures:
        return {"road": None, "why_missing": None, "road_args": address, "zoom": zoom}
    me = own_placement(context)
    if me is None and zoom in ("around", "near"):
        zoom = "front"
    road = _stretch(context, me, zoom, now) if me and zoom in ("around", "near") else _field(context, me, zoom, now)
    why_missing = page_context.why_missing(viewer, context.rules) if me is None else None
    return {"road": road, "zoom": zoom, "road_args": address, "why_missing": why_missing}


def _field(context: BoardContext, me: BoardRow | None, zoom: Zoom, now: datetime) -> Road:
    """Return the field or its front: what all members share, with the viewer in it."""
    viewer = context.viewer
    key = (*viewer.edition, "road as HTML", zoom, viewer.units, viewer.slug, context.day, viewer.state(now))
    field, shared = cached(key, partial(_shared, context, zoom, now))
    is_counted = me is not None and not (me.total and me.rank_only)
    if me is None or (zoom == "front" and all(row.entry_id != me.entry_id for row in field.rows)):
        return _road_of(field, shared, me)
    total = me.total or 0
    own = Own(me, total, queries.place_in_field(context, me) if is_counted else total, is_counted)
    return _road_of(field, field_views.with_own(shared, own), me, 0 if is_counted else total)


def _shared(context: BoardContext, zoom: Zoom, now: datetime) -> tuple[Field, Shown]:
    field = queries.shared_field(context, "front" if zoom == "front" else "field", now)
    return field, _shown(context, field, from_zero=zoom == "field")


def _stretch(context: BoardContext, me: BoardRow, zoom: Zoom, now: datetime) -> Road:
    field = queries.stretch_of(context, me, "near" if zoom == "near" else "around", now)
    return _road_of(field, _shown(context, field, from_zero=False), me)


def _shown(context: BoardContext, field: Field, *, from_zero: bool) -> Shown:
    rows, viewer = {row.entry_id: row for row in field.rows}, context.viewer
    sight = Sight(field.positions, rows, context.rules.unit, viewer.units, from_zero, field.arrows)
    return field_views.shown(sight, page_context.tabs_of(viewer.slug, viewer.challenge_id)["board"])


def _road_of(field: Field, shown: Shown, me: BoardRow | None, uncounted: int = 0) -> Road:
    """Return a road. `uncounted`: the total of the viewer, where others do not see them on it."""
    have_run = bool(uncounted) or any(each.total for each in field.positions)
    return Road(shown, me, field.size + bool(uncounted), have_run, field.ahead, field.behind)
