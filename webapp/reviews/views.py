"""Requesting a review of one's own run, answering, and the pages of those who decide."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.activities.queries import run_of
from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.queries import challenge_for, shown
from webapp.db import write_transaction
from webapp.errors import Problem
from webapp.extensions import clock
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import visible_name_of
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.paging import page_wanted
from webapp.reviews import queries, rules, service
from webapp.reviews.forms import AnswerForm, AskForm, DecideForm
from webapp.stand_ins import FORMER

bp = Blueprint("reviews", __name__)

PER_PAGE = 25


class NothingToAskNow(Problem):
    """A run cannot be asked about, or has been already."""

    title = "There is nothing to ask about this run now"
    message = "My runs shows where it stands."
    status = 409


@bp.get("/g/<slug>/c/<int:challenge_id>/my-runs/<int:run_id>/look")
@login_required
def ask(slug: str, challenge_id: int, run_id: int) -> ResponseReturnValue:
    """Show what a request for a review would reveal about my run, and to whom."""
    return _ask_page(slug, challenge_id, run_id, AskForm())


@bp.post("/g/<slug>/c/<int:challenge_id>/my-runs/<int:run_id>/look")
@login_required
def send_question(slug: str, challenge_id: int, run_id: int) -> ResponseReturnValue:
    """Ask for a review of a run of mine. Fields: those of AskForm."""
    runner, form = signed_in_runner(), AskForm()
    if not form.validate():
        return _ask_page(slug, challenge_id, run_id, form)
    with write_transaction():
        _, _, challenge = challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
        service.request_review(runner.id, challenge, run_id, form.note.data or "", clock().now())
    flash("Your request is sent. You will find the decision here, next to your run.", "good")
    return redirect(_my_runs(slug, challenge_id))


def _ask_page(slug: str, challenge_id: int, run_id: int, form: AskForm) -> str:
    runner = signed_in_runner()
    group, _, challenge = challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
    now = clock().now()
    judged = service.judged_run(runner.id, challenge, run_id, now, runner.units)
    run, review = judged.activity, service.review_of_run(runner.id, challenge.id, judged.activity)
    over = rules.is_over(challenge.frozen_at is not None, challenge.closes_at, now)
    asked = queries.asked_of(review)
    step = rules.next_step(run_of(run), asked, is_disputable=judged.is_disputable, over=over)
    if step != "ask":
        raise NothingToAskNow(link=("My runs", _my_runs(slug, challenge_id)))
    return render_template(
        "reviews/ask.html", run=run, judged=judged, climb_seen=service.climb_seen(run), form=form,
        again=review is not None, units=runner.units,
        **_frame(group, challenge), **_reviewers(group, runner.id),
    )  # fmt: skip


@bp.get("/g/<slug>/c/<int:challenge_id>/my-runs/reviews/<int:review_id>")
@login_required
def answer(slug: str, challenge_id: int, review_id: int) -> ResponseReturnValue:
    """Show a decision about a run of mine, and the form to answer it."""
    return _answer_page(slug, challenge_id, review_id, AnswerForm())


@bp.post("/g/<slug>/c/<int:challenge_id>/my-runs/reviews/<int:review_id>")
@login_required
def send_answer(slug: str, challenge_id: int, review_id: int) -> ResponseReturnValue:
    """Answer a decision about a run of mine, once. Fields: those of AnswerForm."""
    runner, form = signed_in_runner(), AnswerForm()
    if not form.validate():
        return _answer_page(slug, challenge_id, review_id, form)
    with write_transaction():
        _, _, challenge = challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
        review = queries.review_of_mine(runner.id, challenge.id, review_id)
        service.answer(review, form.answer.data, challenge, clock().now())
    flash("They have your answer. They decide once more, and that decision is final.", "good")
    return redirect(_my_runs(slug, challenge_id))


def _answer_page(slug: str, challenge_id: int, review_id: int, form: AnswerForm) -> str:
    runner = signed_in_runner()
    group, _, challenge = challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
    review = queries.review_of_mine(runner.id, challenge.id, review_id)
    over = rules.is_over(challenge.frozen_at is not None, challenge.closes_at, clock().now())
    may_answer = review.decided_at is not None and review.answered_at is None and not over
    return render_template(
        "reviews/answer.html", review=review, decided=_decided(review.decision), form=form, may_answer=may_answer,
        units=runner.units, **_frame(group, challenge),
    )  # fmt: skip


@bp.post("/g/<slug>/c/<int:challenge_id>/my-runs/reviews/<int:review_id>/take-back")
@login_required
def take_back(slug: str, challenge_id: int, review_id: int) -> ResponseReturnValue:
    """Take back my request about a run of mine, before anybody decides."""
    runner = signed_in_runner()
    with write_transaction():
        _, _, challenge = challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
        service.take_back(queries.review_of_mine(runner.id, challenge.id, review_id), challenge, clock().now())
    flash("Your request is taken back. Organisers no longer see that run.", "good")
    return redirect(_my_runs(slug, challenge_id))


@bp.get("/g/<slug>/reviews")
@login_required
def reviews(slug: str) -> ResponseReturnValue:
    """List the runs that somebody asked about, for those who may decide."""
    runner = signed_in_runner()
    group, membership = queries.group_for_decider(slug, runner.id)
    is_organiser = may(membership, Permission.DECIDE_ABOUT_RUNS)
    page = page_wanted(queries.review_count(group, membership), PER_PAGE)
    now = clock().now()
    running = queries.running_challenges(group.id, now, clock().today(group.tz))
    return render_template(
        "reviews/reviews.html",
        group=group,
        reviews=queries.reviews_page(group, membership, page),
        stopped_by=rules.STOPPED_BY,
        decided=rules.DECIDED,
        stopped=[(one, queries.stopped_in(one, now)) for one in running] if is_organiser else [],
        is_organiser=is_organiser,
        units=runner.units,
        page=page,
    )


@bp.get("/g/<slug>/reviews/<int:review_id>")
@login_required
def review(slug: str, review_id: int) -> ResponseReturnValue:
    """Show one run that somebody asked about."""
    runner = signed_in_runner()
    _, seen = queries.review_for_decider(slug, runner.id, review_id)
    return _review_page(slug, runner.id, review_id, DecideForm(seen.review, runner.units), runner.units)


@bp.post("/g/<slug>/reviews/<int:review_id>")
@login_required
def decide(slug: str, review_id: int) -> ResponseReturnValue:
    """Decide on a run that somebody asked about. Fields: those of DecideForm."""
    runner = signed_in_runner()
    _, seen = queries.review_for_decider(slug, runner.id, review_id)
    form = DecideForm(seen.review, runner.units)
    if not form.validate():
        return _review_page(slug, runner.id, review_id, form, runner.units)
    with write_transaction():
        _, seen = queries.review_for_decider(slug, runner.id, review_id)
        stage = form.stage.data or ""
        service.decide(seen.review, seen.challenge, form.ruled(), runner.id, stage, clock().now())
    flash(f"Decided. {seen.name} can read it in My runs.", "good")
    return redirect(url_for("reviews.reviews", slug=slug))


def _review_page(slug: str, viewer_id: int, review_id: int, form: DecideForm, units: str) -> ResponseReturnValue:
    group, seen = queries.review_for_decider(slug, viewer_id, review_id)
    form.stage.data = service.stage_of(seen.review)
    by = visible_name_of(group.id, seen.review.decided_by) if seen.review.decided_by else None
    return render_template(
        "reviews/review.html", seen=seen, form=form, stopped_by=seen.stopped_by,
        decided=_decided(seen.review.decision), decided_by=by or FORMER,
        as_asked=queries.is_as_asked(seen.review), units=units, **_frame(group, seen.challenge),
    )  # fmt: skip


def _frame(group: Group, challenge: Challenge) -> dict[str, Any]:
    return {
        "group": group,
        "challenge": shown(challenge, group.tz, clock().now()),
        "until": challenge.closes_at,
    }


def _reviewers(group: Group, runner_id: int) -> dict[str, Any]:
    """Return who will see the run and decide: their names, and their role in the group."""
    staff = queries.staff_of(group.id)
    found = rules.deciders(staff, runner_id)
    role = next((each.role for each in staff if each.runner_id in found), None)
    am_organiser = any(each.runner_id == runner_id and may(each, Permission.MANAGE_MEMBERS) for each in staff)
    names = sorted(name for each in found if (name := visible_name_of(group.id, each)))
    return {"lookers": names, "they_are": role and rules.PLURAL[role], "am_organiser": am_organiser}


def _decided(decision: str | None) -> str | None:
    return next((words for each, words in rules.DECIDED.items() if each == decision), None)


def _my_runs(slug: str, challenge_id: int) -> str:
    return url_for("my_runs.my_runs", slug=slug, challenge_id=challenge_id)
