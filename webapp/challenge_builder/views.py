"""Pages that build a challenge from a preset."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenge_admin import service
from webapp.challenge_admin.forms import refuse_duplicate
from webapp.challenge_builder import preview_queries
from webapp.challenge_builder.forms import BuildChallengeForm
from webapp.challenge_builder.preview_views import Table, may_show_past_days, preview, preview_values, spent_words
from webapp.challenge_builder.proposal_queries import with_proposals
from webapp.challenge_builder.rule_forms import shape_measures
from webapp.challenges import queries
from webapp.challenges.page_views import challenge_here
from webapp.db import db, write_transaction
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.models.groups import Group
from webapp.rulebook.explanations import sentences
from webapp.rulebook.lifecycle import month_name
from webapp.rulebook.presets import PRESETS, Preset, TeamMode, WindowChoice, preset_of
from webapp.rulebook.ruleset import RuleSet
from webapp.series.service import start_series

bp = Blueprint("challenge_builder", __name__)


@bp.get("/g/<slug>/challenges/new")
@login_required
def gallery(slug: str) -> ResponseReturnValue:
    """Show the ready challenges to start from."""
    group, _ = group_for(slug, signed_in_runner().id, Permission.START_CHALLENGES)
    if preset := preset_of(request.args.get("template", "")):
        # The address of a preset before it had one of its own.
        return redirect(url_for("challenge_builder.build_page", slug=slug, preset_key=preset.key))
    return render_template("challenge_builder/gallery.html", group=group, presets=PRESETS)


@bp.post("/g/<slug>/challenges/new")
@login_required
def forward(slug: str) -> ResponseReturnValue:
    """Forward a form that was opened before each ready challenge had its own address."""
    group_for(slug, signed_in_runner().id, Permission.START_CHALLENGES)
    preset = preset_of(request.args.get("template", "")) or PRESETS[0]
    # 307: it is posted again, to the new address.
    return redirect(url_for("challenge_builder.build", slug=slug, preset_key=preset.key), 307)


@bp.get("/g/<slug>/challenges/new/<preset_key>")
@login_required
def build_page(slug: str, preset_key: str) -> ResponseReturnValue:
    """Show the form that builds a challenge from a preset. Raises NotFound if there is no such preset."""
    group, preset, form = _build_form(slug, preset_key)
    return _form(group, preset, form, None)


@bp.post("/g/<slug>/challenges/new/<preset_key>")
@login_required
def build(slug: str, preset_key: str) -> ResponseReturnValue:
    """Build a challenge from a preset, or with `preview` show what last month would have looked like."""
    return _build(slug, *_build_form(slug, preset_key))


@bp.get("/g/<slug>/c/<int:challenge_id>/copy")
@login_required
def copy_page(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the form that builds another challenge like this one."""
    group, preset, form = _copy_form(slug, challenge_id)
    return _form(group, preset, form, None)


