"""The live part of the account page with my sync status."""

import hashlib

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock
from webapp.sync.status_queries import status_of

bp = Blueprint("sync_status", __name__)


@bp.get("/account/reading")
@login_required
def part() -> ResponseReturnValue:
    """Answer with the live part; 304 if nothing has changed, and a header to stop refreshing once all is read."""
    status = status_of(signed_in_runner().id, clock().now())
    answer: Response = make_response(render_template("sync/_status.html", status=status))
    if not status.is_moving:
        answer.headers["X-Refresh"] = "done"
    # Its button carries a token that changes every second, so the tag is made of the words.
    answer.headers["ETag"] = f'W/"{hashlib.sha256(repr(status).encode()).hexdigest()[:32]}"'
    return answer.make_conditional(request)
