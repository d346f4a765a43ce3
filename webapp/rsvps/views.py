"""Answering a group run, and the page that lists all answers to one."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.formatting import ordinal
from webapp.group_runs.queries import pace_groups_of, run_for
from webapp.groups.queries import refuse_read_only
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer
from webapp.paging import page_wanted
from webapp.privacy.gate import viewpoint_of
from webapp.rsvps import service
from webapp.rsvps.answer_queries import answers_page, count_of
from webapp.rsvps.forms import RsvpForm
from webapp.rsvps.page_context import answer_context, counts_run
from webapp.rsvps.queries import counts_of, own_answer, place_in_queue
from webapp.rsvps.rules import guests_in_words
from webapp.rsvps.service import AnswersClosed, NoSuchPaceGroup, TooFewPlaces

bp = Blueprint("rsvps", __name__)
write_limit = limiter.shared_limit("240 per hour", scope="rsvps")

PER_PAGE = 50


@bp.get("/g/<slug>/runs/<int:run_id>/answers", endpoint="answers")
@login_required
def show_answers(slug: str, run_id: int) -> ResponseReturnValue:
    """Show everybody who gave one answer. Query: answer (in, maybe, waiting; out for those who count the run), page."""
    group, me, run = run_for(slug, run_id, signed_in_runner().id)
    now, may_count = clock().now(), counts_run(run, me)
    shown = _wanted_list(may_count=may_count)
    counts = counts_of([run.id], now)[run.id]
    page = page_wanted(count_of(run.id, shown), PER_PAGE)
    return render_template(
        "rsvps/answers.html",
        group=group,
        run=run,
        shown=shown,
        counts=counts,
        runners=answers_page(run, shown, viewpoint_of(me.runner_id), page),
        page=page,
        names={one.id: one.name for one in pace_groups_of([run.id])[run.id]},
        may_count=may_count,
    )


@bp.post("/g/<slug>/runs/<int:run_id>/answer")
@login_required
@write_limit
def answer(slug: str, run_id: int) -> ResponseReturnValue:
    """Answer a run. Fields: those of RsvpForm; what is not sent stays as it is."""
    group, me, run = _open_group(slug, run_id)
    now = clock().now()
    form = RsvpForm(own_answer(me.runner_id, run_id), pace_groups_of([run_id])[run_id])
    if not form.validate():
        return _form_page(group, me, run, form, now)
    try:
        with write_transaction():
            mine = service.answer_run(run_id, me.runner_id, form.wanted(), now)
    except AnswersClosed as closed:
        return _closed(slug, run_id, closed)
    except TooFewPlaces as few:
        form.refuse(few)
        return _form_page(group, me, run, form, now)
    except NoSuchPaceGroup:
        form.refuse_pace_group()
        return _form_page(group, me, run, form, now)
    _say(mine, now)
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/accept")
@login_required
@write_limit
def accept(slug: str, run_id: int) -> ResponseReturnValue:
    """Take the place that is held for me."""
    _, me, _ = _open_group(slug, run_id)
    now = clock().now()
    try:
        with write_transaction():
            mine = service.accept_offer(run_id, me.runner_id, now)
    except AnswersClosed as closed:
        return _closed(slug, run_id, closed)
    if mine.answer == RsvpAnswer.WAITING:
        flash("That place has gone to somebody else. You are still on the waiting list.", "warn")
    else:
        _say(mine, now)
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/confirm")
@login_required
@write_limit
def confirm(slug: str, run_id: int) -> ResponseReturnValue:
    """Say that my answer still stands after the run was moved."""
    _, me, _ = _open_group(slug, run_id)
    try:
        with write_transaction():
            if not service.confirm_answer(run_id, me.runner_id, clock().now()):
                raise not_found()
    except AnswersClosed as closed:
        return _closed(slug, run_id, closed)
    flash("Thank you. Your answer stands.", "good")
    return _to_run(slug, run_id)


def _open_group(slug: str, run_id: int) -> tuple[Group, Membership, GroupRun]:
    group, me, run = run_for(slug, run_id, signed_in_runner().id)
    refuse_read_only(group)
    return group, me, run


def _wanted_list(*, may_count: bool) -> RsvpAnswer:
    wanted = request.args.get("answer", RsvpAnswer.IN)
    if wanted not in set(RsvpAnswer) or (wanted == RsvpAnswer.OUT and not may_count):
        raise not_found()
    return RsvpAnswer(wanted)


def _form_page(group: Group, me: Membership, run: GroupRun, form: RsvpForm, now: datetime) -> str:
    """Return the form with what is wrong, and everything that was typed."""
    return render_template("rsvps/answer.html", group=group, run=run, **answer_context(run, me, now, form=form))


def _say(mine: Rsvp, now: datetime) -> None:
    if mine.answer == RsvpAnswer.IN:
        guests = guests_in_words(mine.guests)
        flash(f"You’re in, with {guests}. See you there!" if guests else "You’re in. See you there!", "good")
    elif mine.answer == RsvpAnswer.WAITING:
        is_run_full = counts_of([mine.run_id], now)[mine.run_id].free == 0
        place = ordinal(place_in_queue(mine, is_run_full=is_run_full))
        flash(
            f"No place is free right now. You are {place} on the waiting list, and we tell you as soon as one is free.",
            "good",
        )
    elif mine.answer == RsvpAnswer.MAYBE:
        flash("Maybe it is. You can decide until the run starts.", "good")
    else:
        flash("Thanks for saying so. See you at the next one.", "good")


def _closed(slug: str, run_id: int, closed: AnswersClosed) -> Response:
    flash(f"{closed.title}. {closed.message}", "warn")
    return _to_run(slug, run_id)


def _to_run(slug: str, run_id: int) -> Response:
    return redirect(url_for("group_runs.run", slug=slug, run_id=run_id))
