"""The console's pages of members: who is there, and what an organiser can do about each of them."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import NotUnderstood, not_found
from webapp.extensions import clock, limiter
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.groups.rules import NO_CHANGE, ROLE_WORDS, Action, Change
from webapp.invitations.service import renew_shared_link
from webapp.join_requests.service import invite_again
from webapp.memberships import service
from webapp.memberships.forms import RemoveMemberForm, RoleForm
from webapp.memberships.queries import ManagedMember, MemberSearch, managed_count, managed_member, managed_page
from webapp.memberships.rules import is_just_removed
from webapp.memberships.vote_queries import voters_about
from webapp.models.groups import Group
from webapp.models.words import Role
from webapp.paging import page_wanted
from webapp.request_fields import SEARCH_LIMIT, is_no_search, searched

bp = Blueprint("members", __name__)

PER_PAGE = 50


@bp.get("/g/<slug>/members", endpoint="members")
@login_required
@limiter.limit(SEARCH_LIMIT, exempt_when=is_no_search)
def show_members(slug: str) -> ResponseReturnValue:
    """Show the members, found by a part of their name or by their role (q, role), a page at a time."""
    group, wanted = group_to_manage(slug), MemberSearch(searched("q"), _role_wanted())
    count = managed_count(group.id, wanted)
    page = page_wanted(count, PER_PAGE)
    return render_template(
        "memberships/members.html",
        group=group,
        members=managed_page(group.id, signed_in_runner().id, wanted, page),
        count=count,
        page=page,
        wanted=wanted,
        roles=ROLE_WORDS,
        removed=_just_removed(group),
    )


@bp.get("/g/<slug>/members/<int:runner_id>")
@login_required
def member(slug: str, runner_id: int) -> ResponseReturnValue:
    """Show one member, with what an organiser can do about them."""
    group, someone = member_of(slug, runner_id)
    form = RoleForm(formdata=None, obj=someone)
    voters = voters_about(group.id, runner_id) if someone.is_organiser else ()
    return render_template(
        "memberships/member.html",
        group=group,
        member=someone,
        form=form,
        roles=ROLE_WORDS,
        voters=len(voters),
        have_voted=signed_in_runner().id in voters,
    )


@bp.post("/g/<slug>/members/<int:runner_id>/role")
@login_required
def set_role(slug: str, runner_id: int) -> ResponseReturnValue:
    """Give a member another role. Fields: those of RoleForm."""
    form = RoleForm()
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        if not form.validate():
            raise NotUnderstood
        role = Role(form.role.data)
        before = service.set_role(group, runner_id, role, clock().now())
        if before is not None:
            record_act(group, "role_changed", runner_id, Change(ROLE_WORDS[before], ROLE_WORDS[role]))
    flash(f"Saved. {someone.name}: {ROLE_WORDS[role].lower()}.", "good")
    return redirect(url_for("members.member", slug=slug, runner_id=runner_id))


@bp.get("/g/<slug>/members/<int:runner_id>/organiser")
@login_required
def confirm_organiser(slug: str, runner_id: int) -> ResponseReturnValue:
    """Say what making a member an organiser means."""
    group, someone = member_of(slug, runner_id)
    return act_page(
        group,
        someone,
        title=f"Make {someone.name} an organiser?",
        lines=[
            "Organisers start challenges, change teams and the group’s settings, and look after its members. Their "
            "names are marked on the group’s page.",
            "You cannot take this back by yourself: they step down, or other organisers agree on it.",
        ],
        label=f"Make {someone.name} an organiser",
    )


@bp.post("/g/<slug>/members/<int:runner_id>/organiser")
@login_required
def name_organiser(slug: str, runner_id: int) -> ResponseReturnValue:
    """Make a member an organiser."""
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        if service.name_organiser(group, runner_id, clock().now()):
            record_act(group, "organiser_named", runner_id)
    flash(f"{someone.name} is now an organiser too.", "good")
    return redirect(url_for("members.members", slug=slug))


@bp.get("/g/<slug>/members/<int:runner_id>/hand-over")
@login_required
def confirm_handing_over(slug: str, runner_id: int) -> ResponseReturnValue:
    """Say what handing the group over means."""
    group, someone = member_of(slug, runner_id)
    return act_page(
        group,
        someone,
        title=f"Hand over to {someone.name}?",
        lines=[
            f"{someone.name} is an organiser from now on, and you are a member like the others. Only they, or another "
            "organiser, can make you one again.",
            "The other organisers stay organisers.",
        ],
        label="Hand over",
    )


@bp.post("/g/<slug>/members/<int:runner_id>/hand-over")
@login_required
def hand_over(slug: str, runner_id: int) -> ResponseReturnValue:
    """Make a member an organiser and step down, in one act."""
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        if someone.is_me:
            raise not_found()
        service.hand_over(group, runner_id, signed_in_runner().id, clock().now())
        record_act(group, "group_handed_over", runner_id)
    flash(f"{someone.name} organises the group now. Thank you for all you did!", "good")
    return redirect(url_for("groups.group", slug=slug))


@bp.get("/g/<slug>/members/<int:runner_id>/remove")
@login_required
def confirm_removal(slug: str, runner_id: int) -> ResponseReturnValue:
    """Say what removing a member means."""
    group, someone = member_of(slug, runner_id)
    return act_page(
        group,
        someone,
        title=f"Remove {someone.name}?",
        lines=[
            f"{someone.name} loses access at once and disappears from every board of this group. Their own runs and "
            "account stay.",
            "It cannot be undone, since only they can agree again to what the group sees of them. For ten minutes you "
            "can invite them back.",
        ],
        label=f"Remove {someone.name}",
        form=RemoveMemberForm(),
    )


@bp.post("/g/<slug>/members/<int:runner_id>/remove")
@login_required
def remove_member(slug: str, runner_id: int) -> ResponseReturnValue:
    """Take a member out of the group. Fields: those of RemoveMemberForm."""
    form = RemoveMemberForm()
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        service.remove_member(group, runner_id, clock().now())
        record_act(group, "member_removed")
        if form.renew_invite.data:
            renew_shared_link(group.id, signed_in_runner().id, clock().now())
        group_id = group.id
    session["removed"] = [group_id, runner_id, int(clock().now().timestamp())]
    flash(f"{someone.name} is no longer in the group.", "good")
    return redirect(url_for("members.members", slug=slug))


@bp.post("/g/<slug>/members/<int:runner_id>/invite-again")
@login_required
def invite_removed(slug: str, runner_id: int) -> ResponseReturnValue:
    """Let a runner whom I removed a few minutes ago join again."""
    with write_transaction():
        group = group_to_manage(slug)
        if _just_removed(group) != runner_id:
            raise not_found()
        invite_again(group.id, runner_id, signed_in_runner().id, clock().now())
    session.pop("removed", None)
    flash("They will find the invitation on their home page. There they choose a name and agree again.", "good")
    return redirect(url_for("members.members", slug=slug))


def _just_removed(group: Group) -> int | None:
    """Return the runner whom this organiser removed from the group within the last minutes."""
    group_id, runner_id, at = session.get("removed") or (None, None, 0)
    return runner_id if group_id == group.id and is_just_removed(at, clock().now()) else None


def _role_wanted() -> Role | None:
    wanted = request.args.get("role", "")
    return Role(wanted) if wanted in set(Role) else None


# For other pages about members, too: the group, the member, and the page that confirms an act -------------------------


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
