"""The guide to a trial: sign in as anybody in it with one tap. A live installation has none of these pages."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.rules import PLATFORM_CONSENT_VERSION
from webapp.auth.session import sign_out
from webapp.auth.strava_oauth import start_oauth
from webapp.errors import not_found
from webapp.extensions import clock, settings
from webapp.trial import queries

bp = Blueprint("trial", __name__, url_prefix="/trial")


@bp.before_request
def only_in_a_trial() -> None:
    if not settings().simulated:
        raise not_found()


@bp.get("")
def guide() -> ResponseReturnValue:
    """Show the runners to choose from."""
    control = f"{settings().simulator_address}/control"
    return render_template(
        "trial/guide.html", guide=queries.guide(settings().operating, clock().now()), control=control
    )


@bp.post("/be")
def be() -> ResponseReturnValue:
    """Sign in as an athlete of the simulator. The sign-in is the real one; the simulator asks nothing."""
    athlete = request.form.get("athlete", "")
    if not (athlete.isascii() and athlete.isdigit() and len(athlete) < 19):
        raise not_found()
    session.pop("after_connect", None)
    session["consent"] = PLATFORM_CONSENT_VERSION
    return start_oauth(settings().address + url_for("accounts.callback"), athlete=athlete)


@bp.post("/newcomer")
def newcomer() -> ResponseReturnValue:
    """Open the invite link as somebody without an account."""
    found = queries.guide((), clock().now())
    if found.invite is None:
        raise not_found()
    sign_out()
    session.clear()
    return redirect(url_for("memberships.join", invite=found.invite))
