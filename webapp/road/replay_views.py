"""Pages of the replay: the field at the end of a date, and all dates as data for the script that plays them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from webapp.errors import not_found
from webapp.extensions import clock
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import BoardContext, Viewer, board_context_of
from webapp.road import replay_queries, rules
from webapp.road.replay_queries import DayEnd, Replay

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
    found = replay_queries.replay_of(context, today)
    entries = list(found.rows)
    sights = [(frame, _sight(context, found, frame)) for frame in replay_queries.frames_of(context, found, found.dates)]
    return jsonify(
        runners=[_runner_json(row) for row in found.rows.values()],
        days=[
            {
                "day": frame.day.isoformat(),
                "says": rules.sentence(sight, frame.day),
                "ways": [rules.way_of(sight, frame.totals[entry]) for entry in entries],
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
    found = replay_queries.replay_of(context, today)
    place = _place(found.dates)
    (frame,) = replay_queries.frames_of(context, found, [found.dates[place]])
    sight = _sight(context, found, frame)
    drawings = rules.drawings(sight)
    return {
        "lacking": None,
        "road_args": address,
        "dates": found.dates,
        "place": place,
        "says": rules.sentence(sight, frame.day),
        "drawings": drawings,
        "spots": drawings[0].spots,
        "by_entry": found.rows,
    }


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
