"""The page about being missing: of whom I read it, when I am, and who reads it of me."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.buddies.queries import buddies_of
from webapp.db import write_transaction
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import consent_of, group_for, may_now
from webapp.missing_members import queries, service
from webapp.missing_members.forms import MissingForm
from webapp.models.groups import Group, Membership
from webapp.privacy.switch_rules import MISSING

bp = Blueprint("missing_members", __name__)


@bp.get("/g/<slug>/missing", endpoint="missing")
@login_required
def show_missing(slug: str) -> ResponseReturnValue:
    """Show who is missing, as far as I may know, and what I chose about myself."""
    group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    return _page(group, me, _form(group, me))


@bp.post("/g/<slug>/missing")
@login_required
@limiter.limit("60 per hour")
def save(slug: str) -> ResponseReturnValue:
    """Say when I am missing and who reads it. Fields: those of MissingForm."""
    group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    form = _form(group, me)
    if not form.validate():
        return _page(group, me, form)
    with write_transaction():
        group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
        service.store_choice(group, me.runner_id, form.wanted(), clock().now())
    flash("Saved.", "good")
    return redirect(url_for("missing_members.missing", slug=slug))


def _form(group: Group, me: Membership) -> MissingForm:
    present = queries.choice_of(group.id, me.runner_id)
    return MissingForm(present, buddies_of(group.id, group.slug, me.runner_id))


def _page(group: Group, me: Membership, form: MissingForm) -> str:
    now, consent = clock().now(), consent_of(group.id, me.runner_id)
    return render_template(
        "missing_members/missing.html",
        group=group,
        missing=queries.missing_for(group, me, now),
        reads_of_all=may_now(me, Permission.SEE_MISSING),
        form=form,
        switch=MISSING,
        is_on=queries.is_switched_on(group.id, me.runner_id),
        preview=queries.preview_of(group, me, consent.shown_name if consent else "", now),
    )
