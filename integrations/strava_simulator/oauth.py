"""Strava's OAuth: the page where an athlete allows or denies access, tokens, and revoking.

The authorise page is a form, and a machine can fill it in by one POST to the same address with its query:

- `decision`: `authorize` or `deny`
- `athlete`: the athlete's id, or `new` with `firstname` and `lastname` (and perhaps `zone`, a time zone's name)
- `scope`: once for every granted scope among those that were requested; `read` is always granted

It answers 302 to `redirect_uri` with `state`, `code` and `scope`, or `error=access_denied`.
"""

from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import available_timezones

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from sqlalchemy import Connection, Row, select
from werkzeug.wrappers import Response as AnyResponse

from integrations.strava_simulator import events, grants, limits
from integrations.strava_simulator.activities import most_distance
from integrations.strava_simulator.answers import athlete_summary, fault
from integrations.strava_simulator.people import CLUBS, SimulatedPerson
from integrations.strava_simulator.population import add_athlete
from integrations.strava_simulator.simulator import Simulator, current_simulator
from integrations.strava_simulator.store import athlete, grant
from integrations.strava_simulator.trouble import INACTIVE, NO_SEAT, Refusal, hold_back

blueprint = Blueprint("oauth", __name__, url_prefix="/oauth")

DEAD_GRANT = fault("Bad Request", ("RefreshToken", "refresh_token", "invalid"))
# What the page says about each scope.
SCOPE_TEXTS = {
    "read": "See your public profile",
    "read_all": "See private routes and segments",
    "profile:read_all": "See all of your profile",
    "profile:write": "Change your weight and starred segments",
    "activity:read": "See your activities, except those set to Only You",
    "activity:read_all": "See your activities set to Only You",
    "activity:write": "Upload and edit activities",
}


@blueprint.get("/authorize")
@blueprint.get("/mobile/authorize")
def ask() -> str | AnyResponse:
    """Show the page that asks the athlete.

    Our own addition: `athlete` in the address says who is signed in there. As Strava does with `approval_prompt=auto`,
    an athlete who allows all that is asked for already is sent straight back.
    """
    simulator = current_simulator()
    scopes = _asked(simulator)
    _need_free_seat(simulator)
    hinted = request.args.get("athlete", "")
    if _allows_already(simulator, hinted, scopes) and request.args.get("approval_prompt") == "auto":
        with simulator.store.writing() as connection:
            code = grants.give_code(connection, int(hinted), ",".join(scopes), simulator.moment())
        return _back({"code": code, "scope": ",".join(scopes)})
    with simulator.store.reading() as connection:
        people = list(connection.execute(select(athlete).order_by(athlete.c.number)))
        connected = set(connection.scalars(select(grant.c.athlete_id)))
        leaders = most_distance(connection, f"{simulator.now():%Y-%m}")
    # The first athlete of each club organises its group in a trial.
    organisers = set({who.club: who.id for who in reversed(people) if who.club is not None}.values())
    people.sort(key=lambda who: who.id not in organisers | leaders)
    return render_template(
        "authorize.html", people=people, connected=connected, clubs=CLUBS, scopes=scopes, texts=SCOPE_TEXTS,
        hinted=hinted, leaders=leaders, organisers=organisers,
    )  # fmt: skip


def _allows_already(simulator: Simulator, athlete_id: str, scopes: list[str]) -> bool:
    if not athlete_id.isdecimal():
        return False
    with simulator.store.reading() as connection:
        found = grants.of_athlete(connection, int(athlete_id))
    return found is not None and set(scopes) <= set(found.scope.split(","))


