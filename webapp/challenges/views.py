"""Pages of challenges for organisers: starting one, changing it, its teams, its end."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenge_builder import views as challenge_builder
from webapp.challenges import queries, service
from webapp.challenges.forms import AddTeamForm, EditChallengeForm, StartChallengeForm, refuse_bad_names, refuse_twin
from webapp.challenges.pages import frame, is_number, page_wanted
from webapp.errors import Problem
from webapp.extensions import begin_write, clock, db
from webapp.groups.audit import note
from webapp.groups.queries import group_for_organiser, member_count
from webapp.groups.rules import Action
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.queue import ask
from webapp.rulebook.lifecycle import month_name
from webapp.rulebook.presets import TEMPLATES, template_of
from webapp.teams.balance import evenness_of
from webapp.text import tidy

bp = Blueprint("challenges", __name__)

ENTRIES_A_PAGE = 50


@bp.get("/g/<slug>/challenges/new")
@login_required
def start(slug: str) -> ResponseReturnValue:
    """Show the form that starts a challenge: from a template if one is chosen, otherwise a month's distance."""
    if template := template_of(request.args.get("template", "")):
        return challenge_builder.build_page(slug, template)
    return _start_page(slug, _start_form(slug))


@bp.post("/g/<slug>/challenges/new")
@login_required
def create(slug: str) -> ResponseReturnValue:
    """Start a challenge. Fields: those of the form that `start` shows."""
    if template := template_of(request.args.get("template", "")):
        return challenge_builder.build(slug, template)
    form = _start_form(slug)
    if not form.validate():
        return _start_page(slug, form)
    try:
        return _start(slug, form)
    except service.TwinError as problem:
        db.session.rollback()
        refuse_twin(form.name, problem)
        return _start_page(slug, form), problem.status


def _start_form(slug: str) -> StartChallengeForm:
    group, _ = group_for_organiser(slug, signed_in_runner().id)
    return StartChallengeForm(month=f"{clock().today(group.tz):%Y-%m}")


def _start_page(slug: str, form: StartChallengeForm) -> str:
    group, _ = group_for_organiser(slug, signed_in_runner().id)
    today = clock().today(group.tz)
    return render_template(
        "challenges/start.html",
        group=group,
        form=form,
        templates=TEMPLATES,
        example=month_name(today.year, today.month),
        members_count=member_count(group.id),
    )


def _start(slug: str, form: StartChallengeForm) -> ResponseReturnValue:
    begin_write()
    group, _ = group_for_organiser(slug, signed_in_runner().id)
    challenge = service.create_challenge(group, form.terms(), form.teams(), clock().now())
    _note(challenge, "challenge_made")
    challenge_id, name, has_teams = challenge.id, challenge.name, form.teams_mode.data != "none"
    is_closed = service.is_closed(challenge, clock().now())
    db.session.commit()
    ask("jobs.scoring.rederive_challenge", challenge_id)
    ask("jobs.challenges.compare", challenge_id)
    flash(f"{name} is set up, and every member is in it.", "good")
    if has_teams and not is_closed:
        return redirect(url_for("challenges.teams", slug=slug, challenge_id=challenge_id))
    return redirect(url_for("groups.group", slug=slug))


