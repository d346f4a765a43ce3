"""Switching pushes on and off in a browser, and the service worker that shows them."""

from flask import Blueprint, Response, current_app, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue

from integrations.outbound.addresses import check_address
from integrations.outbound.errors import AddressRefused, NotSent
from integrations.push.subscriptions import BrowserSubscription, NotASubscription, check_keys
from webapp.auth.session import login_required, signed_in_runner
from webapp.db import db, write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter, settings
from webapp.notifications.push_forms import INCOMPLETE, PushForm
from webapp.notifications.push_rules import MAX_BROWSERS
from webapp.notifications.push_service import TooManyBrowsers, add_browser, remove_browser

bp = Blueprint("push", __name__)

# Each may look up a name.
add_limit = limiter.shared_limit("30 per hour", scope="push")

NOT_PUBLIC = (
    "The push service of this browser is at an address that we do not call: it must be https, on the open internet."
)
UNKNOWN_HOST = "The push service of this browser cannot be found at the moment. Please try again later."
TOO_MANY = f"You have switched pushes on in {MAX_BROWSERS} browsers, which is the most. Remove one of them first."


@bp.get("/service-worker.js")
def service_worker() -> Response:
    """Serve the script that shows pushes. It is at the root because it serves all pages."""
    response = current_app.send_static_file("js/service-worker.js")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/notifications/push")
@login_required
@add_limit
def add() -> ResponseReturnValue:
    """Switch pushes on in a browser. Fields: those of PushForm."""
    form = PushForm()
    runner_id = signed_in_runner().id
    problem = _problem_of(form.subscription()) if form.validate() else INCOMPLETE
    if problem:
        return _back(problem, "bad")
    try:
        with write_transaction():
            # Signing out of this browser ends its pushes.
            session["push"] = add_browser(runner_id, form.subscription(), clock().now())
    except TooManyBrowsers:
        return _back(TOO_MANY, "bad")
    return _back("Pushes are on in this browser.", "good")


@bp.post("/notifications/push/<int:push_subscription_id>/remove")
@login_required
def remove(push_subscription_id: int) -> ResponseReturnValue:
    """Switch pushes off in a browser of mine."""
    with write_transaction():
        if not remove_browser(signed_in_runner().id, push_subscription_id):
            raise not_found()
    return _back("Pushes are off in that browser.", "good")


def _problem_of(subscription: BrowserSubscription) -> str | None:
    """Return why a browser cannot be reached, in words. Looks up its host."""
    # No transaction stays open meanwhile.
    db.session.rollback()
    try:
        check_keys(subscription)
        check_address(subscription.endpoint, settings().outbound_exceptions)
    except NotASubscription:
        return INCOMPLETE
    except AddressRefused:
        return NOT_PUBLIC
    except NotSent:
        return UNKNOWN_HOST
    return None


def _back(words: str, tone: str) -> ResponseReturnValue:
    flash(words, tone)
    return redirect(url_for("notification_choices.page", _anchor="push"), 303)
