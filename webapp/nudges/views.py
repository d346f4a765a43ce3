"""Messages of one member to another: writing one, those I got, and those I sent."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.buddies.queries import NamedMember, named_members
from webapp.db import write_transaction
from webapp.errors import NotUnderstood, not_found
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import consent_of, group_for
from webapp.models.groups import Group, Membership
from webapp.nudges import queries, service
from webapp.nudges.forms import NudgeForm
from webapp.nudges.rules import drafts
from webapp.privacy.queries import switched_on
from webapp.privacy.switch_rules import NUDGES
from webapp.request_fields import is_number, number_in

bp = Blueprint("nudges", __name__)
send_limit = limiter.shared_limit("30 per hour", scope="nudges")


@bp.get("/g/<slug>/nudges", endpoint="nudges")
@login_required
def show_nudges(slug: str) -> ResponseReturnValue:
    """Show what members wrote to me in the last weeks, what I wrote, and whether they may."""
    group, me = _place(slug)
    now = clock().now()
    return render_template(
        "nudges/nudges.html",
        group=group,
        received=queries.received(group, me.runner_id, now),
        sent=queries.sent(group, me.runner_id, now),
        switch=NUDGES,
        is_on=switched_on(NUDGES, consent_of(group.id, me.runner_id)),
    )


@bp.get("/g/<slug>/nudges/to/<int:runner_id>")
@login_required
def write(slug: str, runner_id: int) -> ResponseReturnValue:
    """Show drafts of a message to a member, of which one can be edited and sent (draft: its number)."""
    group, me = _place(slug)
    to = _receiver(group, me, runner_id)
    if runner_id not in queries.who_can_be_nudged(group, me, {runner_id}, clock().now()):
        raise service.CannotBeReached
    return _write_page(group, me, to, None)


@bp.post("/g/<slug>/nudges")
@login_required
@send_limit
def send(slug: str) -> ResponseReturnValue:
    """Send a member a message. Fields: to (a runner), text."""
    group, me = _place(slug)
    to, form = _receiver(group, me, number_in("to")), NudgeForm()
    if not form.validate():
        return _write_page(group, me, to, form)
    with write_transaction():
        group, me = _place(slug)
        service.send_nudge(group, me, to.runner_id, form.text.data, clock().now())
    flash(f"Sent to {to.name}.", "good")
    return redirect(url_for("nudges.nudges", slug=slug))


@bp.post("/g/<slug>/nudges/<int:nudge_id>/thanks")
@login_required
@send_limit
def thank(slug: str, nudge_id: int) -> ResponseReturnValue:
    """Say thanks for a message."""
    with write_transaction():
        group, me = _place(slug)
        service.say_thanks(group.id, me.runner_id, nudge_id, clock().now())
    flash("They will see it.", "good")
    return redirect(url_for("nudges.nudges", slug=slug))


@bp.post("/g/<slug>/buddies/<int:runner_id>/together")
@login_required
@send_limit
def together(slug: str, runner_id: int) -> ResponseReturnValue:
    """Ask a buddy to run together. Field: on (a date of the next week)."""
    _place(slug)
    on = _date_in("on")
    with write_transaction():
        group, me = _place(slug)
        sent = service.ask_to_run(group, me, runner_id, on, clock().now())
        words = sent.text
    flash(f"Sent: “{words}”", "good")
    return redirect(url_for("buddies.buddies", slug=slug))


def _date_in(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError as error:
        raise NotUnderstood from error


def _place(slug: str) -> tuple[Group, Membership]:
    return group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)


def _receiver(group: Group, me: Membership, runner_id: int) -> NamedMember:
    """Return the member to whom I may write. Raises NotFound."""
    found = named_members(group.id, group.slug, {runner_id}) if queries.may_nudge(group, me, runner_id) else []
    if not found or runner_id == me.runner_id:
        raise not_found()
    return found[0]


def _write_page(group: Group, me: Membership, to: NamedMember, form: NudgeForm | None) -> str:
    now = clock().now()
    found = drafts(queries.situation_of(group, to, me.runner_id, now), clock().today(group.tz))
    wanted = request.args.get("draft", "")
    chosen = int(wanted) % len(found) if is_number(wanted) else 0
    if form is None:
        form = NudgeForm(formdata=None, text=found[chosen])
    return render_template("nudges/write.html", group=group, to=to, form=form, drafts=found, chosen=chosen)
