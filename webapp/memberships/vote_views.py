"""The console's pages on which organisers decide about one of them."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock, write_transaction
from webapp.memberships import vote_service as service
from webapp.memberships.management_views import act_page, member_of
from webapp.memberships.rules import VoteOutcome

bp = Blueprint("organiser_votes", __name__)

SAID = {
    VoteOutcome.AGREED: "{} is a member now.",
    VoteOutcome.WAITS: "Noted. One more organiser must agree; you can take it back until then.",
    VoteOutcome.OPERATOR: "Noted. Whoever runs this installation decides; you can take it back until then.",
}


@bp.get("/g/<slug>/members/<int:runner_id>/vote")
@login_required
def confirm_vote(slug: str, runner_id: int) -> ResponseReturnValue:
    """Say how organisers decide about one of them."""
    group, someone = member_of(slug, runner_id)
    return act_page(
        group,
        someone,
        title=f"Shall {someone.name} be a member only?",
        lines=[
            "One organiser cannot decide about another. If a second one agrees, they become a member, whom you can "
            "then remove. Where there are only two organisers, whoever runs this installation decides.",
            "All organisers see who wants it. You can take it back. It ends when either of you leaves or steps down.",
        ],
        label="Yes, a member only",
    )


@bp.post("/g/<slug>/members/<int:runner_id>/vote")
@login_required
def vote(slug: str, runner_id: int) -> ResponseReturnValue:
    """Agree that another organiser becomes a member."""
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        outcome = service.vote(group.id, runner_id, signed_in_runner().id, clock().now())
    flash(SAID[outcome].format(someone.name), "good")
    return redirect(url_for("members.member", slug=slug, runner_id=runner_id))


@bp.post("/g/<slug>/members/<int:runner_id>/vote/undo")
@login_required
def undo_vote(slug: str, runner_id: int) -> ResponseReturnValue:
    """Take my vote back."""
    with write_transaction():
        group, _ = member_of(slug, runner_id)
        service.undo_vote(group.id, runner_id, signed_in_runner().id)
    flash("Taken back.", "good")
    return redirect(url_for("members.member", slug=slug, runner_id=runner_id))
