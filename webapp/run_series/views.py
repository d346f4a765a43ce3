"""The pages of runs that repeat."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.group_runs.forms import people_in, typed_details
from webapp.group_runs.planning_queries import leader_choices
from webapp.group_runs.rules import RunPlan, clock_note
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, may_now
from webapp.models.group_runs import RunSeries
from webapp.models.groups import Group
from webapp.models.words import RunFrequency
from webapp.run_series import queries, service
from webapp.run_series.forms import EndRunSeriesForm, RunSeriesForm, typed_recurrence
from webapp.run_series.rules import Recurrence, dates_of, recurrence_of, repeats_in_words

bp = Blueprint("run_series", __name__)

# The start that a new series is proposed with: half past six in the evening.
USUAL_START = 18 * 60 + 30
# How far ahead the page looks for an hour that the clocks skip or repeat.
LOOK_AHEAD = timedelta(days=366)


@bp.get("/g/<slug>/run-series")
@login_required
def overview(slug: str) -> ResponseReturnValue:
    """Show which runs repeat."""
    group, member = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    shown = queries.shown_series(group.id, clock().today(group.tz), clock().now())
    may_plan = may_now(member, Permission.PLAN_RUNS)
    return render_template("run_series/series.html", group=group, series=shown, may_plan=may_plan)


@bp.get("/g/<slug>/run-series/new")
@login_required
def new(slug: str) -> ResponseReturnValue:
    """Show the form that plans a run that repeats."""
    group = _plans(slug)
    tomorrow = clock().today(group.tz) + timedelta(days=1)
    plan, repeats = RunPlan("", USUAL_START, group.tz, ""), Recurrence(RunFrequency.WEEKLY, 1, None, tomorrow)
    return _form_page(group, _form(group, plan, repeats), None)


@bp.post("/g/<slug>/run-series/new", endpoint="plan")
@login_required
@limiter.limit("30 per hour")
def plan_it(slug: str) -> ResponseReturnValue:
    """Plan a run that repeats. Fields: those of RunSeriesForm."""
    group = _plans(slug)
    form = _form(group)
    if not form.validate():
        return _form_page(group, form, None)
    with write_transaction():
        group = _plans(slug)
        service.plan_series(group.id, form.plan(), form.recurrence(), signed_in_runner().id, clock().now())
    flash(f"Planned. {repeats_in_words(form.recurrence())}, eight weeks ahead at any time.", "good")
    return redirect(url_for("run_series.overview", slug=slug))


@bp.get("/g/<slug>/run-series/<int:series_id>/edit")
@login_required
def edit(slug: str, series_id: int) -> ResponseReturnValue:
    """Show the form that changes a series."""
    group, series = _series_for(slug, series_id)
    form = _form(group, queries.plan_of(series), recurrence_of(series), series)
    return _form_page(group, form, series)


@bp.post("/g/<slug>/run-series/<int:series_id>/edit", endpoint="change")
@login_required
@limiter.limit("60 per hour")
def change_it(slug: str, series_id: int) -> ResponseReturnValue:
    """Change a series, and its runs to come that nobody changed by hand. Fields: those of RunSeriesForm."""
    group, series = _series_for(slug, series_id)
    form = _form(group, queries.plan_of(series), recurrence_of(series), series)
    if not form.validate():
        return _form_page(group, form, series)
    with write_transaction():
        _series_for(slug, series_id)
        actor_id, now = signed_in_runner().id, clock().now()
        is_other = service.change_series(series_id, form.plan(), form.recurrence(), actor_id, now)
    said = "Saved. Its runs to come follow; answers stay, and whoever has to know is told."
    flash(said if is_other else "Nothing to change.", "good")
    return redirect(url_for("run_series.overview", slug=slug))


@bp.get("/g/<slug>/run-series/<int:series_id>/end")
@login_required
def end(slug: str, series_id: int) -> ResponseReturnValue:
    """Show the form that ends a series."""
    group, series = _series_for(slug, series_id)
    return _end_page(group, series, EndRunSeriesForm(clock().today(group.tz)))


@bp.post("/g/<slug>/run-series/<int:series_id>/end", endpoint="stop")
@login_required
@limiter.limit("30 per hour")
def end_it(slug: str, series_id: int) -> ResponseReturnValue:
    """End a series. Fields: last_day (a date), reason."""
    group, series = _series_for(slug, series_id)
    form = EndRunSeriesForm(clock().today(group.tz))
    if not form.validate():
        return _end_page(group, series, form)
    with write_transaction():
        _series_for(slug, series_id)
        actor_id, now, reason = signed_in_runner().id, clock().now(), form.reason.data or ""
        service.end_series(series_id, form.last_day.data, actor_id, now, reason=reason)
    flash("It ends. Runs after that day are cancelled, and whoever answered is told.", "good")
    return redirect(url_for("run_series.overview", slug=slug))


def _plans(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.PLAN_RUNS)[0]


def _series_for(slug: str, series_id: int) -> tuple[Group, RunSeries]:
    group = _plans(slug)
    series = queries.series_of(group.id, series_id)
    if series is None:
        raise not_found()
    return group, series


def _form(
    group: Group, plan: RunPlan | None = None, repeats: Recurrence | None = None, series: RunSeries | None = None
) -> RunSeriesForm:
    runner, there = signed_in_runner(), people_in(plan) if plan else set()
    typed: dict[str, Any] = {"tz": group.tz}
    if plan and repeats:
        typed = typed_details(plan, runner.units) | typed_recurrence(repeats)
    leaders, today = leader_choices(group.id, runner.id, there), clock().today(group.tz)
    begun = series.starts_on if series is not None else None
    return RunSeriesForm(today, runner.units, leaders, begun, **typed)


def _form_page(group: Group, form: RunSeriesForm, series: RunSeries | None) -> str:
    note = _note(form, clock().now()) if not form.errors else None
    return render_template("run_series/edit.html", group=group, form=form, series=series, clock_note=note)


def _note(form: RunSeriesForm, now: datetime) -> str | None:
    """Return a sentence about the first date ahead on which the clocks skip or repeat the hour of a series."""
    today: date = now.date()
    dates = dates_of(form.recurrence(), today, today + LOOK_AHEAD)
    notes = ((day, clock_note(day, form.local_minutes, form.tz.data)) for day in dates)
    return next((f"{day.day} {day:%B %Y}: {note}" for day, note in notes if note), None)


def _end_page(group: Group, series: RunSeries, form: EndRunSeriesForm) -> str:
    repeats = repeats_in_words(recurrence_of(series))
    return render_template("run_series/end.html", group=group, series=series, form=form, repeats=repeats)
