"""Strava's API: the athlete, the list of activities, one activity."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from sqlalchemy import Connection, Row, select

from integrations.strava_simulator import activity_faults, grants, limits
from integrations.strava_simulator.answers import (
    activity_detail,
    activity_summary,
    athlete_detail,
    athlete_summary,
    fault,
)
from integrations.strava_simulator.faults import mangled
from integrations.strava_simulator.figures import dice
from integrations.strava_simulator.simulator import Simulator, current_simulator
from integrations.strava_simulator.store import activity, athlete
from integrations.strava_simulator.trouble import INACTIVE, Refusal, hold_back

blueprint = Blueprint("api", __name__, url_prefix="/api/v3")

MAX_ROWS = 200
LAST_PAGE = 5_000

INVALID_TOKEN = fault("Authorization Error", ("Athlete", "access_token", "invalid"))
NO_ACTIVITY_SCOPE = fault("Authorization Error", ("AccessToken", "activity:read_permission", "missing"))
NO_READ_SCOPE = fault("Authorization Error", ("AccessToken", "read_permission", "missing"))
NOT_FOUND = fault("Record Not Found", ("Activity", "id", "not found"))


@blueprint.before_request
def admit() -> None:
    """Count the request, then see whether limits, faults or the application's state forbid an answer."""
    simulator = current_simulator()
    now = simulator.moment()
    with simulator.store.writing() as connection:
        limits.count_request(connection, now)
        limits.tally(connection, f"api {request.method} {request.endpoint}")
        g.usage = limits.used(connection, now)
    exceeded = limits.exceeded(simulator.limits, g.usage)
    if not exceeded and simulator.faults.strikes("rate_429"):
        exceeded = "overall rate limit"
    if exceeded:
        body = fault("Rate Limit Exceeded", ("Application", exceeded, "exceeded"))
        raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, body)
    if simulator.faults.switches.inactive:
        raise Refusal(HTTPStatus.FORBIDDEN, INACTIVE)
    _misbehave(simulator)


def _misbehave(simulator: Simulator) -> None:
    hold_back(simulator, "timeout")
    if simulator.faults.strikes("error_401"):
        raise Refusal(HTTPStatus.UNAUTHORIZED, INVALID_TOKEN)
    if simulator.faults.strikes("error_500"):
        raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, fault("Internal Server Error"))


@blueprint.after_request
def tell_usage(answer: Response) -> Response:
    """Add the limits and their usage to every answer."""
    if "usage" in g:
        answer.headers.update(limits.headers(current_simulator().limits, g.usage))
    return answer


@blueprint.get("/athlete")
def logged_in_athlete() -> Response:
    """Answer with the athlete the token belongs to; in full only for profile:read_all."""
    simulator = current_simulator()
    with simulator.store.reading() as connection:
        access = granted(connection, simulator)
        who = _athlete(connection, access.athlete_id)
    scopes = access.scope.split(",")
    if "read" not in scopes:
        raise Refusal(HTTPStatus.UNAUTHORIZED, NO_READ_SCOPE)
    shown = athlete_detail if "profile:read_all" in scopes else athlete_summary
    return jsonify(shown(who, simulator.settings.public_url))


@blueprint.get("/athlete/activities")
def activities() -> Response:
    """Answer with one page of the athlete's activities.

    Newest first, or oldest first with `after`. A page may have fewer rows than requested without being the last.
    """
    simulator = current_simulator()
    now = simulator.moment()
    after, before = _number("after"), _number("before")
    if after is not None and after > now:
        raise Refusal(HTTPStatus.BAD_REQUEST, fault("Bad Request", ("Application", "after", "future")))
    with simulator.store.reading() as connection:
        access = may_read(granted(connection, simulator))
        who = _athlete(connection, access.athlete_id)
        runs = _page(connection, access, after, before, now=now, short=simulator.faults.switches.short_pages)
        masks = activity_faults.masks_of(connection, [run.id for run in runs], now)
    with simulator.store.writing() as connection:
        limits.count_read(connection, access.athlete_id, simulator.moment())
    rows: list[Any] = [activity_summary(run, who) | masks.get(run.id, {}) for run in runs]
    if simulator.faults.switches.malformed_rows:
        rows = [_mangled(simulator, row) for row in rows]
    return jsonify(rows)


