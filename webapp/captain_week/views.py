"""The captain's page: what the group needs this week, each with its one tap."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.captain_week.queries import week_of
from webapp.captain_week.service import ask_for_leader
from webapp.db import write_transaction
from webapp.extensions import clock, limiter
from webapp.group_runs import leader_service
from webapp.group_runs.queries import run_for
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.request_fields import number_in

bp = Blueprint("captain_week", __name__)
write_limit = limiter.shared_limit("120 per hour", scope="captain_week")


@bp.get("/g/<slug>/captain")
@login_required
def page(slug: str) -> ResponseReturnValue:
    """Show who came back and is new, who offers to lead, what is planned and open, and who is missing."""
    now = clock().now()
    group, me = group_for(slug, signed_in_runner().id, Permission.SEE_MISSING)
    return render_template("captain_week/captain.html", group=group, week=week_of(group, me, now))


@bp.post("/g/<slug>/captain/lead")
@login_required
@write_limit
def lead(slug: str) -> ResponseReturnValue:
    """Lead a pace group myself. Fields: run_id, pace_group_id."""
    with write_transaction():
        run_id, pace_group_id = _asked_about(slug)
        leader_service.take_lead(run_id, pace_group_id, signed_in_runner().id, clock().now())
    flash("You lead it. Thank you!", "good")
    return _back(slug)


@bp.post("/g/<slug>/captain/accept")
@login_required
@write_limit
def accept(slug: str) -> ResponseReturnValue:
    """Let a member lead who offered it. Fields: run_id, pace_group_id, runner_id."""
    with write_transaction():
        run_id, pace_group_id = _asked_about(slug)
        offered_by, actor_id = number_in("runner_id"), signed_in_runner().id
        leader_service.accept_offer(run_id, pace_group_id, offered_by, actor_id, clock().now())
    flash("Saved. It has a leader now.", "good")
    return _back(slug)


@bp.post("/g/<slug>/captain/ask")
@login_required
@write_limit
def ask(slug: str) -> ResponseReturnValue:
    """Ask those who plan runs for a leader. Fields: run_id, pace_group_id."""
    with write_transaction():
        run_id, pace_group_id = _asked_about(slug)
        ask_for_leader(run_id, pace_group_id, signed_in_runner().id, clock().now())
    flash("Asked. Everybody who plans runs is told.", "good")
    return _back(slug)


def _asked_about(slug: str) -> tuple[int, int]:
    """Return the run and the pace group that a captain chose. Raises NotFound for everybody else."""
    group_for(slug, signed_in_runner().id, Permission.SEE_MISSING)
    run_id, pace_group_id = number_in("run_id"), number_in("pace_group_id")
    run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
    return run_id, pace_group_id


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("captain_week.page", slug=slug))
