"""The page on which organisers say what others may read of their group; the page that others read; the picture."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import current_runner, login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.extensions import clock, limiter, settings
from webapp.formatting import Units
from webapp.group_profiles import queries, service
from webapp.group_profiles.forms import ProfileForm
from webapp.group_profiles.queries import Size, VisibleGroup
from webapp.group_profiles.rules import days_in_words, distances_in_words, paces_in_words, profile_in_words
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, locked_group
from webapp.groups.rules import NO_CHANGE, Action, change_of
from webapp.models.groups import Group
from webapp.models.words import JoinPolicy
from webapp.request_guards import accepts_pictures

bp = Blueprint("group_profiles", __name__)

WAYS_IN = {JoinPolicy.OPEN: "memberships.join_open", JoinPolicy.REQUEST: "join_requests.ask"}
bp.add_app_template_filter(days_in_words, "meeting_days")
bp.add_app_template_filter(paces_in_words, "told_paces")
bp.add_app_template_filter(distances_in_words, "told_distances")

# The address changes with the picture. No cache on the way keeps it: a group may take its page back.
KEEP_PICTURE = "private, max-age=31536000, immutable"
DESCRIPTION_CHARACTERS = 200


@bp.get("/g/<slug>/profile", endpoint="edit")
@login_required
def show_form(slug: str) -> ResponseReturnValue:
    """Show an organiser what others may read of the group."""
    group = _group_for(slug)
    return _form_page(group, ProfileForm(signed_in_runner().units, queries.profile_of(group.id), group.text))


@bp.post("/g/<slug>/profile")
@login_required
@limiter.limit("60 per hour")
@accepts_pictures
def change(slug: str) -> ResponseReturnValue:
    """Change what others may read of the group. Fields: those of ProfileForm, as multipart/form-data."""
    group = _group_for(slug)
    form = ProfileForm(signed_in_runner().units)
    if not form.validate():
        return _form_page(group, form)
    with write_transaction():
        group = _group_for(slug)
        is_changed = _save(group, form)
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return redirect(url_for("group_profiles.edit", slug=slug))


def _save(group: Group, form: ProfileForm) -> bool:
    locked_group(Group.id == group.id)
    decided: list[Action] = []
    before = {**profile_in_words(queries.profile_of(group.id)), "text": group.text}
    after = {**profile_in_words(form.profile()), "text": form.about()}
    if service.save_profile(group, form.profile(), form.about()):
        decided.append("profile_changed")
    if form.uploaded:
        service.save_picture(group.id, form.uploaded)
        decided.append("picture_changed")
    elif form.remove_picture.data and service.remove_picture(group.id):
        decided.append("picture_removed")
    for action in decided:
        change = change_of(before, after) if action == "profile_changed" else NO_CHANGE
        record_audit(group.id, action, signed_in_runner().id, clock().now(), change=change)
    return bool(decided)


def _form_page(group: Group, form: ProfileForm) -> str:
    picture = queries.pictures_of([group.id]).get(group.id)
    page = queries.profile_of(group.id)
    return render_template("group_profiles/edit.html", group=group, form=form, picture=picture, profile=page)


@bp.get("/groups/<slug>")
def page(slug: str) -> ResponseReturnValue:
    """Show what a group tells of itself to whoever may read it."""
    runner = current_runner()
    seen = queries.visible_group(slug, runner.id if runner else None)
    units = runner.units if runner else Units.KM
    response = Response(
        render_template(
            "group_profiles/page.html",
            group=seen.group,
            profile=seen.profile,
            is_member=seen.is_member,
            picture=queries.pictures_of([seen.group.id]).get(seen.group.id),
            paces=paces_in_words(seen.profile, units),
            distances=distances_in_words(seen.profile, units),
            address=settings().address,
            description=_description(seen),
            join_url=_join_url(seen.group),
        )
    )
    if seen.profile.public:
        response.headers["X-Robots-Tag"] = "all"
    return response


def _description(seen: VisibleGroup) -> str:
    """Return one line about the group, for previews of a link to its page."""
    about = " ".join(seen.group.text.split())
    description = about or f"A running group in {seen.profile.area}."
    return (
        description
        if len(description) <= DESCRIPTION_CHARACTERS
        else f"{description[: DESCRIPTION_CHARACTERS - 1].rstrip()}…"
    )


def _join_url(group: Group) -> str | None:
    """Return where a runner joins or asks to join; None where invite links are the only way in."""
    endpoint = WAYS_IN.get(group.join_policy)
    return url_for(endpoint, slug=group.slug) if endpoint else None


@bp.get("/groups/<slug>/picture/<digest>.jpg")
def picture(slug: str, digest: str) -> ResponseReturnValue:
    """Serve a group's picture to whoever may read its page."""
    return _picture(slug, digest, "whole")


@bp.get("/groups/<slug>/picture/<digest>/small.jpg")
def small_picture(slug: str, digest: str) -> ResponseReturnValue:
    """Serve a group's picture, cut to the size of a card, to whoever may read its page."""
    return _picture(slug, digest, "small")


def _picture(slug: str, digest: str, size: Size) -> Response:
    runner = current_runner()
    seen = queries.visible_group(slug, runner.id if runner else None)
    data = queries.picture_data(seen.group.id, digest, size)
    return Response(data, mimetype="image/jpeg", headers={"Cache-Control": KEEP_PICTURE})


def _group_for(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.EDIT_GROUP)[0]
