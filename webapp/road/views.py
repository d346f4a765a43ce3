"""Pages of the road: the whole field by total, and its live part."""

from datetime import datetime
from typing import Any, get_args

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.extensions import clock
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import Viewer, board_context_of
from webapp.road import queries, rules
from webapp.rulebook.road import Zoom

bp = Blueprint("road", __name__)


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
    viewer, zoom, now = page_context.viewer_here(slug, challenge_id), _zoom(), clock().now()
    tag = _tag(viewer, zoom, now)
    if page_context.is_known(tag):
        return page_context.unchanged(tag)
    return page_context.part("road/_road.html", {**page_context.head(viewer, now), **_road(viewer, zoom, now)}, tag)


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
        return {"road": None, "why_missing": None, "road_args": address, "zoom": zoom, "drawings": []}
    if viewer.entry_id is None and zoom in ("around", "near"):
        zoom = "front"
    field = queries.field_of(context, zoom, now)
    by_entry = {row.entry_id: row for row in field.rows}
    sight = rules.Sight(field.positions, by_entry, context.rules.unit, viewer.units, zoom == "field", field.arrows)
    drawings = rules.drawings(sight)
    return {
        "road": field,
        "drawings": drawings,
        "spots": drawings[0].spots,
        "by_entry": by_entry,
        "zoom": zoom,
        "road_args": address,
        "why_missing": page_context.why_missing(viewer, context.rules) if field.me is None else None,
    }
