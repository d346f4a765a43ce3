"""The page on which a runner chooses what they are told."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import db, write_transaction
from webapp.extensions import limiter
from webapp.mail.queries import deliverable
from webapp.models.notifications import NotificationSettings
from webapp.notifications import choice_queries, choice_service
from webapp.notifications.channel_service import SENDERS
from webapp.notifications.choice_forms import ChoiceForm
from webapp.notifications.kind_rules import BY_SECTION
from webapp.notifications.push_queries import push_page

bp = Blueprint("notification_choices", __name__)
write_limit = limiter.shared_limit("120 per hour", scope="notification_choices")


@bp.get("/notifications/settings", endpoint="page")
@login_required
def show() -> ResponseReturnValue:
    """Show what I am told by which channel, and my quiet hours."""
    runner_id = signed_in_runner().id
    return _page(_form(runner_id), runner_id)


@bp.post("/notifications/settings")
@login_required
@write_limit
def save() -> ResponseReturnValue:
    """Save what I am told, and when. Fields: those of ChoiceForm."""
    runner_id = signed_in_runner().id
    form = _form(runner_id)
    if not form.validate():
        return _page(form, runner_id)
    zone, urgent = form.time_zone.data or None, form.urgent_in_quiet.data
    with write_transaction():
        choice_service.choose_many(runner_id, form.choices(request.form.getlist("wanted")))
        choice_service.save_settings(runner_id, zone, *form.quiet_hours(), urgent_in_quiet=urgent)
    flash("Saved.", "good")
    return redirect(url_for("notification_choices.page"))


def _form(runner_id: int) -> ChoiceForm:
    return ChoiceForm(choice_queries.settings_of(runner_id), choice_queries.usual_zone(runner_id))


def _page(form: ChoiceForm, runner_id: int) -> str:
    chosen = choice_queries.choices_of(runner_id)
    if form.is_submitted():
        chosen |= form.choices(request.form.getlist("wanted"))
    return render_template(
        "notifications/settings.html",
        form=form,
        sections=BY_SECTION,
        channels=tuple(SENDERS),
        chosen=chosen,
        is_new=db.session.get(NotificationSettings, runner_id) is None,
        has_mail=bool(deliverable([runner_id])),
        push=push_page(runner_id),
    )
