"""The control page: the same actions as the control API, by forms, for a person with a browser."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import Connection, Row, func, or_, select
from werkzeug.wrappers import Response

from integrations.strava_simulator import activities, activity_faults, grants, limits
from integrations.strava_simulator.control_api import drop_subscription, set_clock
from integrations.strava_simulator.faults import RATES
from integrations.strava_simulator.oauth import end_grant
from integrations.strava_simulator.people import CLUBS
from integrations.strava_simulator.settings import TIERS
from integrations.strava_simulator.signing import SIGNATURES
from integrations.strava_simulator.simulator import current_simulator
from integrations.strava_simulator.store import activity, athlete, grant, outbox, planned, subscription

blueprint = Blueprint("control_pages", __name__, url_prefix="/control")

RATE_TEXTS = {
    "rate_429": "Refuse with 429",
    "error_500": "Answer 500",
    "timeout": "Answer after the time-out",
    "error_401": "Refuse valid tokens with 401",
    "malformed_rows": "Malform rows of lists",
    "revoke_503": "Answer 503 to a revocation",
    "token_timeout": "Issue tokens, but answer after the time-out",
    "refuse_refresh": "Refuse to renew valid tokens",
    "no_athlete": "Leave the athlete out of a token answer",
    "events_lost": "Lose events",
    "events_doubled": "Send events twice",
    "events_late": "Send events late",
    "signatures_none": "Send events without a signature",
    "signatures_wrong": "Sign events wrongly",
    "signatures_stale": "Sign events with an old time",
    "unreadable_uploads": "Announce uploads before they can be read",
    "single_errors": "Answer 500 for one upload by its id",
    "unlisted_uploads": "Leave an upload out of the list",
    "single_404": "Answer 404 by id for a listed upload",
    "null_fields": "Send uploads with null fields",
    "other_types": "Let type differ from sport_type",
    "elapsed_wrong": "Elapsed time 0 or below moving time",
    "pauses": "Long pauses (elapsed far above moving time)",
    "updates_split": "Announce each change by itself, in one second",
}
SPORTS = ("Run", "TrailRun", "VirtualRun", "Walk", "Hike", "Ride", "Swim", "Padel")
SHOWN = 40
# Chasepack reads one athlete this often at once; then changes wait. Hidden or deleted runs wait after twice as many.
MANY_READS = 30


@blueprint.errorhandler(ValueError)
def unfit(trouble: ValueError) -> tuple[str, int]:
    """Show which value is invalid."""
    return render_template("trouble.html", text=str(trouble)), 400


@blueprint.get("")
def overview() -> str:
    """Show time, plan, faults, counters and everybody."""
    simulator, sought = current_simulator(), request.args.get("q", "").strip()
    with simulator.store.reading() as connection:
        return render_template(
            "control.html",
            simulator=simulator,
            people=connection.execute(_people(sought)).all(),
            sought=sought,
            clubs=CLUBS,
            used=limits.used(connection, simulator.moment()),
            often_read=_often_read(connection, simulator.moment()),
            plans=connection.execute(
                select(planned.c.ends, athlete.c.firstname, athlete.c.lastname)
                .join(athlete)
                .order_by(planned.c.ends)
                .limit(6)
            ).all(),
            left=connection.scalar(select(func.count()).select_from(planned)),
            address=connection.scalar(select(subscription.c.callback_url)),
            letters=connection.execute(select(outbox).order_by(outbox.c.id.desc()).limit(8)).all(),
            tally=simulator.postman.tally(),
            switches=asdict(simulator.faults.switches),
            rates={name: RATE_TEXTS[name] for name in RATES},
            tiers=TIERS,
            signatures=SIGNATURES,
        )


def _often_read(connection: Connection, now: int) -> dict[int, int]:
    """Return {athlete: reads} for those read so often recently that the application delays their changes."""
    return {who: reads for who, reads in limits.reads_of_late(connection, now).items() if reads >= MANY_READS}


def _people(sought: str) -> Any:
    found = select(athlete, grant.c.scope).outerjoin(grant).order_by(athlete.c.number)
    if not sought:
        return found
    like = f"%{sought}%"
    return found.where(or_(athlete.c.firstname.ilike(like), athlete.c.lastname.ilike(like)))


@blueprint.get("/athletes/<int:athlete_id>")
def one_athlete(athlete_id: int) -> str:
    """Show one athlete's latest activities, with the possible actions."""
    simulator = current_simulator()
    with simulator.store.reading() as connection:
        who = connection.execute(select(athlete).where(athlete.c.id == athlete_id)).one_or_none() or abort(404)
        runs = connection.execute(
            select(activity).where(activity.c.athlete_id == athlete_id).order_by(activity.c.start.desc()).limit(SHOWN)
        ).all()
        found = grants.of_athlete(connection, athlete_id)
        wrong = {run.id: activity_faults.of(connection, run.id, simulator.moment()) for run in runs}
        often_read = _often_read(connection, simulator.moment())
        others = connection.execute(select(athlete).where(athlete.c.id != athlete_id).order_by(athlete.c.number)).all()
    return render_template(
        "athlete.html", who=who, runs=runs, found=found, sports=SPORTS, simulator=simulator, wrong=wrong, others=others,
        often_read=often_read,
        kinds=activity_faults.KINDS,
    )  # fmt: skip


