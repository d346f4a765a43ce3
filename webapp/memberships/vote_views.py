"""The console's pages on which organisers decide about one of them."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.memberships import vote_service as service
from webapp.memberships.member_views import act_page, member_of
from webapp.memberships.rules import VOTES_AFTER, VoteOutcome

bp = Blueprint("organiser_votes", __name__)

SAID = {
    VoteOutcome.AGREED: "{} is a plain member now.",
    VoteOutcome.WAITS: "You have voted. One more organiser must agree; until then you can take your vote back.",
    VoteOutcome.OPERATOR: "You have voted. The operator of this installation decides; until then you can take "
    "your vote back.",
}


@bp.get("/g/<slug>/members/<int:runner_id>/vote")
@login_required
def confirm_vote(slug: str, runner_id: int) -> ResponseReturnValue:
    """Say how organisers decide about one of them."""
    group, someone = member_of(slug, runner_id)
    return act_page(
        group,
        someone,
        title=f"Make {someone.name} a plain member?",
        lines=[
            f"You cannot decide this alone. If a second organiser agrees, {someone.name} becomes a plain member, who "
            "can then be removed. If no second one has a vote, the operator of this installation decides.",
            f"Organisers who were named by another one can vote {VOTES_AFTER.days} days later.",
            "All organisers see who voted. You can take your vote back. It ends when one of you leaves or steps down.",
        ],
        label="Vote for it",
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
        service.undo_vote(group.id, runner_id, signed_in_runner().id, clock().now())
    flash("Your vote is taken back.", "good")
    return redirect(url_for("members.member", slug=slug, runner_id=runner_id))
