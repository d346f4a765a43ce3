"""The page on which a member chooses whom they chase."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.circles import queries, service
from webapp.db import write_transaction
from webapp.errors import NotUnderstood, not_found
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.models.circles import CircleKind
from webapp.models.groups import Group
from webapp.request_fields import SEARCH_LIMIT, is_no_search, searched

bp = Blueprint("circles", __name__)
write_limit = limiter.shared_limit("120 per hour", scope="circles")


@bp.get("/g/<slug>/circle")
@login_required
@limiter.limit(SEARCH_LIMIT, exempt_when=is_no_search)
def circle(slug: str) -> ResponseReturnValue:
    """Show whom I chase in this group, and find members by name (q)."""
    group, runner_id, search = _group(slug), signed_in_runner().id, searched("q")
    chosen = queries.circle_of(group.id, runner_id)
    return render_template(
        "circles/circle.html",
        group=group,
        kind=chosen.kind,
        chosen=queries.chosen_of(group.id, chosen.runner_ids),
        chosen_ids=chosen.runner_ids,
        search=search,
        found=queries.choices(group.id, runner_id, search) if search else [],
    )


@bp.post("/g/<slug>/circle")
@login_required
@write_limit
def choose(slug: str) -> ResponseReturnValue:
    """Choose the kind of my circle. Field: kind."""
    with write_transaction():
        group, kind = _group(slug), request.form.get("kind", "")
        if kind not in set(CircleKind):
            raise NotUnderstood
        service.choose_kind(group.id, signed_in_runner().id, CircleKind(kind), clock().now())
    return _saved(slug)


@bp.post("/g/<slug>/circle/<int:runner_id>")
@login_required
@write_limit
def add(slug: str, runner_id: int) -> ResponseReturnValue:
    """Add a member to the runners whom I chase."""
    with write_transaction():
        group, me = _group(slug), signed_in_runner().id
        if runner_id == me or not queries.can_be_chosen(group.id, runner_id):
            raise not_found()
        service.add_runner(group.id, me, runner_id, clock().now())
    return _saved(slug)


@bp.post("/g/<slug>/circle/<int:runner_id>/remove")
@login_required
@write_limit
def remove(slug: str, runner_id: int) -> ResponseReturnValue:
    """Remove a member from the runners whom I chase."""
    with write_transaction():
        service.remove_runner(_group(slug).id, signed_in_runner().id, runner_id, clock().now())
    return _saved(slug)


def _group(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)[0]


def _saved(slug: str) -> ResponseReturnValue:
    flash("Saved. Nobody else sees whom you chase.", "good")
    return redirect(url_for("circles.circle", slug=slug))
