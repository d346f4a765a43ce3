"""The pages on which captains pick their teams."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges import queries
from webapp.challenges.page_views import frame
from webapp.db import write_transaction
from webapp.drafts import queries as draft_queries
from webapp.drafts import service
from webapp.drafts.turn_queries import turn_of
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission, may
from webapp.models.challenges import Challenge
from webapp.models.groups import Group, Membership
from webapp.paging import page_wanted
from webapp.privacy.gate import viewpoint_of
from webapp.request_fields import SEARCH_LIMIT, is_no_search, number_in, searched
from webapp.rulebook.presets import TeamMode

bp = Blueprint("drafts", __name__)


@bp.get("/g/<slug>/c/<int:challenge_id>/draft")
@login_required
@limiter.limit(SEARCH_LIMIT, exempt_when=is_no_search)
def draft(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the teams so far, whose turn it is, and a page of the runners who are still to be picked."""
    runner = signed_in_runner()
    group, is_organiser, challenge = _as_member(slug, challenge_id, runner.id)
    viewer_id = viewpoint_of(runner.id)
    search, who = searched("q"), searched("who")
    count = draft_queries.waiting_count(challenge, search)
    page = page_wanted(min(count, draft_queries.FARTHEST), draft_queries.PAGE)
    return render_template(
        "drafts/draft.html",
        is_organiser=is_organiser,
        left=draft_queries.candidates(challenge, viewer_id, search, page),
        left_count=count,
        farthest=draft_queries.FARTHEST,
        search=search,
        who=who,
        choices=draft_queries.possible_captains(challenge, who) if is_organiser else None,
        units=runner.units,
        page=page,
        **_turn(challenge, viewer_id, is_organiser=is_organiser),
        **frame(group, challenge),
    )


def _turn(challenge: Challenge, viewer_id: int, *, is_organiser: bool) -> dict[str, Any]:
    """Return the teams, whose turn it is, and what the viewer may do about it."""
    teams, turn = draft_queries.draft_teams(challenge), turn_of(challenge)
    by_id = {team.id: team for team in teams}
    on_turn, then = (by_id.get(turn.team_id), by_id.get(turn.then_id)) if turn else (None, None)
    latest = draft_queries.latest_pick(challenge, turn.number) if turn else None
    is_captain = on_turn is not None and on_turn.captain_id == viewer_id
    return {
        "teams": teams,
        "turn": turn,
        "on_turn": on_turn,
        "then": then,
        "latest": latest,
        "may_undo": latest is not None and (is_organiser or by_id[latest.team_id].captain_id == viewer_id),
        "may_pick": on_turn is not None and (is_organiser or is_captain),
        "is_captain": is_captain,
        "lacks_captains": is_organiser and any(team.captain is None for team in teams),
    }


@bp.get("/g/<slug>/c/<int:challenge_id>/draft/picks")
@login_required
def picks(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the picks, one after the other."""
    group, _, challenge = _as_member(slug, challenge_id, signed_in_runner().id)
    turn = turn_of(challenge)
    page = page_wanted(turn.number - 1 if turn else 0, draft_queries.PAGE)
    made = draft_queries.picks_page(challenge, page)
    return render_template("drafts/picks.html", picks=made, page=page, **frame(group, challenge))


@bp.post("/g/<slug>/c/<int:challenge_id>/draft")
@login_required
def pick(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Pick somebody. Fields: number (of the pick, as on the page), entry."""
    runner_id = signed_in_runner().id
    with write_transaction():
        group, is_organiser, challenge = _to_change(slug, challenge_id, runner_id)
        number, entry_id = number_in("number"), number_in("entry")
        now, today = clock().now(), clock().today(group.tz)
        service.pick(challenge, number, entry_id, runner_id, is_organiser=is_organiser, today=today, now=now)
        for picked_id in queries.runners_of([entry_id]):
            record_audit(group.id, "captain_picked", runner_id, now, subject_id=picked_id, challenge_id=challenge_id)
    flash("Picked. You can take it back until the next pick.", "good")
    return redirect(url_for("drafts.draft", slug=slug, challenge_id=challenge_id))


@bp.post("/g/<slug>/c/<int:challenge_id>/draft/undo")
@login_required
def undo(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Take the latest pick back. Fields: number and entry (of that pick, as on the page)."""
    runner_id, now = signed_in_runner().id, clock().now()
    with write_transaction():
        group, is_organiser, challenge = _to_change(slug, challenge_id, runner_id)
        today = clock().today(group.tz)
        number, entry_id = number_in("number"), number_in("entry")
        service.undo_pick(challenge, number, entry_id, runner_id, is_organiser=is_organiser, today=today, now=now)
        for picked_id in queries.runners_of([entry_id]):
            record_audit(group.id, "pick_taken_back", runner_id, now, subject_id=picked_id, challenge_id=challenge_id)
    flash("The pick is taken back. Pick again.", "good")
    return redirect(url_for("drafts.draft", slug=slug, challenge_id=challenge_id))


@bp.post("/g/<slug>/c/<int:challenge_id>/captains")
@login_required
def captains(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Name the captain of each team. Fields: captain-TEAM, each a runner's id, or empty for nobody."""
    runner_id = signed_in_runner().id
    with write_transaction():
        group, is_organiser, challenge = _to_change(slug, challenge_id, runner_id)
        if not is_organiser:
            raise not_found()
        named = {
            team.id: number_in(f"captain-{team.id}") if request.form[f"captain-{team.id}"] else None
            for team in challenge.teams
            if f"captain-{team.id}" in request.form
        }
        before = _captains_of(challenge)
        service.name_captains(challenge, named, clock().today(group.tz), clock().now())
        after, now = _captains_of(challenge), clock().now()
        for captain_id in before - after:
            record_audit(group.id, "captain_unnamed", runner_id, now, subject_id=captain_id, challenge_id=challenge_id)
        for captain_id in after - before:
            record_audit(group.id, "captain_named", runner_id, now, subject_id=captain_id, challenge_id=challenge_id)
    flash("The captains are named.", "good")
    return redirect(url_for("drafts.draft", slug=slug, challenge_id=challenge_id))


def _captains_of(challenge: Challenge) -> set[int]:
    return {team.captain_id for team in challenge.teams if team.captain_id is not None}


def _as_member(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, bool, Challenge]:
    """Return group, whether the runner is an organiser of it, and the challenge. Raises NotFound without captains."""
    return _of_captains(*queries.challenge_for(slug, challenge_id, runner_id, Permission.SEE_GROUP))


def _to_change(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, bool, Challenge]:
    """Return the same, and lock the group and its challenges against other changes until the commit."""
    return _of_captains(*queries.locked_challenge_for(slug, challenge_id, runner_id, Permission.SEE_GROUP))


def _of_captains(group: Group, membership: Membership, challenge: Challenge) -> tuple[Group, bool, Challenge]:
    if challenge.team_mode != TeamMode.PICKED:
        raise not_found()
    return group, may(membership, Permission.LEAD_DRAFT), challenge
