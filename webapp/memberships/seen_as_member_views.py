"""Looking at one's own group as a plain member sees it, without acting in it. The session says which group."""

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.errors import Problem
from webapp.groups.permissions import Permission, seen_as_member
from webapp.groups.queries import group_for

bp = Blueprint("member_view", __name__)

KEY = "as_member"
READS = ("GET", "HEAD", "OPTIONS")


class ActsAsMember(Problem):
    """Nothing is changed while one only looks."""

    title = "You are only looking"
    message = "You see this group as a member does. End that first, on the bar at the top of the page."
    status = 409


def init_app(app: Flask) -> None:
    """Give requests for the group that is looked at a member's permissions, and let none of them write."""
    app.before_request(_see_as_member)
    app.teardown_request(_end_request)
    app.context_processor(lambda: {"member_view_of": _slug() if seen_as_member.get() else None})


def _see_as_member() -> None:
    # Set for each request: a thread serves many.
    looks = _slug() is not None and session.get(KEY) == _slug()
    seen_as_member.set(looks)
    if looks and request.method not in READS and request.endpoint != "member_view.end":
        raise ActsAsMember


def _end_request(_error: BaseException | None) -> None:
    seen_as_member.set(False)


def _slug() -> str | None:
    return (request.view_args or {}).get("slug")


@bp.post("/g/<slug>/as-member")
@login_required
def begin(slug: str) -> ResponseReturnValue:
    """See the group as a member does from now on."""
    group, _ = group_for(slug, signed_in_runner().id, Permission.MANAGE_MEMBERS)
    session[KEY] = group.slug
    return redirect(url_for("groups.group", slug=slug))


@bp.post("/g/<slug>/as-member/end")
@login_required
def end(slug: str) -> ResponseReturnValue:
    """Be an organiser again."""
    group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    session.pop(KEY, None)
    return redirect(url_for("groups.group", slug=slug))