@bp.get("/g/<slug>/c/<int:challenge_id>/edit")
@login_required
def edit(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the name of a challenge and the time for late uploads."""
    group, challenge = _as_organiser(slug, challenge_id)
    return _edit_page(group, challenge, EditChallengeForm(challenge))


@bp.post("/g/<slug>/c/<int:challenge_id>/edit")
@login_required
def change(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Change both, while the challenge is not closed. Fields: those of EditChallengeForm."""
    group, challenge = _as_organiser(slug, challenge_id)
    form = EditChallengeForm(challenge)
    if not form.validate():
        return _edit_page(group, challenge, form)
    begin_write()
    _, challenge = _to_change(slug, challenge_id)
    is_changed = service.change_challenge(challenge, form.name.data, form.grace_hours.data, clock().now())
    if is_changed:
        _note(challenge, "challenge_changed")
    db.session.commit()
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return redirect(url_for("challenges.edit", slug=slug, challenge_id=challenge_id))


def _edit_page(group: Group, challenge: Challenge, form: EditChallengeForm) -> str:
    return render_template("challenges/edit.html", form=form, **frame(group, challenge))


@bp.get("/g/<slug>/c/<int:challenge_id>/delete")
@login_required
def delete(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Say what deleting a challenge means."""
    group, challenge = _as_organiser(slug, challenge_id)
    entries = queries.entry_count(challenge.id)
    return render_template("challenges/delete.html", entries=entries, **frame(group, challenge))


@bp.post("/g/<slug>/c/<int:challenge_id>/delete")
@login_required
def delete_challenge(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Delete a challenge."""
    begin_write()
    group, challenge = _to_change(slug, challenge_id)
    name = challenge.name
    service.delete_challenge(challenge)
    # The line cannot point to what is gone, so it keeps the name.
    note(group.id, "challenge_deleted", signed_in_runner().id, None, None, name, clock().now())
    db.session.commit()
    flash(f"{name} is deleted.", "good")
    return redirect(url_for("groups.group", slug=slug))


@bp.get("/g/<slug>/c/<int:challenge_id>/fix-teams")
@login_required
def teams(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show who runs in which team, to be changed."""
    group, challenge = _as_organiser(slug, challenge_id)
    return _teams_page(group, challenge, AddTeamForm(formdata=None))


def _teams_page(group: Group, challenge: Challenge, form: AddTeamForm, wrong: str = "") -> ResponseReturnValue:
    wanted = page_wanted(queries.entry_count(challenge.id), ENTRIES_A_PAGE)
    typed = {team.id: request.form.get(f"name-{team.id}", team.name) for team in challenge.teams}
    return render_template(
        "challenges/teams.html",
        teams=challenge.teams,
        typed=typed,
        wrong=wrong,
        form=form,
        choices=queries.team_choices(challenge, wanted["page"], ENTRIES_A_PAGE),
        **wanted,
        days_are_run=clock().today(group.tz) > challenge.ends_on,
        evenness=evenness_of(challenge, clock().today(group.tz)),
        **frame(group, challenge),
    )


@bp.post("/g/<slug>/c/<int:challenge_id>/fix-teams")
@login_required
def assign(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Put members into teams. Fields: team-ENTRY, each a team's id, or empty for no team; others stay as they are."""
    choices = _choices()
    begin_write()
    group, challenge = _to_change(slug, challenge_id)
    changed = service.assign_teams(challenge, choices, clock().today(group.tz), clock().now())
    for runner_id in queries.runners_of(changed):
        _note(challenge, "member_moved", runner_id)
    db.session.commit()
    if changed:
        ask("jobs.leaderboards.publish", challenge_id)
        ask("jobs.challenges.compare", challenge_id)
    flash("Saved." if changed else "Nothing to change.", "good")
    return _back_to_teams(slug, challenge_id)


def _choices() -> dict[int, int | None]:
    fields = {name.removeprefix("team-"): value for name, value in request.form.items() if name.startswith("team-")}
    if not all(is_number(entry) and (is_number(team) or not team) for entry, team in fields.items()):
        raise Problem("That did not come through", "Please go back, reload the page and try once more.")
    return {int(entry): int(team) if team else None for entry, team in list(fields.items())[:ENTRIES_A_PAGE]}


@bp.post("/g/<slug>/c/<int:challenge_id>/team-names")
@login_required
def rename_teams(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Rename teams. Fields: name-TEAM."""
    begin_write()
    group, challenge = _to_change(slug, challenge_id)
    names = {team.id: tidy(request.form.get(f"name-{team.id}", team.name)) for team in challenge.teams}
    try:
        refuse_bad_names(list(names.values()))
    except ValidationError as error:
        return _teams_page(group, challenge, AddTeamForm(formdata=None), str(error))
    is_changed = service.rename_teams(challenge, names, clock().now())
    if is_changed:
        _note(challenge, "teams_changed")
    db.session.commit()
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return _back_to_teams(slug, challenge_id)


@bp.post("/g/<slug>/c/<int:challenge_id>/team-more")
@login_required
def add_team(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Add a team. Field: new_team."""
    form = AddTeamForm()
    is_valid = form.validate()
    begin_write()
    group, challenge = _to_change(slug, challenge_id)
    try:
        refuse_bad_names([*(team.name for team in challenge.teams), form.new_team.data or ""] if is_valid else [])
    except ValidationError as error:
        form.new_team.errors = [str(error)]
        is_valid = False
    if not is_valid:
        return _teams_page(group, challenge, form)
    service.add_team(challenge, form.new_team.data, clock().now())
    _note(challenge, "teams_changed")
    db.session.commit()
    ask("jobs.challenges.compare", challenge_id)
    flash("The team is there. Now choose who runs in it.", "good")
    return _back_to_teams(slug, challenge_id)


def _back_to_teams(slug: str, challenge_id: int) -> ResponseReturnValue:
    page = request.args.get("page", 1, type=int)
    return redirect(url_for("challenges.teams", slug=slug, challenge_id=challenge_id, page=page if page > 1 else None))


def _as_organiser(slug: str, challenge_id: int) -> tuple[Group, Challenge]:
    return queries.challenge_for_organiser(slug, challenge_id, signed_in_runner().id)


def _to_change(slug: str, challenge_id: int) -> tuple[Group, Challenge]:
    return queries.challenge_to_change(slug, challenge_id, signed_in_runner().id)


def _note(challenge: Challenge, action: Action, subject_id: int | None = None) -> None:
    note(challenge.group_id, action, signed_in_runner().id, subject_id, challenge.id, "", clock().now())
