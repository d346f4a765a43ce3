"""The page of a group's log: all of it for its organisers, and what concerns them for its members."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page, log_page_wanted
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import group_for

bp = Blueprint("group_log", __name__)

PER_PAGE = 50


@bp.get("/g/<slug>/log")
@login_required
def log(slug: str) -> ResponseReturnValue:
    """Show what was decided in the group, the newest first: all of it, or what concerns a plain member."""
    group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    about = None if may(me, Permission.READ_LOG) else me.runner_id
    page = log_page_wanted(group.id, about, PER_PAGE)
    return render_template(
        "pages/group_log.html",
        group=group,
        lines=log_page(group.id, page, about),
        is_whole=about is None,
        page=page,
        this_year=clock().today(group.tz).year,
    )
