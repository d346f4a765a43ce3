"""The simulator's own JSON API, for tests, long trials and the demo. Strava has nothing like it.

Activities use Strava's field names throughout. Errors are `{"error": text}`: 400 for a value that does not fit, 404
for what does not exist.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row, delete, func, select

from integrations.strava_simulator import activities, activity_faults, grants, limits
from integrations.strava_simulator.answers import activity_summary
from integrations.strava_simulator.events import unsubscribe
from integrations.strava_simulator.oauth import end_grant
from integrations.strava_simulator.people import CLUBS, SimulatedPerson
from integrations.strava_simulator.population import add_athlete
from integrations.strava_simulator.simulator import Simulator, current_simulator
from integrations.strava_simulator.store import activity, athlete, counter, grant, outbox, subscription

blueprint = Blueprint("control_api", __name__, url_prefix="/control/api")


class Unknown(Exception):
    """What the address names does not exist."""


@blueprint.errorhandler(ValueError)
def unfit(trouble: ValueError) -> ResponseReturnValue:
    """Answer 400 for an invalid value."""
    return jsonify(error=str(trouble)), 400


@blueprint.errorhandler(Unknown)
def unknown(trouble: Unknown) -> ResponseReturnValue:
    """Answer 404 for what does not exist."""
    return jsonify(error=str(trouble)), 404


def body() -> dict[str, Any]:
    """Return the request's JSON object; an empty one if there is no body."""
    found = request.get_json(silent=True) if request.data else {}
    if not isinstance(found, dict):
        raise ValueError("the body is a JSON object")
    return found


# The world -------------------------------------------------------------------------------------------------------


@blueprint.get("/world")
def world() -> Response:
    """Return everybody: `{"groups": [...], "athletes": [...]}`; the first athlete of a group organises it."""
    with current_simulator().store.reading() as connection:
        people = connection.execute(select(athlete).order_by(athlete.c.number)).all()
    groups = [_group(index, [who.id for who in people if who.club == index]) for index in range(len(CLUBS))]
    return jsonify(groups=[group for group in groups if group["athletes"]], athletes=[_person(who) for who in people])


def _group(index: int, members: list[int]) -> dict[str, Any]:
    club = CLUBS[index]
    return {
        "name": club.name,
        "tz": club.tz,
        "text": club.text,
        "teams": list(club.teams),
        "organiser": members[0] if members else None,
        "athletes": members,
    }


def _person(who: Row[Any]) -> dict[str, Any]:
    return {
        "id": who.id,
        "firstname": who.firstname,
        "lastname": who.lastname,
        "group": CLUBS[who.club].name if who.club is not None else None,
        "timezone": who.zone,
    }


@blueprint.get("/athletes")
def athletes() -> Response:
    """List every athlete with the number of activities stored and the scope granted, if any."""
    with current_simulator().store.reading() as connection:
        people = connection.execute(select(athlete).order_by(athlete.c.number)).all()
        many = select(activity.c.athlete_id, func.count().label("stored")).group_by(activity.c.athlete_id)
        found = connection.execute(many).all()
        allowed = connection.execute(select(grant.c.athlete_id, grant.c.scope)).all()
    counts = {row.athlete_id: row.stored for row in found}
    scopes = {row.athlete_id: row.scope for row in allowed}
    return jsonify(
        [_person(who) | {"activities": counts.get(who.id, 0), "scope": scopes.get(who.id)} for who in people]
    )


@blueprint.post("/athletes")
def new_athlete() -> ResponseReturnValue:
    """Make an athlete with eleven months of runs: `firstname`, `lastname`, `timezone`, all optional."""
    simulator, fields = current_simulator(), body()
    name = SimulatedPerson(str(fields.get("firstname", "Nova")), str(fields.get("lastname", "Runner")), None)
    zone = str(fields.get("timezone", CLUBS[0].tz))
    activities.check({"timezone": zone})
    with simulator.store.writing() as connection:
        athlete_id = add_athlete(connection, simulator.settings, name, zone, simulator.now())
        return jsonify(_person(_athlete(connection, athlete_id))), 201


@blueprint.post("/athletes/<int:athlete_id>/deauthorize")
def deauthorize(athlete_id: int) -> Response:
    """Revoke the athlete's grant, as on Strava's page of connected apps."""
    simulator = current_simulator()
    with simulator.store.writing() as connection:
        end_grant(connection, simulator, grants.of_athlete(connection, athlete_id))
    return jsonify({})


def _athlete(connection: Connection, athlete_id: int) -> Row[Any]:
    who = connection.execute(select(athlete).where(athlete.c.id == athlete_id)).one_or_none()
    if who is None:
        raise Unknown(f"there is no athlete {athlete_id}")
    return who


