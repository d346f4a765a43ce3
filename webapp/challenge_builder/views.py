"""Pages of rules: building a challenge from a preset, reading its rules, changing them, and what a change did."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenge_admin import service
from webapp.challenge_admin.forms import refuse_duplicate
from webapp.challenge_builder import preview_queries
from webapp.challenge_builder.forms import BuildChallengeForm, ChangeRulesForm
from webapp.challenge_builder.preview_quota_service import spend_past_board, spend_preview
from webapp.challenge_builder.proposal_queries import with_proposals
from webapp.challenge_builder.rule_forms import shape_measures
from webapp.challenges import queries
from webapp.challenges.page_views import challenge_here, frame, locked_challenge_here
from webapp.db import db, write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, settings
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import group_for
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import Viewer
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.paging import page_wanted
from webapp.rule_changes import queries as change_queries
from webapp.rule_changes import service as rule_changes
from webapp.rulebook.coarse_bounds import reveals_runs
from webapp.rulebook.explanations import curve, sentences
from webapp.rulebook.presets import PRESETS, Preset, TeamMode, preset_of
from webapp.rulebook.preview_sentences import on_goal, on_people, on_teams
from webapp.rulebook.ruleset import RuleSet
from webapp.series.service import start_series

bp = Blueprint("challenge_builder", __name__)

# The title and rules of a table to compare with, and the challenge whose teams score in a preview.
_Table = tuple[str, RuleSet, int | None]


@bp.get("/g/<slug>/challenges/new")
@login_required
def gallery(slug: str) -> ResponseReturnValue:
    """Show the ready challenges to begin from."""
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
    group, preset, form = _build_form(slug, preset_key)
    if not form.validate():
        return _form(group, preset, form, None)
    if "preview" in request.form:
        seen = _preview(slug, form.rules(), _table_to_compare(group, has_teams=form.has_teams))
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
        is_proposed=preset != preset_of(preset.key) and not form.is_submitted(),
        sentences=sentences(form.rules_or(preset.rules), form.own, has_teams=form.has_teams),
        shape_measures=shape_measures(),
        **_seen(seen),
    )


def _start(slug: str, preset: Preset, form: BuildChallengeForm) -> ResponseReturnValue:
    with write_transaction():
        runner_id = signed_in_runner().id
        group, _ = group_for(slug, runner_id, Permission.START_CHALLENGES)
        spec = form.spec()
        may_preview = _may_preview(group, spec.starts_on, spec.rules, runner_id, clock().now())
        challenge_id, name = _create(group, form, runner_id) if may_preview else (0, "")
        page, words = _next_step(spec, TeamMode(form.teams_mode.data), clock().today(group.tz))
    if not may_preview:
        flash(f"{_spent()} Please start this challenge later, or let it begin today.", "warn")
        return _form_again(slug, preset, form), 429
    flash(f"{name} is set up, and every member is in it. {words}", "good")
    return redirect(url_for(page, slug=slug, challenge_id=challenge_id))


def _next_step(spec: service.ChallengeSpec, teams: TeamMode, today: date) -> tuple[str, str]:
    """Return the page to which a new challenge leads, and a sentence about it."""
    if teams == TeamMode.NAMED and spec.ends_on >= today:
        return "teams.teams", "Next, choose who runs in which team."
    if teams == TeamMode.PICKED and spec.starts_on > today:
        return "drafts.draft", "Next, name the captains, who then pick."
    return "challenge_builder.rules", "These are its rules, as everybody reads them."


def _create(group: Group, form: BuildChallengeForm, runner_id: int) -> tuple[int, str]:
    """Create the challenge, or its series, and return its id and name."""
    now, renewal = clock().now(), form.renewal()
    if renewal:
        challenge = start_series(group, form.spec(), form.teams(), *renewal, now)
    else:
        challenge = service.create_challenge(group, form.spec(), form.teams(), now)
    record_audit(group.id, "challenge_made", runner_id, None, challenge.id, "", now)
    if renewal:
        record_audit(group.id, "series_made", runner_id, None, challenge.id, "", now)
    return challenge.id, challenge.name


def _may_preview(group: Group, starts_on: date, rules: RuleSet, runner_id: int, now: datetime) -> bool:
    """Return whether a board by these rules may show the days from `starts_on` on: past days are counted."""
    if starts_on >= clock().today(group.tz) or not reveals_runs(rules):
        return True
    return spend_past_board(runner_id, settings().previews_a_day, now)


def _spent() -> str:
    return (
        f"You have had {settings().previews_a_day} previews within 24 hours. "
        "A challenge over past days with such rules counts as one."
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/rules/edit")
@login_required
def edit_rules(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the rules of a challenge in the form that changes them."""
    runner = signed_in_runner()
    group, challenge = challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
    return _rules_form(group, challenge, ChangeRulesForm(runner.units, challenge.rules), None)


