"""The webhook for Strava's events, and the page on which a runner watches the initial import."""

import logging
from functools import partial
from hmac import compare_digest

from flask import (
    Blueprint,
    Response,
    after_this_request,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from integrations.strava import signature
from integrations.strava import webhook as strava_webhook
from integrations.strava.types import PushEvent
from webapp.auth.rules import safe_path
from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import budget, clock, csrf, limiter, settings
from webapp.job_names import Job
from webapp.models.sync import InitialImport
from webapp.models.words import UNFINISHED, ConnectionState, ImportState
from webapp.queue import after_commit
from webapp.sync import queries, rules, service, signature_service
from webapp.sync.status_queries import status_of

log = logging.getLogger(__name__)

bp = Blueprint("sync", __name__)


# Events --------------------------------------------------------------------------------------------------------


@bp.get("/webhooks/strava/<secret>")
@limiter.exempt
def verify_webhook(secret: str) -> ResponseReturnValue:
    """Prove to Strava, before it subscribes, that this address is ours."""
    token = request.args.get("hub.verify_token", "")
    if not _is_ours(secret) or not _is_ours(token) or request.args.get("hub.mode") != "subscribe":
        return _refused("there is nothing here", 404)
    return jsonify({"hub.challenge": request.args.get("hub.challenge", "")})


@bp.post("/webhooks/strava/<secret>")
@limiter.exempt
def webhook(secret: str) -> ResponseReturnValue:
    """Accept an event: one row, committed, and 200 within milliseconds; a job does the reading.

    A signature is checked if there is one (`webapp.sync.signature_service`). An event without the secret path, of
    another subscription or of no event's shape is refused; one of an athlete who is not connected here leaves no
    trace. None of them costs a call to Strava.
    """
    if not _is_ours(secret):
        return _counted("wrong_address", _refused("there is nothing here", 404))
    try:
        body = _posted()
        if _signature_refused(body):
            return _counted("bad_signature", _refused("the signature is not right", 403))
        event = strava_webhook.event(body)
    except RequestEntityTooLarge:
        return _counted("too_large", _refused("too large for an event", 413))
    except ValueError as error:
        return _counted("malformed", _refused(str(error), 400))
    if event is None:
        return _counted("other_object", jsonify({}))
    # A refused event takes no lock, so even many of them delay no writer.
    if not queries.is_subscription(event.subscription_id):
        return _counted("wrong_subscription", _refused("this subscription is not ours", 404))
    is_known = queries.connection_of_athlete(event.owner_id) is not None or _explains_refusal(event)
    return _counted(_take(event) if is_known else "unknown_owner", jsonify({}))


def _explains_refusal(event: PushEvent) -> bool:
    """Return whether an event says that a runner has left whose token Strava had refused before it came."""
    return rules.is_deauthorisation(event.object_type, event.updates) and queries.is_refused(event.owner_id)


def _posted() -> bytes:
    """Return what was posted. Raises RequestEntityTooLarge for more than an event may be long."""
    # No more than this is read of a body without a stated length; the byte beyond the limit shows that it is too long.
    request.max_content_length = strava_webhook.MAX_EVENT_BYTES + 1
    body = request.get_data(cache=False)
    if len(body) > strava_webhook.MAX_EVENT_BYTES:
        raise RequestEntityTooLarge
    return body


def _signature_refused(body: bytes) -> bool:
    """Count the verdict on the signature; return whether the event is refused."""
    ours, header = settings(), request.headers.get(signature.HEADER)
    found, refused = signature_service.judge(header, body, ours.strava_webhook_key, ours.secret_key, clock().now())
    after_this_request(partial(_count_signature, found))
    return refused


def _count_signature(found: str, response: Response) -> Response:
    response.call_on_close(partial(budget().count, f"signature:{found}"))
    return response


def _take(event: PushEvent) -> str:
    """Store an event and enqueue the planning that it needs; return its outcome."""
    with write_transaction(patient=False):
        runner_id = service.store_event(event, clock().now())
        if runner_id is None:
            return "unknown_owner"
        _enqueue_reaction(event, runner_id)
    log.info("event stored", extra={"runner": runner_id, "about": event.object_type, "aspect": event.aspect})
    return "taken"


def _enqueue_reaction(event: PushEvent, runner_id: int) -> None:
    if rules.is_deauthorisation(event.object_type, event.updates):
        after_commit(Job.CHECK_ENDED_CONNECTION, runner_id)
    else:
        # One job serves all events of these seconds.
        after_commit(Job.PLAN_SYNCS_AFTER_QUIET, delay=settings().quiet_seconds / max(clock().speed, 1e-6))


csrf.exempt(webhook)  # Strava has no session to forge with


def _is_ours(secret: str) -> bool:
    return compare_digest(secret.encode(), settings().webhook_secret.encode())


def _counted(kind: str, answer: ResponseReturnValue) -> Response:
    """Count the outcome of an event after Strava has its answer, so that the answer never waits for Redis."""
    response = make_response(answer)
    response.call_on_close(partial(budget().count, f"event:{kind}"))
    return response


def _refused(reason: str, status: int) -> ResponseReturnValue:
    # Only programs read this, so no page is rendered.
    return jsonify(error=reason), status


# The initial import --------------------------------------------------------------------------------------------


@bp.get("/connect/progress")
@login_required
def progress() -> ResponseReturnValue:
    """Show the progress of the initial import. `next` is the path to which its owner was going."""
    return render_template("sync/progress.html", **_shown(_initial_import()))


@bp.get("/connect/progress/part")
@login_required
def progress_part() -> ResponseReturnValue:
    """Answer with the live part; 304 if nothing has changed, and a header to stop refreshing at the end."""
    progress = _initial_import()
    answer: Response = make_response(render_template("sync/_progress.html", **_shown(progress)))
    answer.headers["Cache-Control"] = "private, no-cache"
    if progress.state not in UNFINISHED:
        answer.headers["X-Refresh"] = "done"
    answer.add_etag()
    return answer.make_conditional(request)


@bp.post("/connect/look")
@login_required
def resync_now() -> ResponseReturnValue:
    """Ask for a full resync, or retry a stuck initial import; at most once in a few minutes."""
    runner, now = signed_in_runner(), clock().now()
    status = status_of(runner.id, now)
    if status.why_no_resync:
        flash(status.why_no_resync)
        return redirect(url_for("accounts.account"))
    with write_transaction():
        asked = service.request_resync(runner.id, now)
        stuck = queries.initial_import_of(runner.id)
        again = asked and stuck is not None and stuck.state == ImportState.FAILED
        if again:
            service.begin_initial_import(runner.id, now)
    if again:
        return redirect(url_for("sync.progress", next=_after()))
    flash("We are checking Strava now." if asked else "You asked a moment ago. Please wait a few minutes.")
    return redirect(_after() or url_for("home.dashboard"))


def _initial_import() -> InitialImport:
    progress = queries.initial_import_of(signed_in_runner().id)
    if progress is None:
        raise not_found()
    return progress


def _shown(progress: InitialImport) -> dict[str, object]:
    """Return what the templates need: the import, and where to go from here."""
    connection = queries.connection_of(progress.runner_id)
    connected = connection is not None and connection.state == ConnectionState.CONNECTED
    after = _after()
    target, label = (after or url_for("home.dashboard")), "Continue"
    if not connected and progress.state == ImportState.FAILED:
        target, label = url_for("accounts.consent", next=after), "Connect again"
    return {
        "progress": progress,
        "refresh_url": url_for("sync.progress_part", next=after),
        "next_url": target,
        "next_label": label,
        "retry_url": url_for("sync.resync_now", next=after) if connected else None,
    }


def _after() -> str | None:
    """Return the path on this site to which the runner was going before signing in, or None."""
    return safe_path(request.args.get("next")) or safe_path(session.get("after_connect"))
