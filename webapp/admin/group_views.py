"""The operator's page of groups, with the state of the installation on top."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.admin.group_queries import group_count, groups_page
from webapp.admin.installation_queries import installation
from webapp.admin.views import operators_only
from webapp.auth.session import signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter, settings
from webapp.group_endings import service
from webapp.paging import page_wanted
from webapp.request_fields import searched

bp = Blueprint("admin_groups", __name__)

PER_PAGE = 50


@bp.get("/operator/groups")
@operators_only
@limiter.limit("300 per hour")
def groups() -> ResponseReturnValue:
    """Show the groups with their sizes, found by a part of their name (q), a page at a time."""
    search = searched("q")
    count = group_count(search)
    page = page_wanted(count, PER_PAGE)
    return render_template(
        "admin/groups.html",
        groups=groups_page(search, page),
        count=count,
        page=page,
        search=search,
        here=installation(settings()),
        starts=settings().groups,
    )


@bp.post("/operator/groups/<int:group_id>/close")
@operators_only
def close(group_id: int) -> ResponseReturnValue:
    """Close a group: it is read and no longer changed, until an operator opens it again."""
    with write_transaction():
        found = service.close(group_id, signed_in_runner().id, clock().now())
    return _done(found, "The group is closed. Its members can read it, download their data, and leave.")


@bp.post("/operator/groups/<int:group_id>/open")
@operators_only
def open_again(group_id: int) -> ResponseReturnValue:
    """Open a closed group again."""
    with write_transaction():
        found = service.open_again(group_id, signed_in_runner().id, clock().now())
    return _done(found, "The group is open again.")


def _done(found: bool, words: str) -> ResponseReturnValue:
    if not found:
        raise not_found()
    flash(words, "good")
    return redirect(url_for("admin_groups.groups"))