# Activities ------------------------------------------------------------------------------------------------------


@blueprint.get("/athletes/<int:athlete_id>/activities")
def stored(athlete_id: int) -> Response:
    """List everything the athlete has, private ones too, newest first; `?since=` (epoch seconds) leaves out older."""
    since = request.args.get("since", 0, type=int)
    with current_simulator().store.reading() as connection:
        who = _athlete(connection, athlete_id)
        of_athlete = (activity.c.athlete_id == athlete_id) & (activity.c.start >= since)
        runs = connection.execute(select(activity).where(of_athlete).order_by(activity.c.start.desc())).all()
    return jsonify([activity_summary(run, who) for run in runs])


@blueprint.post("/athletes/<int:athlete_id>/activities")
def upload(athlete_id: int) -> ResponseReturnValue:
    """Upload an activity; by default a 5-km run of half an hour that ends now."""
    simulator, fields = current_simulator(), body()
    with simulator.store.writing() as connection:
        who = _athlete(connection, athlete_id)
        row = activities.uploaded_row(who, fields, simulator.now())
        activity_id = activities.upload(connection, simulator.faults, row, simulator.moment())
        return jsonify(activity_summary(_activity(connection, athlete_id, activity_id), who)), 201


@blueprint.patch("/athletes/<int:athlete_id>/activities/<int:activity_id>")
def edit(athlete_id: int, activity_id: int) -> Response:
    """Change any fields: hide by `private`, retype by `sport_type`, and so on. Announced as Strava would, or not."""
    simulator, fields = current_simulator(), body()
    with simulator.store.writing() as connection:
        who, run = _athlete(connection, athlete_id), _activity(connection, athlete_id, activity_id)
        activities.edit(connection, simulator.faults, run, activities.edited_columns(run, fields), simulator.moment())
        return jsonify(activity_summary(_activity(connection, athlete_id, activity_id), who))


@blueprint.delete("/athletes/<int:athlete_id>/activities/<int:activity_id>")
def remove(athlete_id: int, activity_id: int) -> Response:
    """Delete the activity for good."""
    simulator = current_simulator()
    with simulator.store.writing() as connection:
        activities.remove(
            connection, simulator.faults, _activity(connection, athlete_id, activity_id), simulator.moment()
        )
    return jsonify({})


def _activity(connection: Connection, athlete_id: int, activity_id: int) -> Row[Any]:
    run = activities.find(connection, athlete_id, activity_id)
    if run is None:
        raise Unknown(f"athlete {athlete_id} has no activity {activity_id}")
    return run


@blueprint.put("/athletes/<int:athlete_id>/activities/<int:activity_id>/faults")
def put_activity_faults(athlete_id: int, activity_id: int) -> Response:
    """Change the faults of one activity: a value for each named kind, the others stay.

    Kinds are those of `activity_faults.KINDS`. A value is the number of seconds that it lasts by the clock, true for no
    end, or false for repairing it. For "shown" it is the fields with the values to show instead.
    """
    simulator = current_simulator()
    with simulator.store.writing() as connection:
        _activity(connection, athlete_id, activity_id)
        activity_faults.put(connection, activity_id, body(), simulator.moment())
        return jsonify(activity_faults.of(connection, activity_id, simulator.moment()))


@blueprint.get("/athletes/<int:athlete_id>/activities/<int:activity_id>/faults")
def activity_faults_of(athlete_id: int, activity_id: int) -> Response:
    """Return the faults of one activity: kind -> until when (epoch seconds, or true), or the fields shown."""
    simulator = current_simulator()
    with simulator.store.reading() as connection:
        _activity(connection, athlete_id, activity_id)
        return jsonify(activity_faults.of(connection, activity_id, simulator.moment()))


@blueprint.post("/athletes/<int:athlete_id>/activities/<int:activity_id>/owner")
def hand_over(athlete_id: int, activity_id: int) -> Response:
    """Give an activity to the named `athlete`, as after a merge of accounts. No event announces it."""
    with current_simulator().store.writing() as connection:
        run, to = _activity(connection, athlete_id, activity_id), _athlete(connection, _number_of("athlete"))
        activities.hand_over(connection, [run.id], to.id)
    return jsonify({})


@blueprint.post("/athletes/<int:athlete_id>/merge")
def merge(athlete_id: int) -> Response:
    """Merge the account `into` another: its activities move, and its grant ends. No event announces it."""
    with current_simulator().store.writing() as connection:
        who, into = _athlete(connection, athlete_id), _athlete(connection, _number_of("into"))
        activities.merge(connection, who.id, into.id)
    return jsonify({})


def _number_of(name: str) -> int:
    number = body().get(name)
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError(f"{name} is an athlete's id")
    return number


