"""The landing page, a runner's start page, and addresses for machines."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp import health
from webapp.accounts import queries as accounts
from webapp.announcements.queries import news_of_runner
from webapp.attendance.queries import matches_of
from webapp.auth import rules
from webapp.auth.session import current_runner, login_required, signed_in_runner
from webapp.breaks.queries import break_on
from webapp.db import db
from webapp.directory.queries import lists_groups
from webapp.directory.views import fitting_groups
from webapp.extensions import clock, settings
from webapp.groups.navigation import Reader, read_by
from webapp.history.my_history_queries import days_of
from webapp.history.rules import Half, recent_days
from webapp.join_requests.queries import own_requests
from webapp.leaderboards import page_context
from webapp.models.accounts import Runner
from webapp.pages import home_queries
from webapp.pages.home_queries import HomeGroup
from webapp.pages.next_run import next_run_of_runner
from webapp.pages.run_cards import RunCard, RunReader
from webapp.pledges.queries import present_pledges
from webapp.privacy.gate import viewpoint_of
from webapp.streaks.queries import own_streak
from webapp.sync import queries as sync
from webapp.sync.status_queries import status_of
from webapp.trial.queries import guide
from webapp.visits.queries import last_visits

log = logging.getLogger(__name__)

bp = Blueprint("home", __name__)

# How far back the start page shows my days.
RECENT_WEEKS = 16


@bp.get("/")
def landing() -> ResponseReturnValue:
    """Show the landing page; redirect a signed-in runner to their start page."""
    if current_runner() is not None:
        return redirect(url_for("home.dashboard"))
    trial = guide(settings().operating, clock().now()) if settings().simulated else None
    return render_template("pages/landing.html", guide=trial, has_directory=_has_directory())


def _has_directory() -> bool:
    """Return whether there are groups to be found. Without a database, the page shows no link to them."""
    try:
        return lists_groups()
    except SQLAlchemyError:
        db.session.rollback()
        return False


@bp.get("/home")
@login_required
def dashboard() -> ResponseReturnValue:
    """Show my morning: each of my groups with my chase, what waits for me, and my days."""
    runner, now = signed_in_runner(), clock().now()
    places, visits = home_queries.places_of(runner, now), last_visits(runner.id, now)
    read_by(Reader(runner.id, runner.name, [place.link for place in places]))
    return render_template(
        "pages/home.html",
        runner=runner,
        refresh_url=url_for("home.part"),
        etag=f'W/"{_tag(runner, places, visits, now)}"',
        **_cards(runner, places, visits, now),
        requests=own_requests(runner.id),
        announcements=news_of_runner(runner.id, now),
        next_run=_next_run(runner, places, now),
        matches=matches_of(runner.id, now) if places else [],
        days=_recent_days(runner, places, now),
        streak=own_streak(runner.id, _own_today(places)),
        pledges=present_pledges(runner.id, _own_today(places), runner.units),
        rest=break_on(runner.id, now),
        fitting=[] if places else fitting_groups(runner),
        status=status_of(runner.id, now),
        initial_import=sync.initial_import_of(runner.id),
        text_is_new=not accounts.has_read_consent(runner.id, rules.PLATFORM_CONSENT_VERSION),
    )


@bp.get("/home/part")
@login_required
def part() -> ResponseReturnValue:
    """Answer with the cards of my groups; 304 if nothing has changed."""
    runner, now = signed_in_runner(), clock().now()
    places, visits = home_queries.places_of(runner, now), last_visits(runner.id, now)
    tag = _tag(runner, places, visits, now)
    if page_context.is_known(tag):
        return page_context.unchanged(tag)
    return page_context.part("pages/_home.html", _cards(runner, places, visits, now), tag)


def _cards(
    runner: Runner, places: Sequence[HomeGroup], visits: Mapping[int, datetime], now: datetime
) -> dict[str, Any]:
    return {"cards": home_queries.cards_of(places, visits, now), "units": runner.units}


def _tag(runner: Runner, places: Sequence[HomeGroup], visits: Mapping[int, datetime], now: datetime) -> str:
    # Odds change with the time that is left, so a page is at most an hour old.
    hour = now.replace(minute=0, second=0, microsecond=0)
    groups = [(place.words, place.viewer and page_context.tag_of(place.viewer, now)) for place in places]
    return blake2b(repr((groups, visits, runner.units, hour)).encode(), digest_size=9).hexdigest()


def _next_run(runner: Runner, places: Sequence[HomeGroup], now: datetime) -> RunCard | None:
    """Return my next group run, "tonight first"."""
    reader = RunReader(runner.id, viewpoint_of(runner.id), runner.units)
    return next_run_of_runner([place.member.group for place in places], reader, now) if places else None


def _recent_days(runner: Runner, places: Sequence[HomeGroup], now: datetime) -> Half:
    """Return my latest weeks, up to today where my first group is."""
    today = _own_today(places)
    days = days_of(runner.id, now, today - timedelta(weeks=RECENT_WEEKS))
    return recent_days(days, today, RECENT_WEEKS)


def _own_today(places: Sequence[HomeGroup]) -> date:
    """Return the date where my first group is."""
    return clock().today(places[0].member.group.tz if places else "UTC")


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 when database, Redis and a worker are up, otherwise 503 with what is missing."""
    missing = _missing()
    answer = {"status": "unwell", "reason": missing} if missing else {"status": "ok"}
    return answer, 503 if missing else 200, {"Cache-Control": "no-store"}


def _missing() -> str | None:
    """Name what is missing, in our own words: an error's text may contain an address with a password."""
    try:
        health.check_database()
    except SQLAlchemyError as error:
        log.error("health: the database does not answer: %s", type(error).__name__)
        return "the database does not answer"
    try:
        workers = health.live_workers()
    except RedisError as error:
        log.error("health: Redis does not answer: %s", type(error).__name__)
        return "Redis does not answer"
    return None if workers else "no worker is running"


@bp.get("/favicon.ico")
def favicon() -> Response:
    """Serve the icon to browsers that request it at the root."""
    return current_app.send_static_file("img/favicon.svg")


@bp.get("/robots.txt")
def robots() -> Response:
    """Keep search engines out: all but the public pages of groups belongs to members."""
    rules = ("User-agent: *", "Allow: /groups/", "Disallow: /")
    return Response("\n".join(rules) + "\n", mimetype="text/plain")
