"""Switching one thing on or off with one tap, from the page that is about it."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import consent_of, group_for
from webapp.memberships.consent_service import change_consent
from webapp.privacy.queries import is_given
from webapp.privacy.switch_rules import CALL_OUTS, MISSING, NUDGES, Switch
from webapp.privacy.text_rules import covers

bp = Blueprint("switches", __name__)

# The page that is about each of them, and says what it shows to whom.
PAGES = {MISSING: "missing_members.missing", NUDGES: "nudges.nudges", CALL_OUTS: "call_outs.call_outs"}
BY_NAME = {switch.name: switch for switch in PAGES}


@bp.post("/g/<slug>/me/switches/<name>")
@login_required
@limiter.limit("60 per hour")
def switch(slug: str, name: str) -> ResponseReturnValue:
    """Switch one thing on or off. Field: on (a checkbox). A member with an older text reads the new one first."""
    wanted, is_on = BY_NAME.get(name), "on" in request.form
    if wanted is None:
        raise not_found()
    with write_transaction():
        group, me = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
        is_done = _switch(group.id, me.runner_id, wanted, is_on=is_on)
    if not is_done:
        flash("Please read what has changed and agree to it first.", "warn")
        return redirect(url_for("memberships.my_consent", slug=slug))
    flash("It is on." if is_on else "It is off, from this moment on.", "good")
    return redirect(url_for(PAGES[wanted], slug=slug))


def _switch(group_id: int, runner_id: int, wanted: Switch, *, is_on: bool) -> bool:
    consent = consent_of(group_id, runner_id)
    if consent is None or not is_given(consent) or (is_on and not covers(consent.text_version, wanted)):
        return False
    change_consent(group_id, runner_id, consent.level, {wanted: is_on}, clock().now())
    return True
