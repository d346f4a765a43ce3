"""The inbox: what a runner was told, the bell that leads to it, and marking it as read."""

from hashlib import blake2b
from typing import Any

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from webapp.auth.session import login_required, signed_in_runner
from webapp.db import MAX_ID, db, write_transaction
from webapp.errors import NotUnderstood, not_found
from webapp.extensions import clock
from webapp.leaderboards import page_context
from webapp.notifications import inbox_service
from webapp.notifications.choice_queries import timing_of
from webapp.notifications.inbox_queries import (
    INBOX_COUNT,
    MAX_COUNTED,
    PER_PAGE,
    inbox_page,
    newest_id,
    own_message,
    unread_count,
)
from webapp.paging import page_of

bp = Blueprint("notifications", __name__)


def init_app(app: Flask) -> None:
    """Let the head of pages ask how many notifications its reader has not read."""
    app.add_template_global(bell_number)


def bell_number(runner_id: int) -> str:
    """Return the number at the bell, "" for none: one statement. Without a database, error pages show none."""
    try:
        unread = unread_count(runner_id)
    except SQLAlchemyError:
        db.session.rollback()
        return ""
    return f"{MAX_COUNTED}+" if unread > MAX_COUNTED else str(unread or "")


@bp.get("/notifications")
@login_required
def inbox() -> ResponseReturnValue:
    """Show what I was told, the latest first."""
    shown = _inbox()
    refresh_url = url_for("notifications.part", page=shown["page"].number)
    return render_template("notifications/inbox.html", etag=f'W/"{_tag(shown)}"', refresh_url=refresh_url, **shown)


@bp.get("/notifications/part")
@login_required
def part() -> ResponseReturnValue:
    """Answer with the live part of my inbox; 304 if nothing has changed."""
    shown = _inbox()
    tag = _tag(shown)
    if page_context.is_known(tag):
        return page_context.unchanged(tag)
    return page_context.part("notifications/_inbox.html", shown, tag)


def _inbox() -> dict[str, Any]:
    runner_id = signed_in_runner().id
    page = page_of(INBOX_COUNT, {"runner": runner_id}, PER_PAGE)
    rows = inbox_page(runner_id, page, clock().now())
    unread = unread_count(runner_id)
    zone = timing_of([runner_id])[runner_id].zone
    return {"rows": rows, "page": page, "unread": unread, "zone": zone, "newest": newest_id(runner_id)}


def _tag(shown: dict[str, Any]) -> str:
    return blake2b(repr((signed_in_runner().id, shown)).encode(), digest_size=9).hexdigest()


@bp.post("/notifications/<int:notification_id>/read")
@login_required
def read(notification_id: int) -> ResponseReturnValue:
    """Mark a notification of mine as read, and go where it leads with the field `open`."""
    runner_id, now = signed_in_runner().id, clock().now()
    with write_transaction():
        if not inbox_service.mark_read(runner_id, notification_id, now):
            raise not_found()
    message = own_message(runner_id, notification_id, now) if "open" in request.form else None
    return redirect(message.link if message else url_for("notifications.inbox"))


@bp.post("/notifications/read")
@login_required
def read_all() -> ResponseReturnValue:
    """Mark everything up to the latest that there was when the page was shown as read. Field: until, its number."""
    until = request.form.get("until", type=int)
    if until is None or not 0 <= until <= MAX_ID:
        raise NotUnderstood
    with write_transaction():
        inbox_service.mark_all_read(signed_in_runner().id, until, clock().now())
    return redirect(url_for("notifications.inbox"))