@blueprint.post("/authorize")
def answer() -> AnyResponse:
    """Take the athlete's answer and send the browser back to the application."""
    simulator = current_simulator()
    asked = _asked(simulator)
    if request.form.get("decision") != "authorize":
        return _back({"error": "access_denied"})
    ticked = set(request.form.getlist("scope")) | {"read"}
    scope = ",".join(name for name in asked if name in ticked)
    with simulator.store.writing() as connection:
        athlete_id = _chosen(connection, simulator)
        if not _seat_on_page(connection, simulator, athlete_id):
            raise Refusal(403, NO_SEAT)
        code = grants.give_code(connection, athlete_id, scope, simulator.moment())
    return _back({"code": code, "scope": scope})


def _back(answer: dict[str, str]) -> AnyResponse:
    """Redirect to the application, `state` first as Strava does; its own query parameters stay."""
    parts = urlsplit(request.args["redirect_uri"])
    values = {"state": request.args.get("state", "")} | answer
    query = "&".join(part for part in (parts.query, urlencode(values)) if part)
    return redirect(parts._replace(query=query, fragment="").geturl())


def _asked(simulator: Simulator) -> list[str]:
    """Check the application's request and return the scopes, `read` first."""
    if request.args.get("client_id") != simulator.settings.client_id:
        raise Refusal(400, fault("Bad Request", ("Application", "client_id", "invalid")))
    target = urlsplit(request.args.get("redirect_uri", ""))
    if target.scheme not in ("http", "https") or not target.netloc:
        raise Refusal(400, fault("Bad Request", ("Application", "redirect_uri", "invalid")))
    if request.args.get("response_type", "code") != "code":
        raise Refusal(400, fault("Bad Request", ("Application", "response_type", "invalid")))
    scopes = [name for name in request.args.get("scope", "read").replace(" ", ",").split(",") if name]
    if not set(scopes) <= set(grants.SCOPES):
        raise Refusal(400, fault("Bad Request", ("Authorize", "scope", "invalid")))
    if simulator.faults.switches.inactive:
        raise Refusal(403, INACTIVE)
    return ["read", *dict.fromkeys(name for name in scopes if name != "read")]


def _need_free_seat(simulator: Simulator) -> None:
    """Refuse early if nobody new can connect and nobody is connected who could connect again."""
    with simulator.store.reading() as connection:
        if (
            not _seat_on_page(connection, simulator, 0)
            and connection.scalar(select(grant.c.athlete_id).limit(1)) is None
        ):
            raise Refusal(403, NO_SEAT)


def _seat_on_page(connection: Connection, simulator: Simulator, athlete_id: int) -> bool:
    switches = simulator.faults.switches
    return switches.seat_cap_on_exchange or grants.has_seat(connection, athlete_id, switches.seats)


def _chosen(connection: Connection, simulator: Simulator) -> int:
    """Return the athlete that the form names, or make a new one."""
    chosen = request.form.get("athlete", "")
    if chosen == "new":
        return _newcomer(connection, simulator)
    known = select(athlete.c.id).where(athlete.c.id == chosen)
    found = connection.scalar(known) if chosen.isdecimal() else None
    if found is None:
        raise Refusal(400, fault("Bad Request", ("Athlete", "id", "invalid")))
    return int(found)


def _newcomer(connection: Connection, simulator: Simulator) -> int:
    first, last = (request.form.get(name, "").strip()[:60] for name in ("firstname", "lastname"))
    zone = request.form.get("zone") or CLUBS[0].tz
    if not first or zone not in available_timezones():
        raise Refusal(400, fault("Bad Request", ("Athlete", "zone" if first else "firstname", "invalid")))
    return add_athlete(connection, simulator.settings, SimulatedPerson(first, last, None), zone, simulator.now())


@blueprint.post("/token")
def token() -> Response:
    """Exchange a code, or refresh: the older refresh token stops working at once."""
    simulator = current_simulator()
    _need_client(simulator)
    kind = request.values.get("grant_type", "authorization_code")
    if kind == "authorization_code":
        body = _exchanged(simulator)
    elif kind == "refresh_token":
        body = _refreshed(simulator)
    else:
        raise Refusal(400, fault("Bad Request", ("Application", "grant_type", "invalid")))
    hold_back(simulator, "token_timeout")
    return jsonify(body)


