"""Pages on which a runner asks to join a group, and on which the group answers."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.extensions import clock, limiter
from webapp.group_profiles.queries import text_for_strangers
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, membership_of, refuse_read_only
from webapp.join_requests import queries, rules, service
from webapp.join_requests.forms import AskToJoinForm, DeclineForm
from webapp.models.groups import Group
from webapp.models.join_requests import JoinRequest
from webapp.models.words import JoinRequestState
from webapp.names import called
from webapp.paging import page_of

bp = Blueprint("join_requests", __name__)

PER_PAGE = 50


@bp.get("/g/<slug>/ask")
@login_required
def ask(slug: str) -> ResponseReturnValue:
    """Show the form that asks to join, or how my request stands."""
    group, mine = queries.group_to_ask(slug, signed_in_runner().id)
    if membership_of(group.id, signed_in_runner().id):
        return redirect(url_for("groups.group", slug=slug))
    is_pending = mine is not None and mine.state == JoinRequestState.PENDING
    return _ask_page(group, mine, AskToJoinForm(message=mine.message if mine and is_pending else ""))


@bp.post("/g/<slug>/ask")
@login_required
@limiter.limit("30 per hour")
def ask_to_join(slug: str) -> ResponseReturnValue:
    """Ask to join, or change the message of my request. Fields: those of AskToJoinForm."""
    group, mine = queries.group_to_ask(slug, signed_in_runner().id)
    form = AskToJoinForm()
    if not form.validate():
        return _ask_page(group, mine, form)
    with write_transaction():
        group, _ = queries.group_to_ask(slug, signed_in_runner().id)
        refuse_read_only(group)
        service.ask(group.id, signed_in_runner().id, form.message.data or "", clock().now())
    flash("Your request has been sent. You will find the answer here and on your home page.", "good")
    return redirect(url_for("join_requests.ask", slug=slug))


@bp.post("/g/<slug>/ask/withdraw")
@login_required
def withdraw(slug: str) -> ResponseReturnValue:
    """Withdraw my request. Nothing of it is kept."""
    with write_transaction():
        group, _ = queries.group_to_ask(slug, signed_in_runner().id)
        service.withdraw_request(group.id, signed_in_runner().id, clock().now())
    flash("Your request is withdrawn and erased.")
    return redirect(url_for("home.dashboard"))


@bp.get("/g/<slug>/requests", endpoint="requests")
@login_required
def show_requests(slug: str) -> ResponseReturnValue:
    """Show the requests that wait for an answer, the oldest first."""
    group = _group_for(slug)
    page = page_of(queries.PENDING_COUNT, {"group": group.id}, PER_PAGE)
    found = queries.pending_page(group.id, page)
    return render_template("join_requests/requests.html", group=group, requests=found, page=page)


@bp.get("/g/<slug>/requests/<int:join_request_id>")
@login_required
def request(slug: str, join_request_id: int) -> ResponseReturnValue:
    """Show one request, with the forms that answer it."""
    return _answer_page(slug, join_request_id, DeclineForm())


@bp.post("/g/<slug>/requests/<int:join_request_id>/approve")
@login_required
def approve(slug: str, join_request_id: int) -> ResponseReturnValue:
    """Let the runner join."""
    with write_transaction():
        group = _group_for(slug)
        service.approve(group.id, join_request_id, signed_in_runner().id, clock().now())
    flash("Approved. They will be in once they choose a name and agree.", "good")
    return redirect(url_for("join_requests.requests", slug=slug))


@bp.post("/g/<slug>/requests/<int:join_request_id>/decline")
@login_required
def decline(slug: str, join_request_id: int) -> ResponseReturnValue:
    """Decline a request. Fields: those of DeclineForm."""
    form = DeclineForm()
    if not form.validate():
        return _answer_page(slug, join_request_id, form)
    with write_transaction():
        group = _group_for(slug)
        service.decline(group.id, join_request_id, form.reason.data, signed_in_runner().id, clock().now())
    flash("Declined. They will read your reason.", "good")
    return redirect(url_for("join_requests.requests", slug=slug))


def _group_for(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.ANSWER_REQUESTS)[0]


def _answer_page(slug: str, join_request_id: int, form: DeclineForm) -> str:
    group = _group_for(slug)
    found = queries.pending_request(group.id, join_request_id)
    if found is None:
        raise service.RequestNotOpen
    return render_template("join_requests/request.html", group=group, one=found, form=form)


def _ask_page(group: Group, mine: JoinRequest | None, form: AskToJoinForm) -> str:
    is_approved = mine is not None and mine.state == JoinRequestState.APPROVED
    return render_template(
        "join_requests/ask.html",
        group=group,
        text=group.text if is_approved else text_for_strangers(group),
        mine=mine,
        form=form,
        name=called(signed_in_runner().name),
        may_ask=mine is None or rules.may_ask_again(mine.answered_at, clock().now()),
    )
