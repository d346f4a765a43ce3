"""The page of a runner's calendar, the feed that calendars read, and single runs as files."""

from datetime import datetime

import segno
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from webapp.auth.rules import digest_of
from webapp.auth.session import login_required, signed_in_runner
from webapp.calendar_feeds import queries, service
from webapp.calendar_feeds.forms import CalendarForm
from webapp.calendar_feeds.ics_rules import MIMETYPE, ics_of
from webapp.calendar_feeds.rules import (
    CalendarEntry,
    RunInCalendar,
    entry_of_challenge,
    entry_of_run,
    tag_of,
)
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter, settings
from webapp.group_runs.queries import run_for
from webapp.models.calendar_feeds import CalendarFeed

bp = Blueprint("calendar_feeds", __name__)
write_limit = limiter.shared_limit("60 per hour", scope="calendar")
# Of the feed that calendars show beside others.
NAME = "Chasepack"


def _token_digest() -> str:
    """Return by what readings of one feed are counted: the services read for many people from few addresses."""
    return digest_of(str((request.view_args or {}).get("token")))


@bp.get("/account/calendar", endpoint="page")
@login_required
def show() -> ResponseReturnValue:
    """Show my feed with its addresses, or the way to one."""
    feed = queries.feed_of(signed_in_runner().id)
    return _page(CalendarForm(data={"shows_unanswered": bool(feed and feed.shows_unanswered)}), feed)


@bp.post("/account/calendar")
@login_required
@write_limit
def save() -> ResponseReturnValue:
    """Make my feed, or choose what is in it. Field: shows_unanswered."""
    form, runner_id = CalendarForm(), signed_in_runner().id
    if not form.validate():
        return _page(form, queries.feed_of(runner_id))
    had = queries.feed_of(runner_id) is not None
    with write_transaction():
        service.make_feed(runner_id, clock().now(), shows_unanswered=form.shows_unanswered.data)
    flash("Saved. Your calendar shows it at its next update." if had else "Here is your calendar.", "good")
    return redirect(url_for("calendar_feeds.page"))


@bp.post("/account/calendar/replace")
@login_required
@write_limit
def replace() -> ResponseReturnValue:
    """Give my feed another address."""
    with write_transaction():
        replaced = service.replace_feed(signed_in_runner().id, clock().now())
    if replaced:
        flash("Here is the new address. The old one no longer works.", "good")
    else:
        flash("There was no calendar to replace.", "warn")
    return redirect(url_for("calendar_feeds.page"))


@bp.post("/account/calendar/revoke")
@login_required
@write_limit
def revoke() -> ResponseReturnValue:
    """End my feed."""
    with write_transaction():
        service.revoke_feed(signed_in_runner().id)
    flash("Your calendar is switched off. Its address no longer works.", "good")
    return redirect(url_for("calendar_feeds.page"))


@bp.get("/calendar/<token>.ics")
@limiter.limit("1200 per minute")
@limiter.limit("60 per hour", key_func=_token_digest)
def feed(token: str) -> ResponseReturnValue:
    """Answer a calendar program, whoever is signed in: the address says whose it is. 304 if it has this state."""
    found = queries.feed_by(token)
    if found is None:
        raise not_found()
    of_runner, runner = found
    entries = _entries(of_runner, runner.units, clock().now())
    tag = tag_of(NAME, entries)
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = Response(ics_of(entries, NAME), mimetype=MIMETYPE)
        response.headers["Content-Disposition"] = 'inline; filename="chasepack.ics"'
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/g/<slug>/runs/<int:run_id>.ics")
@login_required
def run(slug: str, run_id: int) -> ResponseReturnValue:
    """Answer with one run as a file for a calendar."""
    runner = signed_in_runner()
    run_for(slug, run_id, runner.id)
    one = queries.run_in_calendar(run_id, runner.id)
    if one is None:
        raise not_found()
    response = Response(ics_of([_entry(one, runner.units)]), mimetype=MIMETYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="run-{one.run.starts_at:%Y-%m-%d}.ics"'
    return response


def _entries(of_runner: CalendarFeed, units: str, now: datetime) -> list[CalendarEntry]:
    runs = [_entry(one, units) for one in queries.runs_in_calendar(of_runner, now)]
    challenges = queries.challenges_in_calendar(of_runner.runner_id, now)
    return runs + [entry_of_challenge(one, _link_to_challenge(one.slug, one.challenge_id)) for one in challenges]


def _entry(one: RunInCalendar, units: str) -> CalendarEntry:
    return entry_of_run(one, f"{settings().address}/g/{one.slug}/runs/{one.run_id}", units)


def _link_to_challenge(slug: str, challenge_id: int) -> str:
    return settings().address + url_for("board.board", slug=slug, challenge_id=challenge_id)


def _page(form: CalendarForm, feed: CalendarFeed | None) -> str:
    path = url_for("calendar_feeds.feed", token=feed.token) if feed and feed.token else None
    address = settings().address + path if path else None
    subscribe = "webcal://" + address.split("://", 1)[1] if address else None
    return render_template(
        "calendar_feeds/calendar.html",
        form=form,
        feed=feed,
        address=address,
        subscribe=subscribe,
        code=_code(subscribe) if subscribe else None,
    )


def _code(address: str) -> Markup:
    return Markup(segno.make_qr(address, error="m").svg_inline(omitsize=True, light="#fff", border=4))  # noqa: S704  # the library's own drawing