def _need_client(simulator: Simulator) -> None:
    if request.values.get("client_id") != simulator.settings.client_id:
        raise Refusal(400, fault("Bad Request", ("Application", "client_id", "invalid")))
    if request.values.get("client_secret") != simulator.settings.client_secret:
        raise Refusal(401, fault("Authorization Error", ("Application", "", "invalid")))
    if simulator.faults.switches.inactive:
        raise Refusal(403, INACTIVE)


def _exchanged(simulator: Simulator) -> dict[str, Any]:
    now = simulator.moment()
    with simulator.store.writing() as connection:
        limits.tally(connection, "oauth exchange")
        found = grants.valid_code(connection, request.values.get("code", ""), now)
        if found is None:
            raise Refusal(400, fault("Bad Request", ("AuthorizationCode", "code", "invalid")))
        if not grants.has_seat(connection, found.athlete_id, simulator.faults.switches.seats):
            raise Refusal(403, NO_SEAT)
        given = grants.exchange(connection, found, now)
        who = connection.execute(select(athlete).where(athlete.c.id == given.athlete_id)).one()
    return _tokens(given, now) | _whose(who, simulator)


def _whose(who: Row[Any], simulator: Simulator) -> dict[str, Any]:
    """Return the athlete of a token answer; with that fault, `null` or no field."""
    if simulator.faults.strikes("no_athlete"):
        return simulator.faults.dice("no_athlete").choice(({}, {"athlete": None}))
    return {"athlete": athlete_summary(who, simulator.settings.public_url)}


def _refreshed(simulator: Simulator) -> dict[str, Any]:
    now = simulator.moment()
    with simulator.store.writing() as connection:
        limits.tally(connection, "oauth refresh")
        reuse, token = simulator.faults.switches.reuse_access_token, request.values.get("refresh_token", "")
        refused = simulator.faults.strikes("refuse_refresh")
        given = None if refused else grants.refresh(connection, token, now, reuse=reuse)
    if given is None:
        raise Refusal(400, DEAD_GRANT)
    return _tokens(given, now)


def _tokens(given: grants.Grant, now: int) -> dict[str, Any]:
    return {
        "token_type": "Bearer",
        "access_token": given.access_token,
        "expires_at": given.expires_at,
        "expires_in": given.expires_at - now,
        "refresh_token": given.refresh_token,
    }


@blueprint.post("/revoke")
def revoke() -> Response:
    """End the grant of a token; 200 even if it has ended already. The client authenticates with Basic."""
    simulator = current_simulator()
    client = request.authorization
    if client is None or (client.username, client.password) != (
        simulator.settings.client_id,
        simulator.settings.client_secret,
    ):
        raise Refusal(401, fault("Authorization Error", ("Application", "", "invalid")))
    if simulator.faults.strikes("revoke_503"):
        raise Refusal(503, fault("Service Unavailable"))
    with simulator.store.writing() as connection:
        end_grant(connection, simulator, grants.by_any_token(connection, request.form.get("token", "")))
    return jsonify({})


@blueprint.post("/deauthorize")
def deauthorize() -> Response:
    """End the grant of an access token: the older way, which Strava removes by June 2027."""
    simulator = current_simulator()
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    text = request.values.get("access_token") or bearer
    with simulator.store.writing() as connection:
        found = grants.by_access_token(connection, text, simulator.moment())
        end_grant(connection, simulator, found)
    if found is None:
        raise Refusal(401, fault("Authorization Error", ("Athlete", "access_token", "invalid")))
    return jsonify({"access_token": text})


def end_grant(connection: Connection, simulator: Simulator, found: Row[Any] | None) -> None:
    """End a grant and notify the application."""
    if found is None:
        return
    grants.end(connection, found.athlete_id)
    limits.tally(connection, "oauth revoke")
    events.announce_deauthorised(connection, simulator.faults, found.athlete_id, simulator.moment())
