"""Planning, changing and cancelling runs, and leading their pace groups. The pages that show them are in `pages`."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.group_runs import leader_service, service
from webapp.group_runs.forms import CancelRunForm, RunForm, people_in, typed_details
from webapp.group_runs.planning_queries import leader_choices
from webapp.group_runs.queries import pace_groups_of, run_for, run_of
from webapp.group_runs.rules import RunPlan, again_on, clock_note, details_of, pace_plan_of
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, refuse_read_only
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group, Membership
from webapp.request_fields import is_number, number_in

bp = Blueprint("group_runs", __name__)

# The start that a new run is proposed with: half past six in the evening.
USUAL_START = 18 * 60 + 30


@bp.get("/g/<slug>/runs/new")
@login_required
def new(slug: str) -> ResponseReturnValue:
    """Show the form that plans a run; with `like` and the number of a run, filled in as that one, a week later."""
    group = _plans(slug)
    today, like = clock().today(group.tz), _like(group)
    plan = _plan_of(like, is_new=True) if like else RunPlan("", USUAL_START, group.tz, "")
    on_date = again_on(like.on_date, today) if like else today + timedelta(days=1)
    return _form_page(group, _form(group, plan, on_date), None)


@bp.post("/g/<slug>/runs/new", endpoint="plan")
@login_required
@limiter.limit("60 per hour")
def plan_it(slug: str) -> ResponseReturnValue:
    """Plan a run. Fields: those of RunForm."""
    group = _plans(slug)
    form = _form(group)
    if not form.validate() or not _is_ahead(form):
        return _form_page(group, form, None)
    with write_transaction():
        group = _plans(slug)
        run = service.plan_run(group.id, form.plan(), form.on_date.data, signed_in_runner().id, clock().now())
        run_id = run.id
    flash("Planned. Members see it on the page of runs, and can answer.", "good")
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/again")
@login_required
@limiter.limit("60 per hour")
def again(slug: str, run_id: int) -> ResponseReturnValue:
    """Plan a run like this one, on the same weekday: a week later, or the first that is still to come."""
    with write_transaction():
        group, _, run = run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
        on_date = again_on(run.on_date, clock().today(group.tz))
        made = service.plan_run(group.id, _plan_of(run, is_new=True), on_date, signed_in_runner().id, clock().now())
        run_id = made.id
    flash(f"Planned again for {on_date:%A} {on_date.day} {on_date:%B}.", "good")
    return _to_run(slug, run_id)


@bp.get("/g/<slug>/runs/<int:run_id>/edit")
@login_required
def edit(slug: str, run_id: int) -> ResponseReturnValue:
    """Show the form that changes a run."""
    group, _, run = run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
    service.check_changeable(run, clock().now())
    return _form_page(group, _form(group, _plan_of(run), run.on_date, run), run)


@bp.post("/g/<slug>/runs/<int:run_id>/edit", endpoint="change")
@login_required
@limiter.limit("120 per hour")
def change_it(slug: str, run_id: int) -> ResponseReturnValue:
    """Change a run. Fields: those of RunForm. Whoever answered is told if it moves, and asked again."""
    group, _, run = run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
    form = _form(group, _plan_of(run), run.on_date, run)
    if not form.validate() or not _is_ahead(form):
        return _form_page(group, form, run)
    with write_transaction():
        run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
        actor_id, now, reason = signed_in_runner().id, clock().now(), form.reason.data or ""
        is_other = service.change_run(run_id, form.plan(), form.on_date.data, actor_id, now, reason=reason)
    flash("Saved. Everybody who planned to come is told if it moved." if is_other else "Nothing to change.", "good")
    return _to_run(slug, run_id)


@bp.get("/g/<slug>/runs/<int:run_id>/cancel")
@login_required
def cancel(slug: str, run_id: int) -> ResponseReturnValue:
    """Show the form that cancels a run."""
    group, _, run = run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
    return render_template("group_runs/cancel.html", group=group, run=run, form=CancelRunForm())


@bp.post("/g/<slug>/runs/<int:run_id>/cancel", endpoint="call_off")
@login_required
@limiter.limit("60 per hour")
def cancel_it(slug: str, run_id: int) -> ResponseReturnValue:
    """Cancel a run. Field: reason. Whoever planned to come is told."""
    group, _, run = run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
    form = CancelRunForm()
    if not form.validate():
        return render_template("group_runs/cancel.html", group=group, run=run, form=form)
    with write_transaction():
        run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
        service.cancel_run(run_id, form.reason.data, signed_in_runner().id, clock().now())
    flash("Cancelled. Everybody who planned to come is told.", "good")
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/restore")
@login_required
@limiter.limit("60 per hour")
def restore(slug: str, run_id: int) -> ResponseReturnValue:
    """Bring a cancelled run back."""
    with write_transaction():
        run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
        service.restore_run(run_id, signed_in_runner().id, clock().now())
    flash("It takes place after all. Everybody who planned to come is asked again.", "good")
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/pace-groups/<int:pace_group_id>/lead")
@login_required
@limiter.limit("60 per hour")
def lead(slug: str, run_id: int, pace_group_id: int) -> ResponseReturnValue:
    """Lead a pace group. Field: at_back (any: run at its back instead)."""
    with write_transaction():
        run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
        runner_id, at_back = signed_in_runner().id, bool(request.form.get("at_back"))
        leader_service.take_lead(run_id, pace_group_id, runner_id, clock().now(), at_back=at_back)
    flash("You run at the back. Nobody gets lost, thank you!" if at_back else "You lead it. Thank you!", "good")
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/pace-groups/<int:pace_group_id>/offer")
@login_required
@limiter.limit("60 per hour")
def offer(slug: str, run_id: int, pace_group_id: int) -> ResponseReturnValue:
    """Offer to lead a pace group."""
    with write_transaction():
        _member_of_open_group(slug, run_id)
        leader_service.offer_to_lead(run_id, pace_group_id, signed_in_runner().id, clock().now())
    flash("Thank you! Whoever plans this run sees your offer.", "good")
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/pace-groups/<int:pace_group_id>/accept")
@login_required
@limiter.limit("60 per hour")
def accept(slug: str, run_id: int, pace_group_id: int) -> ResponseReturnValue:
    """Let a member lead who offered it. Field: runner_id."""
    with write_transaction():
        run_for(slug, run_id, signed_in_runner().id, Permission.PLAN_RUNS)
        offered_by, actor_id = number_in("runner_id"), signed_in_runner().id
        leader_service.accept_offer(run_id, pace_group_id, offered_by, actor_id, clock().now())
    flash("Saved. It has a leader now.", "good")
    return _to_run(slug, run_id)


@bp.post("/g/<slug>/runs/<int:run_id>/pace-groups/<int:pace_group_id>/step-down")
@login_required
@limiter.limit("60 per hour")
def step_down(slug: str, run_id: int, pace_group_id: int) -> ResponseReturnValue:
    """Stop leading a pace group, or take back the offer to lead it."""
    with write_transaction():
        _member_of_open_group(slug, run_id)
        leader_service.step_down(run_id, pace_group_id, signed_in_runner().id, clock().now())
    flash("You no longer lead it or run at its back.", "good")
    return _to_run(slug, run_id)


def _member_of_open_group(slug: str, run_id: int) -> Membership:
    group, member, _ = run_for(slug, run_id, signed_in_runner().id)
    refuse_read_only(group)
    return member


def _plans(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.PLAN_RUNS)[0]


def _like(group: Group) -> GroupRun | None:
    number = request.args.get("like", "")
    if not number:
        return None
    found = run_of(group.id, int(number)) if is_number(number) else None
    if found is None:
        raise not_found()
    return found


def _plan_of(run: GroupRun, *, is_new: bool = False) -> RunPlan:
    pace_groups = tuple(pace_plan_of(one, is_new=is_new) for one in pace_groups_of([run.id])[run.id])
    return RunPlan(**details_of(run), pace_groups=pace_groups)


def _form(
    group: Group, plan: RunPlan | None = None, on_date: date | None = None, run: GroupRun | None = None
) -> RunForm:
    runner, there = signed_in_runner(), people_in(plan) if plan else set()
    typed: dict[str, Any] = typed_details(plan, runner.units) | {"on_date": on_date} if plan else {"tz": group.tz}
    leaders = leader_choices(group.id, runner.id, there, run.id if run else 0)
    return RunForm(clock().today(group.tz), runner.units, leaders, **typed)


def _is_ahead(form: RunForm) -> bool:
    """Return whether the start is still to come; otherwise say so beside the time."""
    if service.start_of(form.plan(), form.on_date.data) > clock().now():
        return True
    form.at.errors = [*form.at.errors, "That time has passed already."]
    return False


def _form_page(group: Group, form: RunForm, run: GroupRun | None) -> str:
    note = None
    is_known = form.on_date.data and form.at.data and form.tz.data
    if is_known and not (form.on_date.errors or form.tz.errors):
        note = clock_note(form.on_date.data, form.local_minutes, form.tz.data)
    return render_template("group_runs/edit.html", group=group, form=form, run=run, clock_note=note)


def _to_run(slug: str, run_id: int) -> ResponseReturnValue:
    return redirect(url_for("group_runs.run", slug=slug, run_id=run_id))