@blueprint.post("/release")
def release() -> Response:
    """Release the next planned run now, of anybody or of the `athlete` given; `released` is empty when none is left."""
    simulator = current_simulator()
    released = simulator.releaser.release_next(body().get("athlete"))
    return jsonify(released=released, left=simulator.releaser.left())


@blueprint.get("/plan")
def plan() -> Response:
    """Return how many runs are `planned` and wait to be released, and how many of those are `due`."""
    simulator = current_simulator()
    return jsonify(planned=simulator.releaser.left(), due=simulator.releaser.due())


# Faults, time, counters ------------------------------------------------------------------------------------------


@blueprint.get("/faults")
def switches() -> Response:
    """Show every switch."""
    return jsonify(asdict(current_simulator().faults.switches))


@blueprint.put("/faults")
def put_switches() -> Response:
    """Change the named switches and reset the random sequences."""
    return jsonify(asdict(current_simulator().faults.put(body())))


@blueprint.delete("/faults")
def reset_switches() -> Response:
    """End all faults, also those of single activities; the tier stays."""
    simulator = current_simulator()
    with simulator.store.writing() as connection:
        activity_faults.put_all_right(connection)
    return jsonify(asdict(simulator.faults.reset()))


@blueprint.get("/clock")
def clock() -> Response:
    """Return the time and its speed."""
    return _clock(current_simulator())


@blueprint.put("/clock")
def put_clock() -> Response:
    """Set `speed` (seconds a second), and perhaps `now` (ISO, with its offset)."""
    simulator, fields = current_simulator(), body()
    set_clock(simulator, fields.get("speed", simulator.clock.speed), fields.get("now"))
    return _clock(simulator)


def set_clock(simulator: Simulator, speed: Any, now: str | None) -> None:
    """Set the one clock. Raises ValueError for a speed or a time that cannot be."""
    if isinstance(speed, bool) or not isinstance(speed, int | float) or speed < 0:
        raise ValueError("speed is a number, not negative")
    moment = datetime.fromisoformat(now) if now else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError("now needs its offset from UTC")
    try:
        simulator.clock.set(speed=speed, now=moment.astimezone(UTC) if moment else None)
    except RuntimeError as trouble:
        raise ValueError(str(trouble)) from None


def _clock(simulator: Simulator) -> Response:
    return jsonify(now=simulator.now().isoformat(), speed=simulator.clock.speed)


@blueprint.get("/quiet")
def quiet() -> Response:
    """Return whether every event has been delivered or given up: `{"quiet": bool, "pending": n, "due": n}`.

    Pending events that are `due` should be delivered by now; the others are late or wait for another try.
    """
    postman = current_simulator().postman
    pending = postman.tally()["pending"]
    return jsonify(quiet=pending == 0, pending=pending, due=postman.due())


@blueprint.get("/counters")
def counters() -> Response:
    """Return counts of requests by kind, reads by athlete, events by outcome, and faults by kind; and the limits."""
    simulator = current_simulator()
    with simulator.store.reading() as connection:
        rows = {
            row.name: row.count for row in connection.execute(select(counter.c.name, counter.c.count.label("count")))
        }
        used = limits.used(connection, simulator.moment())
    reads = {name.removeprefix("reads of "): count for name, count in rows.items() if name.startswith("reads of ")}
    requests = {name: count for name, count in rows.items() if not name.startswith("reads of ")}
    struck = dict(simulator.faults.struck)
    return jsonify(requests=requests, reads=reads, events=simulator.postman.tally(), faults=struck, usage=asdict(used))


@blueprint.delete("/counters")
def reset_counters() -> Response:
    """Reset the counters; the limits' windows stay."""
    simulator = current_simulator()
    with simulator.store.writing() as connection:
        connection.execute(delete(counter))
    simulator.faults.struck.clear()
    return jsonify({})


@blueprint.get("/events")
def events() -> Response:
    """List the latest events, newest first, with their attempts and state, and the subscription."""
    with current_simulator().store.reading() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id.desc()).limit(200)).all()
        to = connection.execute(select(subscription)).one_or_none()
    shown = [{"payload": row.payload, "attempts": row.attempts, "state": row.state} for row in rows]
    return jsonify(events=shown, subscription={"id": to.id, "callback_url": to.callback_url} if to else None)


@blueprint.delete("/subscription")
def end_subscription() -> Response:
    """End the subscription without notifying the application."""
    drop_subscription()
    return jsonify({})


def drop_subscription() -> None:
    """Delete the subscription and its pending events."""
    with current_simulator().store.writing() as connection:
        found = connection.scalar(select(subscription.c.id))
        if found is not None:
            unsubscribe(connection, found)
