"""Pages on which organisers name teams and put members into them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError

from webapp.auth.session import login_required
from webapp.challenges import queries
from webapp.challenges.page_views import challenge_here, frame, locked_challenge_here, record_here
from webapp.db import write_transaction
from webapp.errors import NotUnderstood
from webapp.extensions import clock
from webapp.groups.permissions import Permission
from webapp.groups.rules import Change, change_of
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.paging import page_number, page_wanted
from webapp.request_fields import is_number
from webapp.teams import queries as teams_queries
from webapp.teams import service as teams_service
from webapp.teams.balance_service import balance_of
from webapp.teams.forms import AddTeamForm, refuse_bad_names
from webapp.text import tidy

bp = Blueprint("teams", __name__)

ENTRIES_A_PAGE = 50


@bp.get("/g/<slug>/c/<int:challenge_id>/fix-teams")
@login_required
def teams(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show who runs in which team, to be changed."""
    group, challenge = challenge_here(slug, challenge_id, Permission.ASSIGN_TEAMS)
    return _teams_page(group, challenge, AddTeamForm(formdata=None))


def _teams_page(group: Group, challenge: Challenge, form: AddTeamForm, wrong: str = "") -> ResponseReturnValue:
    page = page_wanted(queries.entry_count(challenge.id), ENTRIES_A_PAGE)
    typed = {team.id: request.form.get(f"name-{team.id}", team.name) for team in challenge.teams}
    return render_template(
        "teams/teams.html",
        teams=challenge.teams,
        typed=typed,
        wrong=wrong,
        form=form,
        choices=teams_queries.team_choices(challenge, page),
        page=page,
        days_are_run=clock().today(group.tz) > challenge.ends_on,
        balance=balance_of(challenge, clock().today(group.tz)),
        **frame(group, challenge),
    )


@bp.post("/g/<slug>/c/<int:challenge_id>/fix-teams")
@login_required
def assign(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Put members into teams. Fields: team-ENTRY, each a team's id, or empty for no team; others stay as they are."""
    choices = _choices()
    with write_transaction():
        group, challenge = locked_challenge_here(slug, challenge_id, Permission.ASSIGN_TEAMS)
        before = teams_queries.team_names(choices)
        changed = teams_service.assign_teams(challenge, choices, clock().today(group.tz), clock().now())
        after = teams_queries.team_names(changed)
        for runner_id in queries.runners_of(changed):
            record_here(challenge, "member_moved", runner_id, Change(before[runner_id], after[runner_id]))
    flash("Saved." if changed else "Nothing to change.", "good")
    return _back_to_teams(slug, challenge_id)


def _names_of(challenge: Challenge) -> dict[str, str]:
    return {"teams": ", ".join(team.name for team in teams_queries.teams_of(challenge.id))}


def _choices() -> dict[int, int | None]:
    fields = {name.removeprefix("team-"): value for name, value in request.form.items() if name.startswith("team-")}
    if not all(is_number(entry) and (is_number(team) or not team) for entry, team in fields.items()):
        raise NotUnderstood()
    return {int(entry): int(team) if team else None for entry, team in list(fields.items())[:ENTRIES_A_PAGE]}


@bp.post("/g/<slug>/c/<int:challenge_id>/team-names")
@login_required
def rename_teams(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Rename teams. Fields: name-TEAM."""
    with write_transaction():
        _, challenge = locked_challenge_here(slug, challenge_id, Permission.ASSIGN_TEAMS)
        names = {team.id: tidy(request.form.get(f"name-{team.id}", team.name)) for team in challenge.teams}
        wrong = _fault_of(list(names.values()))
        before = _names_of(challenge)
        is_changed = not wrong and teams_service.rename_teams(challenge, names, clock().now())
        if is_changed:
            record_here(challenge, "teams_changed", change=change_of(before, _names_of(challenge)))
    if wrong:
        return _teams_page(
            *challenge_here(slug, challenge_id, Permission.ASSIGN_TEAMS), AddTeamForm(formdata=None), wrong
        )
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return _back_to_teams(slug, challenge_id)


@bp.post("/g/<slug>/c/<int:challenge_id>/team-more")
@login_required
def add_team(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Add a team. Field: new_team."""
    form = AddTeamForm()
    is_valid = form.validate()
    with write_transaction():
        _, challenge = locked_challenge_here(slug, challenge_id, Permission.ASSIGN_TEAMS)
        if is_valid and (wrong := _fault_of([*(team.name for team in challenge.teams), form.new_team.data or ""])):
            form.new_team.errors = [wrong]
            is_valid = False
        if is_valid:
            before = _names_of(challenge)
            teams_service.add_team(challenge, form.new_team.data, clock().now())
            record_here(challenge, "teams_changed", change=change_of(before, _names_of(challenge)))
    if not is_valid:
        return _teams_page(*challenge_here(slug, challenge_id, Permission.ASSIGN_TEAMS), form)
    flash("The team is added. Now choose who runs in it.", "good")
    return _back_to_teams(slug, challenge_id)


def _fault_of(names: list[str]) -> str:
    """Return what is wrong with the names of the teams, "" for nothing."""
    try:
        refuse_bad_names(names)
    except ValidationError as error:
        return str(error)
    return ""


def _back_to_teams(slug: str, challenge_id: int) -> ResponseReturnValue:
    page = page_number()
    return redirect(url_for("teams.teams", slug=slug, challenge_id=challenge_id, page=page if page > 1 else None))
