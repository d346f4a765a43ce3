"""The console's pages on which organisers mute members, ban them, and lift a ban."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.groups.moderation_queries import ban_count, bans_page
from webapp.groups.queries import locked_group
from webapp.invitations.service import renew_shared_link
from webapp.memberships import moderation_service as service
from webapp.memberships.forms import BanForm
from webapp.memberships.member_views import act_page, group_to_manage, member_of
from webapp.models.groups import Group
from webapp.paging import page_wanted

bp = Blueprint("moderation", __name__)

PER_PAGE = 50


@bp.get("/g/<slug>/members/<int:runner_id>/mute")
@login_required
def confirm_mute(slug: str, runner_id: int) -> ResponseReturnValue:
    """Say what muting a member means."""
    group, someone = member_of(slug, runner_id)
    return act_page(
        group,
        someone,
        title=f"Mute {someone.name}?",
        lines=[
            "From now on their words reach nobody in this group: notes and answers about runs, and names of their own "
            "choosing. Their runs count as before.",
            "The group’s page tells them so. You can unmute them at any time.",
        ],
        label=f"Mute {someone.name}",
    )


@bp.post("/g/<slug>/members/<int:runner_id>/mute")
@login_required
def mute(slug: str, runner_id: int) -> ResponseReturnValue:
    """Have a member's words reach nobody."""
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        service.mute(group, runner_id, signed_in_runner().id, clock().now())
    flash(f"{someone.name} is muted. The group’s page tells them so.", "good")
    return redirect(url_for("members.member", slug=slug, runner_id=runner_id))


@bp.post("/g/<slug>/members/<int:runner_id>/unmute")
@login_required
def unmute(slug: str, runner_id: int) -> ResponseReturnValue:
    """Unmute a member."""
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        service.unmute(group, runner_id, signed_in_runner().id, clock().now())
    flash(f"{someone.name} is no longer muted.", "good")
    return redirect(url_for("members.member", slug=slug, runner_id=runner_id))


@bp.get("/g/<slug>/members/<int:runner_id>/ban")
@login_required
def confirm_ban(slug: str, runner_id: int) -> ResponseReturnValue:
    """Say what banning a member means."""
    return _ban_page(slug, runner_id, BanForm())


@bp.post("/g/<slug>/members/<int:runner_id>/ban")
@login_required
def ban(slug: str, runner_id: int) -> ResponseReturnValue:
    """Remove a member and let them in no more. Fields: those of BanForm."""
    form = BanForm()
    if not form.validate():
        return _ban_page(slug, runner_id, form)
    with write_transaction():
        group, someone = member_of(slug, runner_id)
        locked_group(Group.id == group.id)
        service.ban(group, runner_id, form.reason.data, signed_in_runner().id, clock().now())
        if form.renew_invite.data:
            renew_shared_link(group.id, signed_in_runner().id, clock().now())
    flash(f"{someone.name} is banned.", "good")
    return redirect(url_for("moderation.bans", slug=slug))


def _ban_page(slug: str, runner_id: int, form: BanForm) -> str:
    group, someone = member_of(slug, runner_id)
    return act_page(
        group,
        someone,
        title=f"Ban {someone.name}?",
        lines=[
            f"{someone.name} is removed, loses access at once and disappears from every board of this group. Their own "
            "runs and account stay.",
            "Whatever link they use, they can only ask to join, and their request reaches nobody. They are not told. "
            "Only organisers see the reason. You can lift the ban at any time.",
        ],
        label=f"Ban {someone.name}",
        form=form,
    )


@bp.get("/g/<slug>/bans", endpoint="bans")
@login_required
def show_bans(slug: str) -> ResponseReturnValue:
    """Show who is banned from the group, and why."""
    group = group_to_manage(slug)
    page = page_wanted(ban_count(group.id), PER_PAGE)
    bans = bans_page(group.id, page)
    return render_template("memberships/bans.html", group=group, bans=bans, page=page)


@bp.post("/g/<slug>/bans/<int:ban_id>/lift")
@login_required
def unban(slug: str, ban_id: int) -> ResponseReturnValue:
    """Let a banned runner ask and be invited again."""
    with write_transaction():
        group = group_to_manage(slug)
        if not service.unban(group, ban_id, signed_in_runner().id, clock().now()):
            raise not_found()
    flash("The ban is lifted. They can ask to join, or join with an invite link.", "good")
    return redirect(url_for("moderation.bans", slug=slug))
