"""The page of a group's log: who decided what, for its organisers."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock
from webapp.groups.audit_service import line_count, log_page
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.paging import page_wanted

bp = Blueprint("group_log", __name__)

PER_PAGE = 50


@bp.get("/g/<slug>/log")
@login_required
def log(slug: str) -> ResponseReturnValue:
    """Show what was decided in the group, the newest first."""
    group, _ = group_for(slug, signed_in_runner().id, Permission.READ_LOG)
    page = page_wanted(line_count(group.id), PER_PAGE)
    lines = log_page(group.id, page)
    return render_template(
        "pages/group_log.html", group=group, lines=lines, page=page, this_year=clock().today(group.tz).year
    )
