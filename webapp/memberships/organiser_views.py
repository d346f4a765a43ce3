"""Pages on which organisers change a group: its name and time zone, and how runners join."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import NotUnderstood
from webapp.extensions import clock
from webapp.groups import queries
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.rules import NO_CHANGE, Action, Change, change_of
from webapp.memberships import service
from webapp.memberships.forms import JOIN_POLICY_WORDS, AboutForm, JoinPolicyForm
from webapp.models.groups import Group
from webapp.models.words import JoinPolicy

bp = Blueprint("group_settings", __name__)


@bp.get("/g/<slug>/settings", endpoint="settings")
@login_required
def show_settings(slug: str) -> ResponseReturnValue:
    """Show an organiser the group's name and time zone, how runners join, and what else they can decide."""
    group = _group_for(slug, Permission.EDIT_GROUP)
    return _settings_page(group, AboutForm(group))


@bp.post("/g/<slug>/settings")
@login_required
def change(slug: str) -> ResponseReturnValue:
    """Change the group's name and time zone. Fields: those of AboutForm."""
    group = _group_for(slug, Permission.EDIT_GROUP)
    form = AboutForm(group)
    if not form.validate():
        return _settings_page(group, form)
    with write_transaction():
        group = _group_for(slug, Permission.EDIT_GROUP)
        before = _described(group)
        is_changed = service.change_group(group, form.about(group.text))
        if is_changed:
            _record(group, "group_changed", change_of(before, _described(group)))
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return redirect(url_for("group_settings.settings", slug=slug))


def _settings_page(group: Group, form: AboutForm) -> str:
    only_organiser = queries.organiser_count(group.id) < 2
    return render_template(
        "memberships/settings.html",
        group=group,
        form=form,
        joining=JoinPolicyForm(formdata=None, obj=group),
        only_organiser=only_organiser,
    )


@bp.post("/g/<slug>/settings/joining")
@login_required
def change_joining(slug: str) -> ResponseReturnValue:
    """Change how runners can join besides by an invite link. Fields: those of JoinPolicyForm."""
    form = JoinPolicyForm()
    with write_transaction():
        group = _group_for(slug, Permission.EDIT_GROUP)
        if not form.validate():
            raise NotUnderstood
        before, after = group.join_policy, JoinPolicy(form.join_policy.data)
        if service.change_join_policy(group, after):
            _record(group, "joining_changed", Change(JOIN_POLICY_WORDS[before], JOIN_POLICY_WORDS[after]))
    flash("Saved.", "good")
    return redirect(url_for("group_settings.settings", slug=slug, _anchor="joining"))


@bp.post("/g/<slug>/step-down")
@login_required
def step_down(slug: str) -> ResponseReturnValue:
    """Become a plain member again."""
    with write_transaction():
        group = _group_for(slug, Permission.MANAGE_MEMBERS)
        service.step_down(group, signed_in_runner().id)
        _record(group, "organiser_left")
    flash("You are a member like the others now. Thank you for organising!", "good")
    return redirect(url_for("groups.group", slug=slug))


def _group_for(slug: str, permission: Permission) -> Group:
    return queries.group_for(slug, signed_in_runner().id, permission)[0]


def _described(group: Group) -> dict[str, str]:
    return {"name": group.name, "time zone": group.tz}


def _record(group: Group, action: Action, change: Change = NO_CHANGE) -> None:
    record_audit(group.id, action, signed_in_runner().id, clock().now(), change=change)
