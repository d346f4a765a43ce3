"""The page that shows a runner beside one who is one level above."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.history.habit_queries import CONSIDERED, comparison_of
from webapp.privacy.gate import viewpoint_of

bp = Blueprint("habits", __name__)


@bp.get("/g/<slug>/why-not-me")
@login_required
def why_not_me(slug: str) -> ResponseReturnValue:
    """Show what I usually run beside a runner one level above (other: which of them), and one small next step."""
    runner = signed_in_runner()
    group, _ = group_for(slug, runner.id, Permission.SEE_GROUP)
    wanted = min(max(0, request.args.get("other", 0, type=int)), CONSIDERED)
    found = comparison_of(group, viewpoint_of(runner.id), clock().today(group.tz), wanted)
    return render_template(
        "history/why_not_me.html", group=group, found=found, units=runner.units, following=wanted + 1
    )
