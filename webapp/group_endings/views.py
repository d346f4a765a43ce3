"""The console's page on which organisers archive their group, or have it deleted."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.group_endings import service
from webapp.group_endings.rules import deletion_time
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.models.groups import Group

bp = Blueprint("group_endings", __name__)


@bp.get("/g/<slug>/ending", endpoint="ending")
@login_required
def show_ending(slug: str) -> ResponseReturnValue:
    """Say what archiving and deleting mean."""
    group = _group_for(slug)
    return render_template(
        "group_endings/ending.html", group=group, would_delete_at=deletion_time(clock().now(), group.deletes_at)
    )


@bp.post("/g/<slug>/archive")
@login_required
def archive(slug: str) -> ResponseReturnValue:
    """Let the group be read and no longer changed."""
    with write_transaction():
        service.archive(_group_for(slug).id, signed_in_runner().id, clock().now())
    flash("The group is archived. You can bring it back at any time.", "good")
    return redirect(url_for("groups.group", slug=slug))


@bp.post("/g/<slug>/unarchive")
@login_required
def unarchive(slug: str) -> ResponseReturnValue:
    """Bring an archived group back."""
    with write_transaction():
        service.unarchive(_group_for(slug).id, signed_in_runner().id, clock().now())
    flash("The group is back.", "good")
    return redirect(url_for("groups.group", slug=slug))


@bp.post("/g/<slug>/deletion")
@login_required
def announce_deletion(slug: str) -> ResponseReturnValue:
    """Have the group deleted in a week."""
    with write_transaction():
        service.announce_deletion(_group_for(slug).id, signed_in_runner().id, clock().now())
    flash("The group will be deleted in a week. Every member sees that, and any organiser can stop it.")
    return redirect(url_for("groups.group", slug=slug))


@bp.post("/g/<slug>/deletion/stop")
@login_required
def stop_deletion(slug: str) -> ResponseReturnValue:
    """Keep the group."""
    with write_transaction():
        service.stop_deletion(_group_for(slug).id, signed_in_runner().id, clock().now())
    flash("The group stays.", "good")
    return redirect(url_for("groups.group", slug=slug))


def _group_for(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.END_GROUP)[0]