@bp.post("/g/<slug>/c/<int:challenge_id>/rules/edit")
@login_required
def change(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Change the rules of a challenge that is not closed. Fields: those of ChangeRulesForm; preview to look first."""
    runner = signed_in_runner()
    group, challenge = challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
    now = challenge.rules
    form = ChangeRulesForm(runner.units, now)
    if not form.validate():
        return _rules_form(group, challenge, form, None)
    if "preview" in request.form:
        dates = challenge.starts_on, challenge.ends_on
        seen = _preview(slug, form.rules(), ("As they are now", now, challenge.id), dates)
        group, challenge = challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
        return _rules_form(group, challenge, form, seen)
    return _change(slug, challenge_id, form)


def _rules_form(group: Group, challenge: Challenge, form: ChangeRulesForm, seen: preview_queries.Preview | None) -> str:
    return render_template(
        "challenge_builder/change_rules.html",
        is_changing=challenge.is_changing,
        has_teams=bool(challenge.teams),
        has_begun=challenge.starts_on <= clock().today(group.tz),
        form=form,
        shape_measures=shape_measures(),
        **frame(group, challenge),
        **_seen(seen),
    )


def _change(slug: str, challenge_id: int, form: ChangeRulesForm) -> ResponseReturnValue:
    runner_id = signed_in_runner().id
    made = None
    with write_transaction():
        group, challenge = locked_challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
        now, after = clock().now(), form.rules()
        may_preview = after == challenge.rules or _may_preview(group, challenge.starts_on, after, runner_id, now)
        if may_preview:
            made = rule_changes.change_rules(challenge, after, form.reason.data, runner_id, now)
    if not may_preview:
        flash(f"{_spent()} Please change the rules later.", "warn")
        group, challenge = challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
        return _rules_form(group, challenge, form, None), 429
    if made is None:
        flash("The challenge already has these rules.", "good")
        return redirect(url_for("challenge_builder.edit_rules", slug=slug, challenge_id=challenge_id))
    return redirect(url_for("challenge_builder.changes", slug=slug, challenge_id=challenge_id))


def _preview(
    slug: str, rules: RuleSet, beside: _Table, dates: tuple[date, date] | None = None
) -> preview_queries.Preview | None:
    """Return a preview, noted in the group's log; None, with a message, if the day's previews are used up.

    `dates`: those of the challenge that gets the rules. Its days so far are shown; before the first, the last month is.
    """
    with write_transaction():
        runner_id = signed_in_runner().id
        group, _ = group_for(slug, runner_id, Permission.PREVIEW_RULES)
        may_see = spend_preview(group.id, runner_id, rules, settings().previews_a_day, clock().now())
    if not may_see:
        flash(f"{_spent()} Please try again later.", "warn")
        return None
    group, _ = group_for(slug, runner_id, Permission.PREVIEW_RULES)
    today = clock().today(group.tz)
    title, known, teams_of = beside
    so_far = preview_queries.window_so_far(*dates, today) if dates else None
    return preview_queries.preview(
        group.id,
        runner_id,
        today,
        so_far or preview_queries.window_before(group.id, today),
        [("These rules", rules), (title, known)],
        preview_queries.teams_in(teams_of) if teams_of else {},
        chosen_dates=so_far is not None,
    )


def _table_to_compare(group: Group, *, has_teams: bool) -> _Table:
    """Return the rules and teams that the group knows: those of its current challenge, or plain distance."""
    current = queries.current_of(queries.shown_challenges(group, clock().now()))
    if current is None:
        return "Plain distance", RuleSet(), None
    return current.name, current.rules, current.id if has_teams else None


def _seen(seen: preview_queries.Preview | None) -> dict[str, Any]:
    units = signed_in_runner().units
    words = [sentences(side.rules, units, has_teams=False) for side in seen.sides] if seen else []
    return {"preview": seen, "preview_words": words, "preview_changes": _changes(seen, units), "units": units}


def _changes(seen: preview_queries.Preview | None, units: str) -> list[str]:
    """Return who would win and move, where both tables are by name."""
    if seen is None or any(side.is_mine_only for side in seen.sides):
        return []
    after, before = seen.sides
    unit = after.rules.unit
    if after.rules.group_goal is not None:
        return [on_goal(after.rules.group_goal, after.rows, unit, units)]
    return [*on_teams(after.team_scores, unit, units), *on_people(before.rows, after.rows, unit, units)]


@bp.get("/g/<slug>/c/<int:challenge_id>/rules")
def rules(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show a challenge's rules to its members: in sentences, as a drawn line, and how they changed."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    about = change_queries.about(challenge_id)
    return render_template(
        "challenge_builder/rules.html",
        about=about,
        sentences=sentences(about.rules, viewer.units, has_teams=about.has_teams),
        plot=curve(about.rules, viewer.units),
        changes=change_queries.changes_of(challenge_id, viewer.group_id, viewer.units),
        may_change=may(viewer, Permission.CHANGE_RULES) and viewer.state(now) != "closed" and viewer.frozen_at is None,
        **page_context.head(viewer, now),
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/rules/changes")
def changes(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show what a change of rules did (by default the latest; `edition` names another), or its progress so far."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    part_url = url_for("challenge_builder.changes_part", slug=slug, challenge_id=challenge_id, **_asked())
    return render_template(
        "challenge_builder/changes.html",
        refresh_url=part_url,
        **page_context.head(viewer, now),
        **_shown_change(viewer),
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/rules/changes/part")
def changes_part(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the live part of it."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    shown = _shown_change(viewer)
    answer = page_context.part(
        "challenge_builder/_changes.html", {**page_context.head(viewer, now), **shown}, _tag(viewer, now, shown)
    )
    if shown["change"].done:
        answer.headers["X-Refresh"] = "done"
    return answer


def _tag(viewer: Viewer, now: datetime, shown: dict[str, Any]) -> str:
    change: change_queries.ShownChange = shown["change"]
    return page_context.tag_of(viewer, now, "change", change.edition, change.derived, change.done, shown["page"].number)


def _shown_change(viewer: Viewer) -> dict[str, Any]:
    known = change_queries.changes_of(viewer.challenge_id, viewer.group_id, viewer.units)
    asked = request.args.get("edition", type=int)
    change = next((one for one in known if asked in (None, one.edition)), None)
    if change is None:
        raise not_found()
    page = page_wanted(change_queries.effect_count(change, viewer), change_queries.PAGE)
    return {
        "change": change,
        "mine": change_queries.my_effect(change, viewer),
        "effects": change_queries.effects_page(change, viewer, page),
        "page": page,
        "page_args": {"slug": viewer.slug, "challenge_id": viewer.challenge_id, "edition": change.edition},
    }


def _asked() -> dict[str, Any]:
    wanted = {name: request.args.get(name, type=int) for name in ("edition", "page")}
    return {name: value for name, value in wanted.items() if value is not None}
