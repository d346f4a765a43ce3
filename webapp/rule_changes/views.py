"""Pages of the rules of a challenge: reading them, changing them, and what a change did."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenge_builder import preview_queries
from webapp.challenge_builder.preview_views import may_show_past_days, preview, preview_values, spent_words
from webapp.challenge_builder.rule_forms import shape_measures
from webapp.challenges.page_views import challenge_here, frame, locked_challenge_here
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.groups.permissions import Permission, may
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import Viewer
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.paging import page_wanted
from webapp.rule_changes import queries, service
from webapp.rule_changes.forms import ChangeRulesForm
from webapp.rulebook.explanations import curve, sentences
from webapp.rulebook.lifecycle import State

bp = Blueprint("rule_changes", __name__)


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
        seen = preview(slug, form.rules(), ("As they are now", now, challenge.id), dates)
        group, challenge = challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
        return _rules_form(group, challenge, form, seen)
    return _change(slug, challenge_id, form)


def _rules_form(group: Group, challenge: Challenge, form: ChangeRulesForm, seen: preview_queries.Preview | None) -> str:
    return render_template(
        "rule_changes/change_rules.html",
        is_changing=challenge.is_changing,
        has_teams=bool(challenge.teams),
        has_begun=challenge.starts_on <= clock().today(group.tz),
        form=form,
        shape_measures=shape_measures(),
        **frame(group, challenge),
        **preview_values(seen),
    )


def _change(slug: str, challenge_id: int, form: ChangeRulesForm) -> ResponseReturnValue:
    runner_id = signed_in_runner().id
    made = None
    with write_transaction():
        group, challenge = locked_challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
        now, after = clock().now(), form.rules()
        may_preview = after == challenge.rules or may_show_past_days(group, challenge.starts_on, after, runner_id, now)
        if may_preview:
            made = service.change_rules(challenge, after, form.reason.data, runner_id, now)
    if not may_preview:
        flash(f"{spent_words()} Please change the rules later.", "warn")
        group, challenge = challenge_here(slug, challenge_id, Permission.CHANGE_RULES)
        return _rules_form(group, challenge, form, None), 429
    if made is None:
        flash("The challenge already has these rules.", "good")
        return redirect(url_for("rule_changes.edit_rules", slug=slug, challenge_id=challenge_id))
    return redirect(url_for("rule_changes.changes", slug=slug, challenge_id=challenge_id))


@bp.get("/g/<slug>/c/<int:challenge_id>/rules")
def rules(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show a challenge's rules to its members: in sentences, as a drawn line, and how they changed."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    about = queries.about(challenge_id)
    is_going_on = viewer.state(now) is not State.CLOSED and viewer.frozen_at is None
    return render_template(
        "rule_changes/rules.html",
        about=about,
        sentences=sentences(about.rules, viewer.units, has_teams=about.has_teams),
        plot=curve(about.rules, viewer.units),
        changes=queries.changes_of(challenge_id, viewer.group_id, viewer.units),
        may_change=is_going_on and may(viewer, Permission.CHANGE_RULES),
        **page_context.head(viewer, now),
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/rules/changes")
def changes(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show what a change of rules did (by default the latest; `edition` names another), or its progress so far."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    part_url = url_for("rule_changes.changes_part", slug=slug, challenge_id=challenge_id, **_asked())
    return render_template(
        "rule_changes/changes.html",
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
        "rule_changes/_changes.html", {**page_context.head(viewer, now), **shown}, _tag(viewer, now, shown)
    )
    if shown["change"].done:
        answer.headers["X-Refresh"] = "done"
    return answer


def _tag(viewer: Viewer, now: datetime, shown: dict[str, Any]) -> str:
    change: queries.ShownChange = shown["change"]
    return page_context.tag_of(viewer, now, "change", change.edition, change.derived, change.done, shown["page"].number)


def _shown_change(viewer: Viewer) -> dict[str, Any]:
    known = queries.changes_of(viewer.challenge_id, viewer.group_id, viewer.units)
    asked = request.args.get("edition", type=int)
    change = next((one for one in known if asked in (None, one.edition)), None)
    if change is None:
        raise not_found()
    page = page_wanted(queries.effect_count(change, viewer), queries.PAGE)
    return {
        "change": change,
        "mine": queries.my_effect(change, viewer),
        "effects": queries.effects_page(change, viewer, page),
        "page": page,
        "page_args": {"slug": viewer.slug, "challenge_id": viewer.challenge_id, "edition": change.edition},
    }


def _asked() -> dict[str, Any]:
    wanted = {name: request.args.get(name, type=int) for name in ("edition", "page")}
    return {name: value for name, value in wanted.items() if value is not None}