def _mangled(simulator: Simulator, row: dict[str, Any]) -> Any:
    struck = mangled(row, simulator.faults.dice("malformed_rows"), simulator.faults.switches.malformed_rows)
    if struck is not row:
        simulator.faults.count("malformed_rows")
    return struck


@blueprint.get("/activities/<int:activity_id>")
def one_activity(activity_id: int) -> Response:
    """Answer with one activity; 404 if it is gone, belongs to another athlete, or this token may not see it."""
    simulator = current_simulator()
    with simulator.store.reading() as connection:
        access = may_read(granted(connection, simulator))
        who = _athlete(connection, access.athlete_id)
        run = connection.execute(
            select(activity).where(activity.c.id == activity_id, activity.c.athlete_id == access.athlete_id)
        ).one_or_none()
        kinds = activity_faults.kinds_of(connection, activity_id, simulator.moment())
        masks = activity_faults.masks_of(connection, [activity_id], simulator.moment())
    with simulator.store.writing() as connection:
        limits.count_read(connection, access.athlete_id, simulator.moment())
    if run is None or (run.private and not grants.may_read_private(access.scope)) or kinds & activity_faults.NOT_BY_ID:
        raise Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND)
    if "error" in kinds:
        raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, fault("Internal Server Error"))
    return jsonify(activity_detail(run, who) | masks.get(run.id, {}))


@blueprint.route("/<path:_path>", methods=["GET", "POST", "PUT", "DELETE"])
def anything_else(_path: str) -> Response:
    """Answer as Strava does for an address that does not exist."""
    raise Refusal(HTTPStatus.NOT_FOUND, fault("Record Not Found", ("resource", "path", "invalid")))


def granted(connection: Connection, simulator: Simulator) -> grants.Grant:
    """Return the grant of this request's token. Tokens are accepted only in the header."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    access = grants.by_access_token(connection, token, simulator.moment()) if kind.lower() == "bearer" else None
    if access is None:
        raise Refusal(HTTPStatus.UNAUTHORIZED, INVALID_TOKEN)
    return access


def may_read(access: grants.Grant) -> grants.Grant:
    """Return the grant if it covers activities at all."""
    if not grants.may_read_activities(access.scope):
        raise Refusal(HTTPStatus.UNAUTHORIZED, NO_ACTIVITY_SCOPE)
    return access


def _athlete(connection: Connection, athlete_id: int) -> Row[Any]:
    return connection.execute(select(athlete).where(athlete.c.id == athlete_id)).one()


def _number(name: str) -> int | None:
    text = request.args.get(name)
    try:
        return int(text) if text else None
    except ValueError:
        raise Refusal(HTTPStatus.BAD_REQUEST, fault("Bad Request", ("Application", name, "invalid"))) from None


def _page(
    connection: Connection, access: grants.Grant, after: int | None, before: int | None, *, now: int, short: bool
) -> list[Row[Any]]:
    page, asked = _positive("page", 1), min(_positive("per_page", 30), MAX_ROWS)
    if page > LAST_PAGE:
        return []
    sizes = [_page_size(access.athlete_id, number, asked, short) for number in range(1, page + 1)]
    mine = activity.c.athlete_id == access.athlete_id
    listed = select(activity).where(mine, activity.c.id.not_in(activity_faults.unlisted(now)))
    if not grants.may_read_private(access.scope):
        listed = listed.where(activity.c.private.is_(False))
    if after is not None:
        listed = listed.where(activity.c.start > after)
    if before is not None:
        listed = listed.where(activity.c.start < before)
    order = (activity.c.start, activity.c.id) if after is not None else (activity.c.start.desc(), activity.c.id.desc())
    return list(connection.execute(listed.order_by(*order).limit(sizes[-1]).offset(sum(sizes[:-1]))))


def _page_size(athlete_id: int, page: int, asked: int, short: bool) -> int:
    """Return how many rows this page has: sometimes a few less than requested, always the same number, never none."""
    chance = dice(athlete_id, page, asked)
    return asked - chance.choice((0, 0, 0, 1, 2, 3)) if short and asked > 3 else asked


def _positive(name: str, default: int) -> int:
    number = _number(name)
    if number is not None and number < 1:
        raise Refusal(HTTPStatus.BAD_REQUEST, fault("Bad Request", ("Application", name, "invalid")))
    return number or default
