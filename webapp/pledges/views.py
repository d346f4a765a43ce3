"""The pages of a runner's pledges, and of those that others show them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import NotUnderstood, not_found
from webapp.extensions import clock, limiter
from webapp.groups.queries import groups_of
from webapp.models.groups import Group
from webapp.models.pledges import Pledge
from webapp.pledges import queries, service
from webapp.pledges.forms import PledgeForm
from webapp.request_fields import SEARCH_LIMIT, is_no_search, number_in, searched
from webapp.rulebook.pledges import MAX_PASSES

bp = Blueprint("pledges", __name__)
write_limit = limiter.shared_limit("120 per hour", scope="pledges")


@bp.get("/pledges", endpoint="page")
@login_required
def show() -> ResponseReturnValue:
    """Show my pledges, and those of people who let me see theirs."""
    runner, now = signed_in_runner(), clock().now()
    return render_template(
        "pledges/pledges.html",
        own=queries.own_pledges(runner.id, queries.own_today(runner.id, now), runner.units),
        watched=queries.watched_pledges(runner.id, now, runner.units),
    )


@bp.get("/pledges/new", endpoint="new")
@login_required
def show_form() -> ResponseReturnValue:
    """Show the form of a new pledge."""
    runner = signed_in_runner()
    return _form_page(PledgeForm(queries.own_today(runner.id, clock().now()), runner.units), None)


@bp.post("/pledges/new")
@login_required
@write_limit
def make() -> ResponseReturnValue:
    """Make a pledge. Fields: those of PledgeForm."""
    runner, now = signed_in_runner(), clock().now()
    today = queries.own_today(runner.id, now)
    form = PledgeForm(today, runner.units)
    if not form.validate():
        return _form_page(form, None)
    with write_transaction():
        made = service.make_pledge(signed_in_runner().id, form.draft(), today, now)
    flash("It stands. Saying it is half of it.", "good")
    return redirect(url_for("pledges.pledge", pledge_id=made))


@bp.get("/pledges/<int:pledge_id>", endpoint="pledge")
@login_required
@limiter.limit(SEARCH_LIMIT, exempt_when=is_no_search)
def show_pledge(pledge_id: int) -> ResponseReturnValue:
    """Show a pledge of mine and who sees it, and find members to show it to. Query: group (a slug), q (a name)."""
    runner, search = signed_in_runner(), searched("q")
    pledge = queries.own_pledge(runner.id, pledge_id)
    today = queries.own_today(runner.id, clock().now())
    groups = _groups_for(pledge, runner.id)
    group = next((one for one in groups if one.slug == request.args.get("group")), groups[0] if groups else None)
    watchers = queries.watchers_of(pledge)
    return render_template(
        "pledges/pledge.html",
        pledge=queries.shown_pledges([pledge], today, runner.units)[0],
        is_over=pledge.ends_on < today,
        may_change_passes=pledge.amount is not None and queries.passes_can_change(pledge, today),
        groups=groups,
        group=group,
        watchers=watchers,
        watcher_ids={one.runner_id for one in watchers},
        search=search,
        found=queries.choosable_members(group.id, runner.id, search) if group and search else [],
    )


@bp.get("/pledges/<int:pledge_id>/edit", endpoint="edit")
@login_required
def show_edit_form(pledge_id: int) -> ResponseReturnValue:
    """Show the form that changes a pledge."""
    runner = signed_in_runner()
    pledge = queries.own_pledge(runner.id, pledge_id)
    return _form_page(PledgeForm(queries.own_today(runner.id, clock().now()), runner.units, pledge), pledge)


@bp.post("/pledges/<int:pledge_id>/edit")
@login_required
@write_limit
def change(pledge_id: int) -> ResponseReturnValue:
    """Change a pledge of mine. Fields: those of PledgeForm."""
    runner = signed_in_runner()
    pledge, today = queries.own_pledge(runner.id, pledge_id), queries.own_today(runner.id, clock().now())
    form = PledgeForm(today, runner.units, pledge)
    if not form.validate():
        return _form_page(form, pledge)
    with write_transaction():
        service.change_pledge(signed_in_runner().id, pledge_id, form.draft(), today)
    flash("Saved.", "good")
    return redirect(url_for("pledges.pledge", pledge_id=pledge_id))


@bp.post("/pledges/<int:pledge_id>/passes")
@login_required
@write_limit
def passes(pledge_id: int) -> ResponseReturnValue:
    """Take a free pass, or take it back. Field: passes, how many there shall be, 0 to 2."""
    queries.own_pledge(signed_in_runner().id, pledge_id)
    wanted = number_in("passes")
    if wanted > MAX_PASSES:
        raise NotUnderstood
    with write_transaction():
        runner_id = signed_in_runner().id
        service.set_passes(runner_id, pledge_id, wanted, queries.own_today(runner_id, clock().now()))
    flash("Saved.", "good")
    return redirect(url_for("pledges.pledge", pledge_id=pledge_id))


@bp.post("/pledges/<int:pledge_id>/people")
@login_required
@write_limit
def show_to(pledge_id: int) -> ResponseReturnValue:
    """Show a pledge of mine to a member. Fields: group_id, runner_id."""
    queries.own_pledge(signed_in_runner().id, pledge_id)
    group_id, watcher_id = number_in("group_id"), number_in("runner_id")
    with write_transaction():
        if not queries.can_be_chosen(group_id, watcher_id):
            raise not_found()
        service.show_to(signed_in_runner().id, pledge_id, group_id, watcher_id)
    flash("They see it from now on.", "good")
    return redirect(url_for("pledges.pledge", pledge_id=pledge_id, _anchor="people"))


@bp.post("/pledges/<int:pledge_id>/people/remove")
@login_required
@write_limit
def hide_from(pledge_id: int) -> ResponseReturnValue:
    """Show a pledge of mine to somebody no longer. Field: runner_id."""
    queries.own_pledge(signed_in_runner().id, pledge_id)
    watcher_id = number_in("runner_id")
    with write_transaction():
        service.hide_from(signed_in_runner().id, pledge_id, watcher_id)
    flash("They no longer see it.", "good")
    return redirect(url_for("pledges.pledge", pledge_id=pledge_id, _anchor="people"))


@bp.post("/pledges/<int:pledge_id>/delete")
@login_required
@write_limit
def delete(pledge_id: int) -> ResponseReturnValue:
    """Delete a pledge of mine."""
    with write_transaction():
        service.delete_pledge(signed_in_runner().id, pledge_id)
    flash("Let go. There is always another one.", "good")
    return redirect(url_for("pledges.page"))


@bp.post("/pledges/<int:pledge_id>/stop-watching")
@login_required
@write_limit
def stop_watching(pledge_id: int) -> ResponseReturnValue:
    """No longer see the pledge of another runner."""
    with write_transaction():
        service.stop_watching(pledge_id, signed_in_runner().id)
    flash("You no longer see it.", "good")
    return redirect(url_for("pledges.page"))


def _form_page(form: PledgeForm, pledge: Pledge | None) -> str:
    return render_template("pledges/form.html", form=form, pledge=pledge, units=signed_in_runner().units)


def _groups_for(pledge: Pledge, runner_id: int) -> list[Group]:
    """Return the groups whose members may see a pledge: the one that does, or all of its runner's."""
    groups = list(groups_of(runner_id))
    return [one for one in groups if one.id == pledge.group_id] or groups
