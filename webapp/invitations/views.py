"""The console's page of invite links, and one to print with its code to scan."""

import segno
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter, settings
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.groups.rules import ROLE_WORDS, Action
from webapp.invitations import queries, service
from webapp.invitations.forms import InvitationForm
from webapp.invitations.rules import last_day
from webapp.models.groups import Group

bp = Blueprint("invitations", __name__)
bp.add_app_template_filter(last_day)


@bp.get("/g/<slug>/invitations", endpoint="invitations")
@login_required
def show_invitations(slug: str) -> ResponseReturnValue:
    """Show the group's invite links, and the form that makes one."""
    group = _group_for(slug)
    return _page(group, InvitationForm(clock().now(), group.tz))


@bp.post("/g/<slug>/invitations")
@login_required
@limiter.limit("60 per hour")
def make(slug: str) -> ResponseReturnValue:
    """Make an invite link. Fields: those of InvitationForm."""
    group, now = _group_for(slug), clock().now()
    form = InvitationForm(now, group.tz)
    if not form.validate():
        return _page(group, form)
    with write_transaction():
        group = _group_for(slug)
        limits = form.limits()
        made = service.make_invitation(group.id, limits, signed_in_runner().id, now)
        _record(group, "invitation_made", limits.in_words(group.tz))
        invitation_id = made.id
    flash("Here is the new link.", "good")
    return redirect(url_for("invitations.invitations", slug=slug, _anchor=f"link-{invitation_id}"))


@bp.post("/g/<slug>/invitations/<int:invitation_id>/revoke")
@login_required
def revoke(slug: str, invitation_id: int) -> ResponseReturnValue:
    """Take a link back."""
    with write_transaction():
        group = _group_for(slug)
        if service.revoke_invitation(group.id, invitation_id, clock().now()):
            _record(group, "invitation_revoked")
    flash("The link is taken back. Nobody can join with it any more.", "good")
    return redirect(url_for("invitations.invitations", slug=slug))


@bp.get("/g/<slug>/invitations/<int:invitation_id>")
@login_required
def poster(slug: str, invitation_id: int) -> ResponseReturnValue:
    """Show one open link with its code to scan, to be printed."""
    group = _group_for(slug)
    found = next((one for one in _listed(group) if one.id == invitation_id and one.is_open), None)
    if found is None:
        raise not_found()
    address = address_of(found.token)
    code = Markup(segno.make_qr(address, error="m").svg_inline(omitsize=True, light="#fff", border=4))  # noqa: S704  # the library's own drawing
    return render_template("invitations/poster.html", group=group, one=found, address=address, code=code)


def address_of(token: str) -> str:
    """Return the whole address of an invite link."""
    return settings().address + url_for("memberships.join", invite=token)


def _page(group: Group, form: InvitationForm) -> str:
    listed = _listed(group)
    return render_template(
        "invitations/invitations.html",
        group=group,
        form=form,
        open_ones=[(one, address_of(one.token)) for one in listed if one.is_open],
        others=[one for one in listed if not one.is_open],
        roles=ROLE_WORDS,
        this_year=clock().today(group.tz).year,
    )


def _listed(group: Group) -> list[queries.ListedInvitation]:
    return queries.listed_invitations(group.id, clock().now())


def _group_for(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.MANAGE_INVITATIONS)[0]


def _record(group: Group, action: Action, words: str = "") -> None:
    record_audit(group.id, action, signed_in_runner().id, clock().now(), words=words)
