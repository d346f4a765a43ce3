"""The page on which captains pick their teams."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.session import login_required, signed_in_runner
from webapp.challenges import drafting, queries
from webapp.challenges.models import Challenge
from webapp.errors import Problem, not_found
from webapp.extensions import begin_write, clock, db
from webapp.groups.models import Group
from webapp.groups.queries import locked_group
from webapp.queue import ask

bp = Blueprint("draft", __name__)

SHOWN_AT_ONCE = 200


@bp.get("/g/<slug>/c/<int:challenge_id>/draft")
@login_required
def draft(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the teams in the making, whose turn it is, and who is still to be picked."""
    runner = signed_in_runner()
    group, is_organiser, challenge = _as_member(slug, challenge_id, runner.id)
    today = clock().today(group.tz)
    teams, turn = drafting.draft_teams(challenge), drafting.turn_of(challenge)
    on_turn = next((team for team in teams if turn and team.id == turn.team_id), None)
    left = drafting.candidates(challenge, runner.id, today)
    return render_template(
        "challenges/draft.html",
        group=group,
        challenge=queries.shown(challenge, group.tz, clock().now()),
        teams=teams,
        turn=turn,
        on_turn=on_turn,
        may_pick=on_turn is not None and (is_organiser or on_turn.captain_id == runner.id),
        is_captain=on_turn is not None and on_turn.captain_id == runner.id,
        is_organiser=is_organiser,
        left=left[:SHOWN_AT_ONCE],
        left_count=len(left),
        people=drafting.possible_captains(challenge) if is_organiser else [],
        units=runner.units,
    )


@bp.post("/g/<slug>/c/<int:challenge_id>/draft")
@login_required
def pick(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Pick somebody. Fields: number (of the pick, as on the page), entry."""
    runner_id = signed_in_runner().id
    begin_write()
    group, is_organiser, challenge = _to_change(slug, challenge_id, runner_id)
    number, entry_id = _number("number"), _number("entry")
    today = clock().today(group.tz)
    drafting.pick(challenge, number, entry_id, runner_id, is_organiser=is_organiser, today=today)
    db.session.commit()
    ask("jobs.leaderboards.publish", challenge_id)
    flash("Picked.", "good")
    return redirect(url_for("draft.draft", slug=slug, challenge_id=challenge_id))


@bp.post("/g/<slug>/c/<int:challenge_id>/captains")
@login_required
def captains(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Name who picks for each team. Fields: captain-TEAM, each a runner's id, or empty for nobody."""
    runner_id = signed_in_runner().id
    begin_write()
    group, is_organiser, challenge = _to_change(slug, challenge_id, runner_id)
    if not is_organiser:
        raise not_found()
    named = {
        team.id: _number(f"captain-{team.id}") if request.form[f"captain-{team.id}"] else None
        for team in challenge.teams
        if f"captain-{team.id}" in request.form
    }
    drafting.name_captains(challenge, named, clock().today(group.tz), clock().now())
    db.session.commit()
    ask("jobs.leaderboards.publish", challenge_id)
    flash("The captains are named.", "good")
    return redirect(url_for("draft.draft", slug=slug, challenge_id=challenge_id))


def _number(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem("That did not come through", "Please go back, reload the page and try once more.")
    return int(text)


def _as_member(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, bool, Challenge]:
    group, membership, challenge = queries.challenge_for_member(slug, challenge_id, runner_id)
    if challenge.team_mode != "picked":
        raise not_found()
    return group, membership.role == "organiser", challenge


def _to_change(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, bool, Challenge]:
    """Return the same, and let nobody else change the group or its challenges until the commit."""
    group, *_ = _as_member(slug, challenge_id, runner_id)
    locked_group(Group.id == group.id)
    db.session.expire_all()
    return _as_member(slug, challenge_id, runner_id)
