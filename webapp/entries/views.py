"""Pages on a runner's own part in a challenge: entering and leaving it, the target, and the baseline."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges import queries
from webapp.challenges.page_views import frame
from webapp.db import write_transaction
from webapp.entries import participation_queries, participation_service
from webapp.entries import service as entries_service
from webapp.entries.forms import TargetForm
from webapp.entries.late_entry_queries import what_counts
from webapp.extensions import clock
from webapp.groups.permissions import Permission
from webapp.models.challenges import Challenge
from webapp.paging import page_wanted
from webapp.privacy.gate import viewpoint_of
from webapp.rulebook.targets import target_unit
from webapp.rulebook.units import suffix

bp = Blueprint("entries", __name__)

MEMBERS_A_PAGE = 50


@bp.get("/g/<slug>/c/<int:challenge_id>/mine")
@login_required
def mine(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show my part in the challenge, and my target."""
    return _page(slug, challenge_id)


@bp.post("/g/<slug>/c/<int:challenge_id>/mine")
@login_required
def change_target(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Set my target. Fields: those of TargetForm."""
    runner = signed_in_runner()
    group, _, challenge = queries.challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
    part = participation_queries.participation_of(challenge, runner.id, group.tz, clock().today(group.tz))
    form = _target_form(challenge, part)
    if form is None or not form.validate():
        return _page(slug, challenge_id, form)
    return _set_target(slug, challenge_id, form)


def _target_form(challenge: Challenge, part: participation_queries.Participation | None) -> TargetForm | None:
    """Return the form of my target; None if the challenge needs none, or I am not in it."""
    unit = target_unit(challenge.rules)
    if part is None or unit is None:
        return None
    return TargetForm(unit, signed_in_runner().units, (challenge.starts_on, challenge.ends_on), part.target)


def _page(slug: str, challenge_id: int, form: TargetForm | None = None) -> str:
    runner = signed_in_runner()
    group, _, challenge = queries.challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
    part = participation_queries.participation_of(challenge, runner.id, group.tz, clock().today(group.tz))
    unit = target_unit(challenge.rules)
    return render_template(
        "entries/mine.html",
        part=part,
        form=form or _target_form(challenge, part),
        target_unit=unit,
        suffix=unit and suffix(unit, runner.units),
        units=runner.units,
        late_words=what_counts(challenge, runner.id, queries.shown(challenge, group.tz, clock().now()).state),
        **frame(group, challenge),
    )


def _set_target(slug: str, challenge_id: int, form: TargetForm) -> ResponseReturnValue:
    runner_id = signed_in_runner().id
    with write_transaction():
        group, _, challenge = queries.locked_challenge_for(slug, challenge_id, runner_id, Permission.SEE_GROUP)
        participation_service.set_target(challenge, runner_id, form.value, group.tz, clock().now())
    flash("Noted. Good luck!" if form.value is not None else "Your target is removed.", "good")
    return redirect(url_for("entries.mine", slug=slug, challenge_id=challenge_id))


@bp.post("/g/<slug>/c/<int:challenge_id>/step-out")
@login_required
def step_out(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Leave this one challenge."""
    runner_id = signed_in_runner().id
    with write_transaction():
        *_, challenge = queries.locked_challenge_for(slug, challenge_id, runner_id, Permission.SEE_GROUP)
        entries_service.step_out(challenge, runner_id, clock().now())
    flash("You are out of this one. Come back whenever you like, until it closes.", "good")
    return redirect(url_for("entries.mine", slug=slug, challenge_id=challenge_id))


@bp.post("/g/<slug>/c/<int:challenge_id>/enter")
@login_required
def enter(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Join this one challenge."""
    runner_id = signed_in_runner().id
    with write_transaction():
        group, _, challenge = queries.locked_challenge_for(slug, challenge_id, runner_id, Permission.SEE_GROUP)
        now = clock().now()
        counts = what_counts(challenge, runner_id, queries.shown(challenge, group.tz, now).state)
        entries_service.enter(challenge, runner_id, now)
    flash(f"You are in. {counts}", "good")
    return redirect(url_for("entries.mine", slug=slug, challenge_id=challenge_id))


@bp.get("/g/<slug>/c/<int:challenge_id>/baselines")
@login_required
def baselines(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show every member's baseline, and my own weeks, so that I can check them."""
    runner = signed_in_runner()
    group, _, challenge = queries.challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
    viewer_id = viewpoint_of(runner.id)
    page = page_wanted(queries.entry_count(challenge.id), MEMBERS_A_PAGE)
    rules = challenge.rules
    return render_template(
        "entries/baselines.html",
        members=participation_queries.baselines_page(challenge, viewer_id, page),
        weeks=participation_queries.own_weeks(challenge, viewer_id),
        mine=participation_queries.own_baseline(challenge, viewer_id),
        unit=rules.measured.unit,
        adds_up=rules.measured.adds_up,
        needs_baseline=rules.needs_baseline,
        units=runner.units,
        page=page,
        **frame(group, challenge),
    )
