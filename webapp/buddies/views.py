"""The page of a member's buddies in a group: their weeks, who asked, and finding one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.buddies import queries, service
from webapp.buddies.rules import MAX_BUDDIES, days_to_run
from webapp.db import write_transaction
from webapp.extensions import clock, limiter
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, refuse_read_only
from webapp.models.groups import Group
from webapp.request_fields import SEARCH_LIMIT, is_no_search, searched

bp = Blueprint("buddies", __name__)
write_limit = limiter.shared_limit("60 per hour", scope="buddies")


@bp.get("/g/<slug>/buddies", endpoint="buddies")
@login_required
@limiter.limit(SEARCH_LIMIT, exempt_when=is_no_search)
def show_buddies(slug: str) -> ResponseReturnValue:
    """Show my buddies with their weeks, who asked me and whom I asked, and find members by name (q)."""
    group, runner = _group(slug), signed_in_runner()
    now, search, me = clock().now(), searched("q"), runner.id
    today = clock().today(group.tz)
    buddies = queries.weeks_of(group.id, slug, me, today)
    found = queries.choices(group.id, slug, me, search) if search and len(buddies) < MAX_BUDDIES else []
    return render_template(
        "buddies/buddies.html",
        group=group,
        buddies=buddies,
        units=runner.units,
        own=queries.week_sums([me], today)[me],
        days=days_to_run(today),
        asked_me=queries.asked_me(group.id, slug, me, now),
        asked=queries.asked_by_me(group.id, slug, me, now),
        search=search,
        found=found,
        has_room=len(buddies) < MAX_BUDDIES,
        shows_figures=queries.shows_week(group.id, me),
    )


@bp.post("/g/<slug>/buddies/<int:runner_id>/ask")
@login_required
@write_limit
def ask(slug: str, runner_id: int) -> ResponseReturnValue:
    """Ask a member to be buddies."""
    with write_transaction():
        group = _group(slug)
        refuse_read_only(group)
        service.ask(group.id, signed_in_runner().id, runner_id, clock().now())
    flash("Asked. They answer when they like, and nobody else is told.", "good")
    return _back(slug)


@bp.post("/g/<slug>/buddies/<int:runner_id>/accept")
@login_required
@write_limit
def accept(slug: str, runner_id: int) -> ResponseReturnValue:
    """Become buddies with a member who asked me."""
    with write_transaction():
        group = _group(slug)
        refuse_read_only(group)
        service.accept(group.id, signed_in_runner().id, runner_id, clock().now())
    flash("You are buddies now. You see each other’s week.", "good")
    return _back(slug)


@bp.post("/g/<slug>/buddies/<int:runner_id>/decline")
@login_required
@write_limit
def decline(slug: str, runner_id: int) -> ResponseReturnValue:
    """Decline, without a word to the one who asked."""
    with write_transaction():
        service.decline(_group(slug).id, signed_in_runner().id, runner_id, clock().now())
    flash("Declined. They are not told.", "good")
    return _back(slug)


@bp.post("/g/<slug>/buddies/<int:runner_id>/take-back")
@login_required
@write_limit
def take_back(slug: str, runner_id: int) -> ResponseReturnValue:
    """Take my request back."""
    with write_transaction():
        service.take_back(_group(slug).id, signed_in_runner().id, runner_id, clock().now())
    flash("Taken back.", "good")
    return _back(slug)


@bp.post("/g/<slug>/buddies/<int:runner_id>/end")
@login_required
@write_limit
def end(slug: str, runner_id: int) -> ResponseReturnValue:
    """End being buddies, without a word to the other."""
    with write_transaction():
        service.end(_group(slug).id, signed_in_runner().id, runner_id)
    flash("Ended. They are not told, and you do not see each other’s week any more.", "good")
    return _back(slug)


def _group(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)[0]


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("buddies.buddies", slug=slug))
