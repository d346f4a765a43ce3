"""The landing page, a runner's start page, and addresses for machines."""

import logging

from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp import health
from webapp.accounts import queries as accounts
from webapp.announcements.queries import news_of_runner
from webapp.auth import rules
from webapp.auth.session import current_runner, login_required, signed_in_runner
from webapp.db import db
from webapp.directory.queries import lists_groups
from webapp.directory.views import fitting_groups
from webapp.extensions import clock, settings
from webapp.join_requests.queries import own_requests
from webapp.pages import home_queries
from webapp.sync import queries as sync
from webapp.sync.status_queries import status_of
from webapp.trial.queries import guide

log = logging.getLogger(__name__)

bp = Blueprint("home", __name__)


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
    """Show my groups, my place in them, and whether my runs come in."""
    runner = signed_in_runner()
    lines = home_queries.group_lines(runner, clock().now())
    return render_template(
        "pages/home.html",
        runner=runner,
        lines=lines,
        requests=own_requests(runner.id),
        announcements=news_of_runner(runner.id, clock().now()),
        fitting=[] if lines else fitting_groups(runner),
        status=status_of(runner.id, clock().now()),
        initial_import=sync.initial_import_of(runner.id),
        text_is_new=not accounts.has_read_consent(runner.id, rules.PLATFORM_CONSENT_VERSION),
    )


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
