"""The page of the link by which a reader stops mails, and what mail programs post there (RFC 8058)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.db import write_transaction
from webapp.extensions import csrf, limiter, settings
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.unsubscribe_rules import mail_kind_of
from webapp.notifications.unsubscribe_service import stop_mails

bp = Blueprint("unsubscribe", __name__)
# Mail services post for many of their readers from one address.
link_limit = limiter.shared_limit("600 per minute", scope="unsubscribe")


@bp.get("/unsubscribe/<token>", endpoint="page")
@link_limit
def show(token: str) -> ResponseReturnValue:
    """Show the button. Mail scanners open every link, and must stop nothing."""
    asked = mail_kind_of(token, settings().secret_key)
    return render_template("notifications/unsubscribe.html", title=KINDS[asked.kind].title if asked else None)


@bp.post("/unsubscribe/<token>")
@link_limit
def stop(token: str) -> ResponseReturnValue:
    """Stop mails, without asking who it is: the token says so. Field: every, for all kinds.

    Whoever it is about, and even if they are gone, the answer is the same.
    """
    asked = mail_kind_of(token, settings().secret_key)
    every_kind = bool(request.form.get("every"))
    if asked is not None:
        with write_transaction():
            stop_mails(asked, every_kind=every_kind)
    return render_template("notifications/unsubscribed.html", every_kind=every_kind)


csrf.exempt(stop)  # mail programs have no session to forge with
