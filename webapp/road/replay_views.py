"""Pages of the replay: the field at the end of a date, and all dates as data for the script that plays them."""

from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from webapp.cache import cached
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import BoardContext, Viewer, board_context_of, own_placement
from webapp.road import field_views, replay_queries, rules
from webapp.road.field_views import Shown
from webapp.road.own_rules import Own
from webapp.road.replay_queries import DayEnd, Replay
from webapp.rulebook.replay import frames
from webapp.rulebook.road import Located

bp = Blueprint("replay", __name__)


@bp.get("/g/<slug>/c/<int:challenge_id>/road/replay")
def replay(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the field at the end of a date: of the latest one unless the address names another."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    return render_template("road/replay.html", **page_context.head(viewer, now), **_replay(viewer, now))


@bp.get("/g/<slug>/c/<int:challenge_id>/road/replay.json")
def replay_json(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Return all dates, for the script of the page. Ways are shares of the road."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    context, today = board_context_of(viewer, now), _today(viewer, now)
    if replay_queries.lacking(context, today):
        raise not_found()
    found = replay_queries.replay_of(context, own_placement(context), today)
    mine = next((row.entry_id for row in found.rows.values() if row.is_me), None)
    sights = [(frame, _sight(context, found, frame)) for frame in replay_queries.frames_of(context, found, found.dates)]
    return jsonify(
        runners=[_runner_json(row) for row in found.rows.values()],
        days=[
            {
                "day": frame.day.isoformat(),
                "says": rules.sentence(sight, frame.day, Located(frame.totals[mine], entry_id=mine) if mine else None),
                "ways": [rules.way_of(sight, frame.totals[entry]) for entry in found.rows],
                "others": [[rules.way_of(sight, each.total), each.count] for each in frame.others],
            }
            for frame, sight in sights
        ],
    )


def _replay(viewer: Viewer, now: datetime) -> dict[str, Any]:
    context, today = board_context_of(viewer, now), _today(viewer, now)
    address = {"slug": viewer.slug, "challenge_id": viewer.challenge_id}
    lacking = replay_queries.lacking(context, today)
    if lacking:
        return {"lacking": lacking, "road_args": address}
    dates = frames(viewer.starts_on, viewer.ends_on, today)
    place = _place(dates)
    day = dates[place]
    # Nothing here depends on the viewer, who is put in below.
    key = (*viewer.days_edition, "replay as HTML", day, today, viewer.units, viewer.slug)
    shared = cached(key, partial(_shared, context, day, today))
    own = _own(context, day)
    return {
        "lacking": None,
        "road_args": address,
        "dates": dates,
        "place": place,
        "says": rules.sentence(shared.sight, day, Located(own.total, entry_id=own.row.entry_id) if own else None),
        "shown": field_views.with_own(shared, own),
    }


def _shared(context: BoardContext, day: date, today: date) -> Shown:
    found = replay_queries.shared_replay(context, today)
    (frame,) = replay_queries.frames_of(context, found, [day])
    base = page_context.tabs_of(context.viewer.slug, context.viewer.challenge_id)["board"]
    return field_views.shown(_sight(context, found, frame), base)


def _own(context: BoardContext, day: date) -> Own | None:
    """Return the viewer at the end of a date; None for one who is not on the board."""
    me = own_placement(context)
    if me is None:
        return None
    total = replay_queries.own_total(me.entry_id, day)
    is_counted = me.shows_days and total > 0
    return Own(me, total, replay_queries.place_on_step(context, total) if is_counted else total, is_counted)


def _place(dates: list[date]) -> int:
    """Return which of the dates is wanted: the one named in the address or the next before it, or the latest."""
    try:
        wanted = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return len(dates) - 1
    return max(0, sum(day <= wanted for day in dates) - 1)


def _sight(context: BoardContext, found: Replay, frame: DayEnd) -> rules.Sight:
    unit, units = context.rules.unit, context.viewer.units
    return rules.Sight(
        frame.positions, found.rows, unit, units, from_zero=True, front=found.front, has_places=context.has_places
    )


def _runner_json(row: Any) -> dict[str, object]:
    return {"name": row.name, "initials": row.initials, "hue": row.runner_id % 8, "me": row.is_me}


def _today(viewer: Viewer, now: datetime) -> date:
    return now.astimezone(ZoneInfo(viewer.tz)).date()
