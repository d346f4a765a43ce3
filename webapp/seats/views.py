"""The page for the queue for seats: a visitor's place in it, and how to leave it."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.rules import Failure, safe_path
from webapp.auth.session import current_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter, settings
from webapp.models.words import ConnectionState
from webapp.seats import queries, rules, service
from webapp.seats.forms import WaitForm
from webapp.seats.ticket import delete_cookie, offer_ticket, set_cookie, ticket
from webapp.sync.queries import connection_of

bp = Blueprint("seats", __name__)

MAX_AFTER = 300
NO_PLACE = {
    "free": "A seat is free: you need not wait. Connect now.",
    "network": "Two people from your network are waiting already, and we take no more from one network.",
    "full": "The queue is full. Please try again in a few days.",
}


@bp.get("/waiting")
def waiting() -> ResponseReturnValue:
    """Show my place in the queue, or how to join it. Runners with a seat need nothing here."""
    if _holds_seat():
        return redirect(url_for("home.dashboard"))
    return _page()


@bp.get("/waiting/part")
def part() -> ResponseReturnValue:
    """Answer with the live part of my place; 304 if nothing has changed."""
    outlook = _outlook()
    if outlook.mine is None:
        raise not_found()
    answer: Response = make_response(render_template("seats/_place.html", outlook=outlook))
    answer.add_etag()
    return answer.make_conditional(request)


@bp.post("/waiting")
@limiter.limit("30 per hour")
def wait() -> ResponseReturnValue:
    """Take a place at the end of the queue; sent again from the same browser, change only name and contact."""
    form = WaitForm()
    if not form.validate_on_submit():
        return _page(form)
    network = rules.network_digest(request.remote_addr, settings().secret_key)
    details = service.SeatRequestDetails(form.name.data, form.contact.data or None, _after(), network)
    try:
        with write_transaction():
            secret = service.wait(ticket(), offer_ticket(), details, settings().seats, clock().now())
    except service.NoPlace as refused:
        flash(NO_PLACE[refused.reason], "warn")
        return redirect(url_for("seats.waiting"))
    answer = redirect(url_for("seats.waiting"))
    set_cookie(answer, secret)
    return answer


@bp.post("/waiting/open")
def open_offer() -> ResponseReturnValue:
    """Open the offer of a free seat, which holds it for a day."""
    with write_transaction():
        is_held = service.open_offer(ticket(), settings().seats, clock().now())
    if not is_held:
        flash("Somebody else took that seat. You keep your place.", "warn")
    return redirect(url_for("seats.waiting"))


@bp.post("/waiting/leave")
def leave() -> ResponseReturnValue:
    """Give up my place. Nothing of it is kept."""
    with write_transaction():
        left = service.leave(ticket())
    if left:
        flash("You have left the queue, and what you told us is erased.")
    answer = redirect(url_for("home.landing"))
    delete_cookie(answer)
    return answer


def turn_away(failure: Failure) -> ResponseReturnValue:
    """Show a visitor who found no seat what happened, and offer the queue; those in it already see their place."""
    return _page(failure=failure), failure.status


def _page(form: WaitForm | None = None, failure: Failure | None = None) -> str:
    outlook = _outlook()
    if outlook.mine is None:
        offer_ticket()
    return render_template(
        "seats/waiting.html",
        outlook=outlook,
        form=form or WaitForm(formdata=None, obj=outlook.mine),
        failure=failure,
        way_in=url_for("accounts.consent", next=_after() or (outlook.mine and outlook.mine.after)),
        kept_days=rules.KEPT_FOR.days,
    )


def _outlook() -> queries.SeatOutlook:
    return queries.seat_outlook(ticket(), settings().seats, clock().now())


def _after() -> str | None:
    """Return where the visitor was heading, if it is a path of this site and short enough to be kept."""
    after = safe_path(session.get("after_connect"))
    return after if after and len(after) <= MAX_AFTER else None


def _holds_seat() -> bool:
    runner = current_runner()
    connection = connection_of(runner.id) if runner else None
    return connection is not None and connection.state != ConnectionState.DEAUTHORISED
