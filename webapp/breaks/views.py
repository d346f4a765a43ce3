"""The page on which a runner takes a break."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.breaks import rules, service
from webapp.breaks.forms import BreakForm
from webapp.breaks.queries import past_breaks, present_break, today_of
from webapp.db import write_transaction
from webapp.errors import NotUnderstood, not_found
from webapp.extensions import clock, limiter
from webapp.models.breaks import RunnerBreak
from webapp.models.words import BreakReason

bp = Blueprint("breaks", __name__)
write_limit = limiter.shared_limit("60 per hour", scope="breaks")


@bp.get("/account/break", endpoint="page")
@login_required
def show() -> ResponseReturnValue:
    """Show my break, and those that are over."""
    runner_id = signed_in_runner().id
    today = today_of(runner_id, clock().now())
    present = present_break(runner_id, today)
    return _page(BreakForm(today, present), present, today)


@bp.post("/account/break")
@login_required
@write_limit
def save() -> ResponseReturnValue:
    """Take a break, or change the one that is not over. Fields: those of BreakForm."""
    runner_id, now = signed_in_runner().id, clock().now()
    today = today_of(runner_id, now)
    form = BreakForm(today)
    if not form.validate():
        return _page(form, present_break(runner_id, today), today)
    try:
        with write_transaction():
            service.take_break(runner_id, form.wanted(), today, now)
    except service.Overlaps as overlaps:
        form.refuse_overlap(overlaps)
        return _page(form, present_break(runner_id, today), today)
    flash(rules.SAVED, "good")
    return redirect(url_for("breaks.page"))


@bp.post("/account/break/begin")
@login_required
@write_limit
def begin() -> ResponseReturnValue:
    """Go on a break from today on, until I end it. Field: reason (a BreakReason), which only I read."""
    chosen, runner_id, now = request.form.get("reason", ""), signed_in_runner().id, clock().now()
    if chosen not in set(BreakReason):
        raise NotUnderstood
    with write_transaction():
        service.begin_break(runner_id, BreakReason(chosen), today_of(runner_id, now), now)
    flash(rules.WISHES[BreakReason(chosen)], "good")
    return redirect(url_for("breaks.page"))


@bp.post("/account/break/end")
@login_required
@write_limit
def end() -> ResponseReturnValue:
    """End my break today, or call off the next one."""
    runner_id = signed_in_runner().id
    with write_transaction():
        ending = service.end_break(runner_id, today_of(runner_id, clock().now()))
    flash(_ENDED[ending], "good")
    return redirect(url_for("breaks.page"))


@bp.post("/account/break/<int:break_id>/forget")
@login_required
@write_limit
def forget(break_id: int) -> ResponseReturnValue:
    """Delete a break that is over."""
    runner_id = signed_in_runner().id
    with write_transaction():
        if not service.forget_break(runner_id, break_id, today_of(runner_id, clock().now())):
            raise not_found()
    flash("Deleted.", "good")
    return redirect(url_for("breaks.page"))


_ENDED = {
    service.BreakEnding.BACK: rules.WELCOME,
    service.BreakEnding.CALLED_OFF: rules.CALLED_OFF,
    None: rules.NOT_ON_BREAK,
}


def _page(form: BreakForm, present: RunnerBreak | None, today: date) -> str:
    return render_template(
        "breaks/break.html",
        form=form,
        present=present,
        reasons=rules.REASONS,
        is_on=present is not None and present.starts_on <= today,
        past=past_breaks(signed_in_runner().id, today),
        this_year=today.year,
    )
