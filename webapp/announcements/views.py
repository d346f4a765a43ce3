"""The page of a group's announcements, and the forms on which organisers write them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.announcements import queries, service
from webapp.announcements.forms import AnnouncementForm
from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, may_now
from webapp.markdown import markdown
from webapp.models.announcements import Announcement
from webapp.models.groups import Group
from webapp.paging import page_wanted

bp = Blueprint("announcements", __name__)
bp.add_app_template_filter(markdown)

PER_PAGE = 20


@bp.get("/g/<slug>/announcements", endpoint="announcements")
@login_required
def show_announcements(slug: str) -> ResponseReturnValue:
    """Show what the group was told; organisers see what has ended as well."""
    group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    writes, today = may_now(me, Permission.ANNOUNCE), clock().today(group.tz)
    page = page_wanted(queries.announcement_count(group.id, None if writes else today), PER_PAGE)
    found = queries.announcements_page(group.id, today, page, with_ended=writes)
    return render_template(
        "announcements/announcements.html",
        group=group,
        announcements=found,
        page=page,
        writes=writes,
        this_year=today.year,
    )


@bp.get("/g/<slug>/announcements/new", endpoint="new")
@login_required
def show_form(slug: str) -> ResponseReturnValue:
    """Show the form that announces something."""
    group = _group_for(slug)
    return _form_page(group, AnnouncementForm(clock().today(group.tz)), None)


@bp.post("/g/<slug>/announcements/new")
@login_required
@limiter.limit("30 per hour")
def post(slug: str) -> ResponseReturnValue:
    """Announce something. Fields: those of AnnouncementForm; preview to read it first."""
    group = _group_for(slug)
    form = AnnouncementForm(clock().today(group.tz))
    if not form.validate() or "preview" in request.form:
        return _form_page(group, form, None)
    with write_transaction():
        group = _group_for(slug)
        made = service.post_announcement(group.id, form.draft(), signed_in_runner().id, clock().now())
    flash("Announced. Members see it on the group’s page and on their home page.", "good")
    return redirect(url_for("announcements.announcements", slug=slug, _anchor=f"announcement-{made}"))


@bp.get("/g/<slug>/announcements/<int:announcement_id>", endpoint="edit")
@login_required
def show_edit_form(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Show the form that changes an announcement."""
    group, found = _found(slug, announcement_id)
    return _form_page(group, AnnouncementForm(clock().today(group.tz), found), found)


@bp.post("/g/<slug>/announcements/<int:announcement_id>")
@login_required
@limiter.limit("60 per hour")
def change(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Change an announcement. Fields: those of AnnouncementForm; preview to read it first."""
    group, found = _found(slug, announcement_id)
    form = AnnouncementForm(clock().today(group.tz))
    if not form.validate() or "preview" in request.form:
        return _form_page(group, form, found)
    with write_transaction():
        group = _group_for(slug)
        actor_id, now = signed_in_runner().id, clock().now()
        is_changed = service.change_announcement(group.id, announcement_id, form.draft(), actor_id, now)
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return redirect(url_for("announcements.announcements", slug=slug, _anchor=f"announcement-{announcement_id}"))


@bp.post("/g/<slug>/announcements/<int:announcement_id>/delete")
@login_required
def delete(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Delete an announcement."""
    with write_transaction():
        group = _group_for(slug)
        if not service.delete_announcement(group.id, announcement_id, signed_in_runner().id, clock().now()):
            raise not_found()
    flash("The announcement is deleted.")
    return redirect(url_for("announcements.announcements", slug=slug))


def _group_for(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.ANNOUNCE)[0]


def _found(slug: str, announcement_id: int) -> tuple[Group, Announcement]:
    group = _group_for(slug)
    found = queries.announcement_of(group.id, announcement_id)
    if found is None:
        raise not_found()
    return group, found


def _form_page(group: Group, form: AnnouncementForm, announcement: Announcement | None) -> str:
    preview = form.text.data if "preview" in request.form and not form.errors else None
    return render_template(
        "announcements/edit.html", group=group, form=form, announcement=announcement, preview=preview
    )
