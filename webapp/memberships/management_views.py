"""What the pages that look after members share: the group, the member, and the page that confirms an act."""

from collections.abc import Sequence

from flask import render_template
from flask_wtf import FlaskForm

from webapp.auth.session import signed_in_runner
from webapp.extensions import clock
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.groups.rules import NO_CHANGE, Action, Change
from webapp.memberships.queries import ManagedMember, managed_member
from webapp.models.groups import Group


def group_to_manage(slug: str) -> Group:
    """Return a group whose members the reader looks after. Raises NotFound."""
    return group_for(slug, signed_in_runner().id, Permission.MANAGE_MEMBERS)[0]


def member_of(slug: str, runner_id: int) -> tuple[Group, ManagedMember]:
    """Return such a group and one of its members. Raises NotFound."""
    group = group_to_manage(slug)
    return group, managed_member(group.id, runner_id, signed_in_runner().id)


def record_act(group: Group, action: Action, subject_id: int | None = None, change: Change = NO_CHANGE) -> None:
    """Write down what the reader did, and what changed."""
    record_audit(group.id, action, signed_in_runner().id, clock().now(), subject_id=subject_id, change=change)


def act_page(
    group: Group, someone: ManagedMember, *, title: str, lines: Sequence[str], label: str, form: FlaskForm | None = None
) -> str:
    """Return the page that says what an act means and asks for it; it posts to its own address."""
    words = {"title": title, "lines": lines, "label": label}
    return render_template("memberships/act.html", group=group, member=someone, form=form, **words)
