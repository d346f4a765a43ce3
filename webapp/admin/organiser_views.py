"""The operator's page of groups in which one of two organisers asks to decide about the other."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.admin.views import operators_only
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.memberships import vote_service as service
from webapp.memberships.vote_queries import open_cases

bp = Blueprint("admin_organisers", __name__)


@bp.get("/operator/organisers")
@operators_only
def cases() -> ResponseReturnValue:
    """Show what waits for the operator's decision."""
    return render_template("admin/organisers.html", cases=open_cases(clock().now()))


@bp.post("/operator/organisers/<int:vote_id>/agree")
@operators_only
def agree(vote_id: int) -> ResponseReturnValue:
    """Make the organiser a member."""
    return _decided(vote_id, agrees=True)


@bp.post("/operator/organisers/<int:vote_id>/keep")
@operators_only
def keep(vote_id: int) -> ResponseReturnValue:
    """Let the organiser stay one."""
    return _decided(vote_id, agrees=False)


def _decided(vote_id: int, *, agrees: bool) -> ResponseReturnValue:
    with write_transaction():
        found = service.decide(vote_id, agrees=agrees, now=clock().now())
    if not found:
        raise not_found()
    flash("They are a member now." if agrees else "They stay an organiser.", "good")
    return redirect(url_for("admin_organisers.cases"))