def athlete_on_site(athlete_id: int) -> Response:
    """Redirect from the address of an athlete's page on Strava to the page here."""
    return _back_to(athlete_id)


def activity_on_site(activity_id: int) -> Response:
    """Redirect from the address of an activity on Strava to its place on the athlete's page."""
    with current_simulator().store.reading() as connection:
        found = connection.scalar(select(activity.c.athlete_id).where(activity.c.id == activity_id))
    if found is None:
        abort(404)
    return redirect(url_for("control_pages.one_athlete", athlete_id=found, _anchor=f"activity-{activity_id}"))


@blueprint.post("/athletes/<int:athlete_id>/upload")
def upload(athlete_id: int) -> Response:
    """Upload an activity that the form describes."""
    simulator, form = current_simulator(), request.form
    fields: dict[str, Any] = {
        "distance": float(form["kilometres"]) * 1000,
        "moving_time": int(float(form["minutes"]) * 60),
        "sport_type": form["sport_type"],
        "private": "private" in form,
        "manual": "manual" in form,
        "trainer": "trainer" in form,
    }
    fields |= {"name": form["name"]} if form.get("name") else {}
    fields |= {"start_date_local": form["start"]} if form.get("start") else {}
    with simulator.store.writing() as connection:
        who = connection.execute(select(athlete).where(athlete.c.id == athlete_id)).one_or_none() or abort(404)
        activities.upload(
            connection, simulator.faults, activities.uploaded_row(who, fields, simulator.now()), simulator.moment()
        )
    return _back_to(athlete_id)


@blueprint.post("/athletes/<int:athlete_id>/activities/<int:activity_id>")
def change(athlete_id: int, activity_id: int) -> Response:
    """Carry out the pressed button's action on one activity."""
    simulator = current_simulator()
    with simulator.store.writing() as connection:
        run = activities.find(connection, athlete_id, activity_id) or abort(404)
        if request.form["action"] == "delete":
            activities.remove(connection, simulator.faults, run, simulator.moment())
        elif request.form["action"] == "break":
            activity_faults.put(connection, run.id, activity_faults.example(request.form["kind"]), simulator.moment())
        elif request.form["action"] == "mend":
            activity_faults.put(connection, run.id, dict.fromkeys(activity_faults.KINDS, False), simulator.moment())
        elif request.form["action"] == "hand over":
            activities.hand_over(connection, [run.id], _other(connection))
        else:
            activities.edit(connection, simulator.faults, run, _changes(run), simulator.moment())
    return _back_to(athlete_id)


def _other(connection: Connection) -> int:
    chosen = request.form.get("other", "")
    found = connection.scalar(select(athlete.c.id).where(athlete.c.id == chosen)) if chosen.isdecimal() else None
    return int(found or abort(404))


@blueprint.post("/athletes/<int:athlete_id>/merge")
def merge(athlete_id: int) -> Response:
    """Merge this account into the other one that the form names."""
    with current_simulator().store.writing() as connection:
        into = _other(connection)
        activities.merge(connection, athlete_id, into)
    return _back_to(into)


def _changes(run: Row[Any]) -> dict[str, Any]:
    form = request.form
    actions = {
        "hide": {"private": True},
        "show": {"private": False},
        "flag": {"flagged": True},
        "clear": {"flagged": False},
    }
    if form["action"] in actions:
        return activities.edited_columns(run, actions[form["action"]])
    saved = {
        "name": form["name"],
        "sport_type": form["sport_type"],
        "distance": float(form["kilometres"]) * 1000,
        "moving_time": int(float(form["minutes"]) * 60),
    }
    return activities.edited_columns(run, saved)


@blueprint.post("/athletes/<int:athlete_id>/deauthorize")
def deauthorize(athlete_id: int) -> Response:
    """Revoke the athlete's grant."""
    simulator = current_simulator()
    with simulator.store.writing() as connection:
        end_grant(connection, simulator, grants.of_athlete(connection, athlete_id))
    return _back_to(athlete_id)


def _back_to(athlete_id: int) -> Response:
    return redirect(url_for("control_pages.one_athlete", athlete_id=athlete_id))


@blueprint.post("/release")
def release() -> Response:
    """Release the next planned run."""
    current_simulator().releaser.release_next()
    return redirect(url_for("control_pages.overview"))


@blueprint.post("/faults")
def put_faults() -> Response:
    """Set all switches as the form has them; rates come in per cent."""
    form = request.form
    changes: dict[str, Any] = {name: float(form.get(name) or 0) / 100 for name in RATES}
    changes |= {"tier": form["tier"], "signature": form.get("signature", "none"), "inactive": "inactive" in form}
    changes["seat_cap"] = int(form["seat_cap"]) if form.get("seat_cap") else None
    current_simulator().faults.put(changes)
    return redirect(url_for("control_pages.overview") + "#faults")


@blueprint.post("/subscription/end")
def end_subscription() -> Response:
    """Let the subscription die, without a word to the application."""
    drop_subscription()
    return redirect(url_for("control_pages.overview") + "#events")


@blueprint.post("/clock")
def put_clock() -> Response:
    """Set the speed of time."""
    set_clock(current_simulator(), float(request.form["speed"]), None)
    return redirect(url_for("control_pages.overview"))
