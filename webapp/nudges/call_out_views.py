"""Calling each other out of bed, among members who switched that on."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.buddies.queries import named_members
from webapp.db import write_transaction
from webapp.errors import NotUnderstood
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.nudges import queries, service
from webapp.nudges.rules import CALL_OUTS
from webapp.paging import Page, page_number
from webapp.privacy import switch_rules
from webapp.request_fields import is_number

bp = Blueprint("call_outs", __name__)
MAX_PAGES = 500


@bp.get("/g/<slug>/call-outs", endpoint="call_outs")
@login_required
def show_call_outs(slug: str) -> ResponseReturnValue:
    """Show the members who can be called out, to those who can be, too."""
    group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    is_on = queries.calls_out(group.id, me.runner_id)
    number, today = page_number(MAX_PAGES), clock().today(group.tz)
    found, page = queries.callable_page(group, me.runner_id, number, today) if is_on else ([], Page(1, 1))
    return render_template(
        "nudges/call_outs.html",
        group=group,
        members=found,
        words=CALL_OUTS,
        page=page,
        switch=switch_rules.CALL_OUTS,
        is_on=is_on,
    )


@bp.post("/g/<slug>/call-outs/<int:runner_id>")
@login_required
@limiter.limit("30 per hour")
def call(slug: str, runner_id: int) -> ResponseReturnValue:
    """Call a member out of bed. Field: words (the number of the ready words)."""
    group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    words = request.form.get("words", "")
    if not is_number(words) or int(words) >= len(CALL_OUTS):
        raise NotUnderstood
    with write_transaction():
        group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
        sent = service.call_out(group, me, runner_id, int(words), clock().now())
        name = named_members(group.id, group.slug, {runner_id})[0].name
        text = sent.text
    flash(f"Sent to {name}: “{text}”", "good")
    return redirect(url_for("call_outs.call_outs", slug=slug))
