"""Seeing oneself as the others do: a group's pages, rendered as for another member. The session says in which group."""

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.queries import current_of, shown_challenges
from webapp.extensions import clock
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.leaderboards.queries import board_context_of, own_row, viewer_of_board
from webapp.models.groups import Group
from webapp.privacy.gate import seen_as_another

bp = Blueprint("seen_as_another", __name__)

KEY = "as_another"
# The pages on which others see a member. Those of one's own have nothing to show as another member.
PAGES = frozenset(
    {
        "board.board", "board.board_json", "board.part", "board.team", "chase.chase", "chase.part",
        "road.road", "road.part", "replay.replay", "replay.replay_json",
        "chase.overtakes", "total_breakdown.total", "groups.group", "announcements.announcements", "drafts.draft",
        "drafts.picks", "entries.baselines", "rule_changes.rules", "rule_changes.changes",
        "rule_changes.changes_part", "history.results", "history.hall_of_fame", "history.range",
    }
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Render the pages of this group as for another member."""
    app.before_request(_see_as_another)
    app.teardown_request(_end_request)
    app.context_processor(lambda: {"seen_as_another_in": _slug() if seen_as_another.get() else None})


def _see_as_another() -> None:
    # Set for each request: a thread serves many.
    seen_as_another.set(request.endpoint in PAGES and _slug() is not None and session.get(KEY) == _slug())


def _end_request(_error: BaseException | None) -> None:
    seen_as_another.set(False)


def _slug() -> str | None:
    return (request.view_args or {}).get("slug")


@bp.post("/g/<slug>/me/seen")
@login_required
def begin(slug: str) -> ResponseReturnValue:
    """See my place on the current board as another member does, from now on."""
    group, _ = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    session[KEY] = group.slug
    return redirect(_my_place(group) or url_for("groups.group", slug=slug))


@bp.post("/g/<slug>/me/seen/end")
@login_required
def end(slug: str) -> ResponseReturnValue:
    """See the group with my own eyes again."""
    group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    session.pop(KEY, None)
    return redirect(url_for("memberships.my_consent", slug=slug))


def _my_place(group: Group) -> str | None:
    """Return the address of the page of the current board on which I stand; None if the group has no challenge."""
    runner, now = signed_in_runner(), clock().now()
    challenge = current_of(shown_challenges(group, now))
    if challenge is None:
        return None
    viewer = viewer_of_board(group.slug, challenge.id, runner.id, runner.session_epoch)
    mine = own_row(board_context_of(viewer, now)) if viewer else None
    page = mine.page if mine and mine.page != 1 else None
    return url_for("board.board", slug=group.slug, challenge_id=challenge.id, page=page)
