"""What an open page tells: that its reader is here. A script sends it; without scripts nothing is recorded."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.visits.service import record_visit

bp = Blueprint("visits", __name__)

# By address: a club may share one.
visit_limit = limiter.shared_limit("600 per hour", scope="visit")


@bp.post("/home/visit")
@login_required
@visit_limit
def visit_home() -> ResponseReturnValue:
    """Record that I see what is new in all my groups."""
    with write_transaction():
        record_visit(signed_in_runner().id, clock().now())
    return "", 204


@bp.post("/g/<slug>/visit")
@login_required
@visit_limit
def visit_group(slug: str) -> ResponseReturnValue:
    """Record that I see what is new in this group."""
    with write_transaction():
        group, _ = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
        record_visit(signed_in_runner().id, clock().now(), group_id=group.id)
    return "", 204