@bp.post("/g/<slug>/c/<int:challenge_id>/copy")
@login_required
def copy(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Build another challenge like this one. Fields: as in `build`."""
    return _build(slug, *_copy_form(slug, challenge_id))


def _build(slug: str, group: Group, preset: Preset, form: BuildChallengeForm) -> ResponseReturnValue:
    if not form.validate():
        return _form(group, preset, form, None)
    if "preview" in request.form:
        seen = preview(slug, form.rules(), _table_to_compare(group, has_teams=form.has_teams))
        group, _ = group_for(slug, signed_in_runner().id, Permission.START_CHALLENGES)
        return _form(group, preset, form, seen)
    try:
        return _start(slug, preset, form)
    except service.DuplicateChallenge as problem:
        refuse_duplicate(form.name, problem)
        return _form_again(slug, preset, form), problem.status


def _build_form(slug: str, preset_key: str) -> tuple[Group, Preset, BuildChallengeForm]:
    preset = preset_of(preset_key)
    if preset is None:
        raise not_found()
    runner = signed_in_runner()
    group, _ = group_for(slug, runner.id, Permission.START_CHALLENGES)
    today = clock().today(group.tz)
    preset = with_proposals(preset, group.id, today)
    return group, preset, BuildChallengeForm(preset, today, runner.units)


def _copy_form(slug: str, challenge_id: int) -> tuple[Group, Preset, BuildChallengeForm]:
    """Return the form with the rules and teams of a challenge, which stands in for a preset."""
    group, challenge = challenge_here(slug, challenge_id, Permission.START_CHALLENGES)
    known = queries.shown(challenge, group.tz, clock().now())
    line = "It starts from the same rules and teams."
    frame: WindowChoice = known.frame.value if known.frame else "dates"
    mode = TeamMode(challenge.team_mode)
    preset = Preset("copy", f"Another {challenge.name}", line, challenge.rules, frame, renews=False, team_mode=mode)
    is_named_after_month = challenge.name == month_name(challenge.starts_on.year, challenge.starts_on.month)
    kept = {
        "name": "" if is_named_after_month else challenge.name,
        "grace_hours": challenge.grace_hours,
        "late_counts_whole": challenge.late_counts_whole,
        "team_names": "\n".join(team.name for team in challenge.teams),
        "team_count": len(challenge.teams) or None,
    }
    today, own = clock().today(group.tz), signed_in_runner().units
    return group, preset, BuildChallengeForm(preset, today, own, chosen=True, **kept)


def _form_again(slug: str, preset: Preset, form: BuildChallengeForm) -> str:
    """Show the form with all that was typed, and write nothing."""
    db.session.rollback()
    group, _ = group_for(slug, signed_in_runner().id, Permission.START_CHALLENGES)
    return _form(group, preset, form, None)


def _form(group: Group, preset: Preset, form: BuildChallengeForm, seen: preview_queries.Preview | None) -> str:
    return render_template(
        "challenge_builder/build.html",
        group=group,
        form=form,
        preset=preset,
        is_proposed=preset_of(preset.key) not in (preset, None) and not form.is_submitted(),
        sentences=sentences(form.rules_or(preset.rules), form.own, has_teams=form.has_teams),
        shape_measures=shape_measures(),
        **preview_values(seen),
    )


def _start(slug: str, preset: Preset, form: BuildChallengeForm) -> ResponseReturnValue:
    with write_transaction():
        runner_id = signed_in_runner().id
        group, _ = group_for(slug, runner_id, Permission.START_CHALLENGES)
        spec = form.spec()
        may_preview = may_show_past_days(group, spec.starts_on, spec.rules, runner_id, clock().now())
        challenge_id, name = _create(group, form, runner_id) if may_preview else (0, "")
        page, words = _next_step(spec, TeamMode(form.teams_mode.data), clock().today(group.tz))
    if not may_preview:
        flash(f"{spent_words()} Please start this challenge later, or let it begin today.", "warn")
        return _form_again(slug, preset, form), 429
    flash(f"{name} is set up, and every member is in it. {words}", "good")
    return redirect(url_for(page, slug=slug, challenge_id=challenge_id))


def _next_step(spec: service.ChallengeSpec, teams: TeamMode, today: date) -> tuple[str, str]:
    """Return the page to which a new challenge leads, and a sentence about it."""
    if teams == TeamMode.NAMED and spec.ends_on >= today:
        return "teams.teams", "Next, choose who runs in which team."
    if teams == TeamMode.PICKED and spec.starts_on > today:
        return "drafts.draft", "Next, name the captains, who then pick."
    return "rule_changes.rules", "These are its rules, as everybody reads them."


def _create(group: Group, form: BuildChallengeForm, runner_id: int) -> tuple[int, str]:
    """Create the challenge, or its series, and return its id and name."""
    now, renewal = clock().now(), form.renewal()
    if renewal:
        challenge = start_series(group, form.spec(), form.teams(), *renewal, now)
    else:
        challenge = service.create_challenge(group, form.spec(), form.teams(), now)
    record_audit(group.id, "challenge_made", runner_id, now, challenge_id=challenge.id)
    if renewal:
        record_audit(group.id, "series_made", runner_id, now, challenge_id=challenge.id)
    return challenge.id, challenge.name


def _table_to_compare(group: Group, *, has_teams: bool) -> Table:
    """Return the rules and teams that the group knows: those of its current challenge, or plain distance."""
    current = queries.current_of(queries.shown_challenges(group, clock().now()))
    if current is None:
        return "Plain distance", RuleSet(), None
    return current.name, current.rules, current.id if has_teams else None
