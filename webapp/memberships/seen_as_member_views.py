"""Looking at one's own group as a plain member sees it, without acting in it. The session says which group."""

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import current_runner, login_required, signed_in_runner
from webapp.errors import Problem
from webapp.groups.permissions import Permission, may, seen_as_member
from webapp.groups.queries import group_by_slug, group_for, membership_of

bp = Blueprint("seen_as_member", __name__)

KEY = "as_member"
READS = ("GET", "HEAD", "OPTIONS")


class ActsAsMember(Problem):
    """An organiser who sees the group as a member does tries to change something."""

    title = "You are only looking"
    message = "You see this group as a member does. End that first, in the bar at the top of the page."
    status = 409


def init_app(app: Flask) -> None:
    """Give requests for the group that is looked at a member's permissions, and let none of them write."""
    app.before_request(_see_as_member)
    app.teardown_request(_end_request)
    app.context_processor(lambda: {"seen_as_member_in": _slug() if seen_as_member.get() else None})


def _see_as_member() -> None:
    # Set for each request: a thread serves many.
    seen_as_member.set(False)
    looks = _still_looks()
    seen_as_member.set(looks)
    if looks and request.method not in READS and request.endpoint != "seen_as_member.end":
        raise ActsAsMember


def _still_looks() -> bool:
    """Return whether the reader looks at the group of this request. A runner who no longer organises it does not."""
    slug = _slug()
    if slug is None or session.get(KEY) != slug:
        return False
    group, runner = group_by_slug(slug), current_runner()
    member = membership_of(group.id, runner.id) if group and runner else None
    if member is None or not may(member, Permission.MANAGE_MEMBERS):
        session.pop(KEY)
        return False
    return True


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
