"""Pages of challenges for organisers: editing, closing and deleting one."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenge_admin import closing_service, service
from webapp.challenge_admin.forms import EditChallengeForm
from webapp.challenges import queries
from webapp.challenges.page_views import challenge_here, frame, locked_challenge_here, record_here
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.rules import change_of
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.rulebook.lifecycle import days_end_at

bp = Blueprint("challenge_admin", __name__)


@bp.get("/g/<slug>/c/<int:challenge_id>/edit")
@login_required
def edit(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the name of a challenge and the time for late uploads."""
    group, challenge = challenge_here(slug, challenge_id, Permission.EDIT_CHALLENGES)
    return _edit_page(group, challenge, EditChallengeForm(challenge, clock().now()))


@bp.post("/g/<slug>/c/<int:challenge_id>/edit")
@login_required
def change(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Change both, while the challenge is not closed. Fields: those of EditChallengeForm."""
    group, challenge = challenge_here(slug, challenge_id, Permission.EDIT_CHALLENGES)
    form = EditChallengeForm(challenge, clock().now())
    if not form.validate():
        return _edit_page(group, challenge, form)
    with write_transaction():
        _, challenge = locked_challenge_here(slug, challenge_id, Permission.EDIT_CHALLENGES)
        before = _described(challenge)
        is_changed = service.change_challenge(challenge, form.name.data, form.grace_hours.data, clock().now())
        if is_changed:
            record_here(challenge, "challenge_changed", change=change_of(before, _described(challenge)))
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return redirect(url_for("challenge_admin.edit", slug=slug, challenge_id=challenge_id))


def _described(challenge: Challenge) -> dict[str, str]:
    return {"name": challenge.name, "late runs": f"{challenge.grace_hours} hours"}


def _edit_page(group: Group, challenge: Challenge, form: EditChallengeForm) -> str:
    return render_template("challenge_admin/edit.html", form=form, **frame(group, challenge))


@bp.get("/g/<slug>/c/<int:challenge_id>/close")
@login_required
def close(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Say what closing a challenge now means, or from when on that is possible."""
    group, challenge = challenge_here(slug, challenge_id, Permission.CLOSE_CHALLENGES)
    days_end = days_end_at(challenge.ends_on).astimezone(ZoneInfo(group.tz))
    return render_template("challenge_admin/close.html", days_end=days_end, **frame(group, challenge))


@bp.post("/g/<slug>/c/<int:challenge_id>/close")
@login_required
def close_challenge(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Close a challenge now, once its days are over."""
    with write_transaction():
        _, challenge = locked_challenge_here(slug, challenge_id, Permission.CLOSE_CHALLENGES)
        name, is_new = challenge.name, closing_service.close(challenge, clock().now())
        if is_new:
            record_here(challenge, "challenge_closed_early")
    flash(f"{name} is closed." if is_new else f"{name} was closed already.", "good")
    return redirect(url_for("board.board", slug=slug, challenge_id=challenge_id))


@bp.get("/g/<slug>/c/<int:challenge_id>/delete")
@login_required
def delete(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Say what deleting a challenge means."""
    group, challenge = challenge_here(slug, challenge_id, Permission.EDIT_CHALLENGES)
    entries = queries.entry_count(challenge.id)
    return render_template("challenge_admin/delete.html", entries=entries, **frame(group, challenge))


@bp.post("/g/<slug>/c/<int:challenge_id>/delete")
@login_required
def delete_challenge(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Delete a challenge."""
    with write_transaction():
        group, challenge = locked_challenge_here(slug, challenge_id, Permission.EDIT_CHALLENGES)
        name = challenge.name
        service.delete_challenge(challenge)
        # The log line cannot refer to a deleted row, so it keeps the name.
        record_audit(group.id, "challenge_deleted", signed_in_runner().id, clock().now(), words=name)
    flash(f"{name} is deleted.", "good")
    return redirect(url_for("groups.group", slug=slug))
